"""Words of residents' requests (D9), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Category(StrEnum):
    """What somebody asks for; each has its owner and its hours in the pack."""

    FOOD = "food"  # 生活物资
    MEDICINE = "medicine"  # 用药就医
    UTILITIES = "utilities"  # 水电气与安全
    CONTROL = "control"  # 封控管理
    TESTING = "testing"  # 核酸检测
    ISOLATION = "isolation"  # 隔离保障
    TRANSPORT = "transport"  # 出行
    CONDUCT = "conduct"  # 工作作风
    OTHER = "other"  # 其他诉求


class RequestState(StrEnum):
    """How a request stands; that a unit says done is not that the resident confirms it."""

    RECEIVED = "received"  # the place is not known well enough for an owner on the spot
    ASSIGNED = "assigned"
    DOING = "doing"
    DONE_CLAIMED = "done_claimed"  # 单位反馈办结
    CONFIRMED = "confirmed"  # 群众确认
    DISPUTED = "disputed"  # 群众不认可
    REFUSED = "refused"
    HANDED_OVER = "handed_over"  # offered to another unit; the sender owes it until that one accepts


class How(StrEnum):
    """By which way a request reached us; none of them asks for an account."""

    WEB = "web"  # 网上
    PHONE = "phone"  # 热线
    BEHALF = "behalf"  # 代为反映
    PAPER = "paper"  # 书面
    OPEN311 = "open311"  # Open311 接口


class CauseState(StrEnum):
    """How requests with one cause stand together."""

    OPEN = "open"
    ANSWERED = "answered"  # somebody is there and says what is done
    SETTLED = "settled"


class DrawHow(StrEnum):
    """How requests are drawn for calling back."""

    PLANNED = "planned"  # 计划抽取; the seed is published before the period ends
    ON_THE_SPOT = "on_the_spot"  # 现场抽取; the seed is the ledger's newest entry


class DrawState(StrEnum):
    """How far a draw is."""

    PLANNED = "planned"
    CALLING = "calling"
    FINISHED = "finished"


class CallState(StrEnum):
    """What came of a call."""

    OPEN = "open"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    DECLINED = "declined"  # reached, and does not want to say


class Heard(StrEnum):
    """What a caller enters."""

    REACHED = "reached"  # 已接通
    NOT_REACHED = "not_reached"  # 未接通
    DECLINED = "declined"  # 不愿回答


class Said(StrEnum):
    """What the resident says of a question."""

    YES = "yes"
    NO = "no"


ANSWERED: Final = {category: f"request.{category.value}_answered" for category in Category}
LOOKED: Final = "request.dispute_looked"
ROSE: Final = "request.rise_answered"
CALLED: Final = "request.calls_made"
