"""Words of the workforce (D15) and of major events (D16), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class WorkerKind(StrEnum):
    """How somebody comes to work in the response."""

    STAFF = "staff"  # 在编人员
    VOLUNTEER = "volunteer"  # 志愿者
    CAPTAIN = "captain"  # 楼栋长
    SECONDED = "seconded"  # 借调、支援人员


class Skill(StrEnum):
    """What somebody can do."""

    SAMPLER = "sampler"  # 采样
    NURSE = "nurse"  # 护理
    DOCTOR = "doctor"  # 医师
    TRACER = "tracer"  # 流调
    DRIVER = "driver"  # 驾驶
    DISINFECTION = "disinfection"  # 消杀
    DOOR = "door"  # 入户、扫楼
    DESK = "desk"  # 值守、数据


class WorkerState(StrEnum):
    """How somebody stands now."""

    IDLE = "idle"  # nothing assigned
    PLACED = "placed"
    ABSENT = "absent"  # ill or prevented
    GONE = "gone"


class ShiftState(StrEnum):
    """How a shift stands."""

    PLANNED = "planned"
    BEGUN = "begun"
    ENDED = "ended"
    RELIEVED = "relieved"  # the person left it; whoever stands in has a shift of their own


class Why(StrEnum):
    """Why somebody cannot come or stay; no diagnosis is asked for."""

    ILL = "ill"
    FAMILY = "family"
    UNSAFE = "unsafe"
    ELSEWHERE = "elsewhere"


class NeedState(StrEnum):
    """How a need of hands stands."""

    OPEN = "open"
    MET = "met"
    WITHDRAWN = "withdrawn"


class DeploymentState(StrEnum):
    """How a proposal stands."""

    PROPOSED = "proposed"
    COMMITTED = "committed"
    DROPPED = "dropped"


class TeamState(StrEnum):
    """How a team that was sent stands."""

    ARRIVED = "arrived"  # not all of it has work
    DEPLOYED = "deployed"
    RELEASED = "released"


class EventKind(StrEnum):
    """What a major event is about."""

    DEATH = "death"  # 人员伤亡
    CLUSTER = "cluster"  # 聚集性疫情
    ACCIDENT = "accident"  # 交通、火灾等事故
    CROWD = "crowd"  # 群体性聚集
    BREAKDOWN = "breakdown"  # 系统、供应中断
    OTHER = "other"


class EventState(StrEnum):
    """How far it is reported upward."""

    KNOWN = "known"
    REPORTED = "reported"
    CLOSED = "closed"  # the final report is in


class ReportKind(StrEnum):
    """Which report of an event it is."""

    FIRST = "first"  # 首报
    PROGRESS = "progress"  # 续报
    FINAL = "final"  # 终报


# Skills that somebody may use only with a certificate in force.
CERTIFIED: Final = frozenset({Skill.SAMPLER, Skill.NURSE, Skill.DOCTOR, Skill.DRIVER})
MET: Final = "workforce.need_met"
ENDED: Final = "workforce.shift_ended"
SUBSTITUTE: Final = "workforce.substitute_found"
DEPLOYED: Final = "workforce.team_deployed"
FIRST_REPORT: Final = "event.first_report"
PROGRESS_REPORT: Final = "event.progress_report"
