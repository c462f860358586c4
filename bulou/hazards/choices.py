"""Words of crowds, hazards and risk points (D20), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class HazardKind(StrEnum):
    """What is dangerous."""

    CROWD = "crowd"  # 人员聚集
    FIRE_EXIT = "fire_exit"  # 消防通道堵塞
    ELECTRICITY = "electricity"  # 用电安全
    WASTE = "waste"  # 医疗废物
    STRUCTURE = "structure"  # 搭建、围挡
    WATER = "water"  # 积水、漏水
    OTHER = "other"  # 其他隐患


class Cause(StrEnum):
    """What brought people together; the record that stands behind it is named beside it."""

    SUPPLY = "supply"  # 物资供应
    REQUEST = "request"  # 诉求未解决
    QUEUE = "queue"  # 排队
    TRANSFER = "transfer"  # 等待转运
    OTHER = "other"  # 其他原因


class HazardState(StrEnum):
    """How far the danger is from being over."""

    REPORTED = "reported"
    GOING = "going"  # somebody is on the way, or there
    OVER = "over"  # dispersed or fixed, with evidence
    ABSENT = "absent"  # somebody looked, and it was not there


class How(StrEnum):
    """By which way the word came; none of them asks for an account of the person's own."""

    SEEN = "seen"  # 巡查发现
    PHONE = "phone"  # 热线
    CAPTAIN = "captain"  # 楼栋长
    PAPER = "paper"  # 纸条
    WEB = "web"  # 网上
    CHECK = "check"  # 风险点检查


class PointState(StrEnum):
    """Whether a risk point is still looked after."""

    WATCHED = "watched"
    REMOVED = "removed"


class CheckResult(StrEnum):
    """What a check of a risk point found."""

    IN_ORDER = "in_order"
    WRONG = "wrong"


URGENT: Final = frozenset({HazardKind.CROWD, HazardKind.FIRE_EXIT})
LINKED: Final = frozenset({Cause.SUPPLY, Cause.REQUEST, Cause.QUEUE, Cause.TRANSFER})  # causes that a record stands behind
CHECKED: Final = "hazard.point_checked"
GOING: Final = "hazard.crowd_answered"
TAKEN_UP: Final = "hazard.crowd_taken_up"
SIGNED: Final = "hazard.closing_signed"
OVER: Final = {
    HazardKind.CROWD: "hazard.crowd_dispersed",
    HazardKind.FIRE_EXIT: "hazard.exit_cleared",
    HazardKind.ELECTRICITY: "hazard.electricity_safe",
    HazardKind.WASTE: "hazard.waste_removed",
    HazardKind.STRUCTURE: "hazard.fixed",
    HazardKind.WATER: "hazard.fixed",
    HazardKind.OTHER: "hazard.fixed",
}
