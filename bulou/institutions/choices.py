"""Words of key institutions (D12), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class InstitutionKind(StrEnum):
    """What the institution is."""

    SCHOOL = "school"  # 学校
    NURSERY = "nursery"  # 托育机构、幼儿园
    CAMPUS = "campus"  # 高校
    CARE_HOME = "care_home"  # 养老机构
    WELFARE_HOME = "welfare_home"  # 福利院
    PRISON = "prison"  # 监所
    MARKET = "market"  # 农贸市场
    LOGISTICS_PARK = "logistics_park"  # 物流园区


class InstitutionState(StrEnum):
    """How the institution runs now."""

    OPEN = "open"
    CLOSED_LOOP = "closed_loop"  # 封闭管理
    CLOSED = "closed"  # 停业、停课


class ReportState(StrEnum):
    """How a day's report stands."""

    OWED = "owed"
    NOTHING = "nothing"  # 零报告
    EVENTS = "events"


class MatterKind(StrEnum):
    """What a major matter is about."""

    ILLNESS = "illness"  # 聚集性发热
    POSITIVE = "positive"  # 检出阳性
    BREACH = "breach"  # 突破封闭管理
    SUPPLY = "supply"  # 物资短缺
    INJURY = "injury"  # 伤亡
    OTHER = "other"


class MatterState(StrEnum):
    """How a major matter stands."""

    FOUND = "found"  # by an inspection, not reported by the institution
    REPORTED = "reported"  # and instructions are asked for
    ANSWERED = "answered"


REPORT: Final = "institution.daily_report"
REPORTED: Final = "institution.matter_reported"
ANSWERED: Final = "institution.instructions_given"
REVIEWED: Final = "institution.breach_reviewed"
REPLACED: Final = "institution.supply_replaced"
