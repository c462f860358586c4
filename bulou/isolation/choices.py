"""Words of isolation sites, rooms, stays, care, and the days at home after release (D5, D6)."""

from __future__ import annotations

from enum import StrEnum


class RiskClass(StrEnum):
    """Who never shares a room with whom."""

    CASE = "case"  # 感染者
    CONTACT = "contact"  # 密接
    SECONDARY = "secondary"  # 次密接


class SiteState(StrEnum):
    """A site's way from a building to a site that takes people in."""

    CANDIDATE = "candidate"  # 备选
    SURVEYED = "surveyed"  # 已踏勘
    REBUILT = "rebuilt"  # 已改造
    ACCEPTED = "accepted"  # 已验收
    RESERVE = "reserve"  # 备用
    OPEN = "open"  # 启用
    PAUSED = "paused"  # 暂停接收
    CLOSED = "closed"  # 关闭


class PartyKind(StrEnum):
    """The five responsible parties of a site (五方责任)."""

    TERRITORY = "territory"  # 属地责任
    SECTOR = "sector"  # 行业部门责任
    INSTITUTION = "institution"  # 单位责任
    HEADQUARTERS_GROUP = "headquarters_group"  # 指挥部隔离专班
    TEAM_ON_SITE = "team_on_site"  # 驻点工作组


class InspectionKind(StrEnum):
    """What an inspection is for."""

    ACCEPTANCE = "acceptance"  # 验收
    ROUTINE = "routine"  # 巡查
    RECHECK = "recheck"  # 复查


class Answer(StrEnum):
    """What an inspector says of an item."""

    YES = "yes"  # 符合
    NO = "no"  # 不符合
    NOT_APPLICABLE = "not_applicable"  # 不涉及


class FindingState(StrEnum):
    """A finding is closed by another unit than fixed it."""

    OPEN = "open"  # 待整改
    FIXED = "fixed"  # 已整改待复查
    CLOSED = "closed"  # 复查通过


class RoomState(StrEnum):
    """Whether a room may be slept in."""

    READY = "ready"  # 可用
    DISINFECTING = "disinfecting"  # 终末消毒
    BLOCKED = "blocked"  # 停用


class StayState(StrEnum):
    """Where somebody stands with a room; exactly one stay of a person is live."""

    RESERVED = "reserved"  # 已预留
    AT_DOOR = "at_door"  # 门口等待
    ADMITTED = "admitted"  # 在住
    RELEASED = "released"  # 解除隔离
    MOVED = "moved"  # 转房、转点
    LEFT = "left"  # 转院或其他离开
    CANCELLED = "cancelled"  # 取消预留


class LeaveReason(StrEnum):
    """Why somebody leaves other than by release; one person decides at once, reviewed after."""

    HOSPITAL = "hospital"  # 转院治疗
    EVACUATION = "evacuation"  # 紧急疏散
    TURNED_POSITIVE = "turned_positive"  # 转阳转出
    OVERTURNED = "overturned"  # 撤销隔离决定
    DIED = "died"  # 死亡


class CountHow(StrEnum):
    """How heads were counted."""

    SCAN = "scan"  # 扫码点名
    ROUND = "round"  # 逐房查点


class NeedKind(StrEnum):
    """What a guest asks for; each kind has its own clock."""

    QUESTION = "question"  # 咨询
    MEAL = "meal"  # 餐食
    MEDICINE = "medicine"  # 药品
    DOCTOR = "doctor"  # 就医
    SUPPLY = "supply"  # 物品
    COUNSEL = "counsel"  # 心理疏导


class SampleOutcome(StrEnum):
    """What a guest's own sample said."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    UNCLEAR = "unclear"


class FollowUpState(StrEnum):
    """From the site's door to the last day at home."""

    OFFERED = "offered"  # 待社区接收
    MONITORING = "monitoring"  # 居家健康监测
    LOST = "lost"  # 失访
    DONE = "done"  # 结束


class CheckKind(StrEnum):
    """What is owed on a day at home."""

    HEALTH = "health"  # 健康询问
    TEST = "test"  # 核酸


class Found(StrEnum):
    """What a check at home found."""

    WELL = "well"  # 正常
    SYMPTOMS = "symptoms"  # 有症状
    NOT_FOUND = "not_found"  # 未找到


class LinkKind(StrEnum):
    """What an infected guest shares with another, or who served both."""

    ROOM = "room"  # 同房
    NEIGHBOUR = "neighbour"  # 邻房
    AIR = "air"  # 同一空调、新风、排风
    FLOOR = "floor"  # 同层
    BUS = "bus"  # 同车
    STAFF = "staff"  # 服务过的工作人员


class Cause(StrEnum):
    """What a review of an infection concluded."""

    INSIDE = "inside"  # 点内感染
    BEFORE = "before"  # 入住前感染,潜伏期内转阳
    UNKNOWN = "unknown"  # 无法判定
