"""Words of orders, meetings, checkpoints, passes and patrols (D7), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Verb(StrEnum):
    """What an order commands; a word that a rule can compare, beside the prose that people read."""

    OPEN = "open"  # 开放、启用
    CLOSE = "close"  # 关闭
    START = "start"  # 启动
    STOP = "stop"  # 停止
    LET_PASS = "let_pass"  # noqa: S105 - a verb: 放行
    TURN_BACK = "turn_back"  # 禁止通行
    KEEP_IN = "keep_in"  # 足不出户
    CALL_OUT = "call_out"  # 组织下楼、到点
    MOVE_OUT = "move_out"  # 转运转移
    DEPLOY = "deploy"  # 派往
    PROVIDE = "provide"  # 提供、保障


class Subject(StrEnum):
    """Whom or what an order is about."""

    RESIDENTS = "residents"  # 居民
    SAMPLING = "sampling"  # 采样点
    MARKETS = "markets"  # 市场商超
    SCHOOLS = "schools"  # 学校
    WORK = "work"  # 企业单位
    TRANSPORT = "transport"  # 公共交通
    ROADS = "roads"  # 道路卡点
    SUPPLIES = "supplies"  # 物资
    TEAMS = "teams"  # 队伍
    VEHICLES = "vehicles"  # 车辆
    OTHER = "other"  # 其他


class Bound(StrEnum):
    """How an order's amount is meant."""

    AT_LEAST = "at_least"  # 不少于
    AT_MOST = "at_most"  # 不超过
    EXACTLY = "exactly"  # 恰好


class Reach(StrEnum):
    """To whom an order goes below its issuer."""

    NAMED = "named"  # 指定单位
    DISTRICTS = "districts"  # 全部区县
    STREETS = "streets"  # 全部街道、乡镇
    COMMUNITIES = "communities"  # 全部社区、村
    SITES = "sites"  # 全部采样点


class OrderState(StrEnum):
    """How an order stands."""

    IN_FORCE = "in_force"  # 执行中
    CARRIED_OUT = "carried_out"  # 已落实
    SUPERSEDED = "superseded"  # 被新指令取代
    RECALLED = "recalled"  # 已撤回
    EXPIRED = "expired"  # 到期自动终止


class Link(StrEnum):
    """How far an order has come at one addressee; *acknowledged is not executed*."""

    WAITING = "waiting"  # 尚未传达到
    SENT = "sent"  # 已下达,未打开
    READ = "read"  # 已读
    UNDERSTOOD = "understood"  # 已复述确认
    STARTED = "started"  # 已开始
    IMPOSSIBLE = "impossible"  # 答复无法执行
    DONE = "done"  # 已办结
    RELEASED = "released"  # 免予执行
    TO_STOP = "to_stop"  # 已撤回,待停止
    VOID = "void"  # 已失效


class Answer(StrEnum):
    """What the superior says to an order that cannot be carried out."""

    STANDS = "stands"  # 维持,给予支持
    LATER = "later"  # 延期
    RELEASED = "released"  # 免予执行


class CheckState(StrEnum):
    """What another unit found where an order was said to be done."""

    OWED = "owed"  # 待核查
    CONFIRMED = "confirmed"  # 属实
    NOT_DONE = "not_done"  # 未落实


class Clash(StrEnum):
    """Why two orders cannot both be obeyed."""

    OPPOSITE = "opposite"  # 指令相反
    EXCLUSIVE = "exclusive"  # 不能同时做到
    TWO_PLACES = "two_places"  # 同时派往两地
    AMOUNTS = "amounts"  # 数量矛盾


class ClashState(StrEnum):
    """Whether somebody has said which of two orders stands."""

    OPEN = "open"
    DECIDED = "decided"
    GONE = "gone"  # one of the two ended


class Prevails(StrEnum):
    """Which of two contradictory orders is obeyed; the other is recalled."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"  # the decider says how both can be done


class MeetingKind(StrEnum):
    """Where tasks are given."""

    MEETING = "meeting"  # 会议
    VISIT = "visit"  # 现场调研
    CALL = "call"  # 电话、视频调度


class Standing(StrEnum):
    """How a decision stands on the sheet of the next meeting."""

    DONE = "done"  # 按时办结
    DONE_LATE = "done_late"  # 超时办结
    OPEN = "open"  # 在办,未到期
    OVERDUE = "overdue"  # 超时未办结
    NO_CAPACITY = "no_capacity"  # 答复无力承担
    ENDED = "ended"  # 免除或转为其他任务


class PostState(StrEnum):
    """Whether a checkpoint or a pass stands."""

    IN_FORCE = "in_force"
    ENDED = "ended"


class ShiftState(StrEnum):
    """A shift of a checkpoint, a patrol."""

    OWED = "owed"
    DONE = "done"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """What a pass is for; it says where and when, never who was seen where."""

    MEDICAL = "medical"  # 就医
    SUPPLY = "supply"  # 保供
    DUTY = "duty"  # 值守
    CARE = "care"  # 照护
    REPAIR = "repair"  # 抢修
    OTHER = "other"


class PatrolFinding(StrEnum):
    """What a patrol found: too much control is found as well as too little."""

    NOTHING = "nothing"  # 无异常
    TOO_LITTLE = "too_little"  # 管控不到位
    TOO_MUCH = "too_much"  # 过度管控
    EXIT_BLOCKED = "exit_blocked"  # 消防通道受阻


OPENED: Final = "order.opened"
STARTED: Final = "order.started"
EXECUTED: Final = "order.executed"
EXECUTED_AGAIN: Final = "order.executed_again"  # a check found that it was not done
ANSWERED: Final = "order.impossible_answered"
STOPPED: Final = "order.stopped"
CHECKED: Final = "order.checked"
CLASH_DECIDED: Final = "order.clash_decided"
LAG_ANSWERED: Final = "order.lag_answered"
SHIFT_REPORTED: Final = "checkpoint.shift_reported"
PATROLLED: Final = "patrol.walked"
MENDED: Final = "patrol.finding_mended"
EXIT_CLEARED: Final = "patrol.exit_cleared"
