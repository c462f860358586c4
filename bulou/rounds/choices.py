"""States and kinds of rounds and sites."""

from __future__ import annotations

from enum import StrEnum


class RoundKind(StrEnum):
    """How people are tested."""

    PCR = "pcr"  # 核酸
    ANTIGEN = "antigen"  # 抗原


class RoundState(StrEnum):
    """Where a round stands."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    FROZEN = "frozen"


class SiteState(StrEnum):
    """Where a site of a round stands."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class ExemptionReason(StrEnum):
    """Why somebody on the roster need not be sampled in this round."""

    VACCINATED_RECENTLY = "vaccinated_recently"  # 48 小时内接种
    INFANT = "infant"
    MEDICAL = "medical"
    IN_ISOLATION = "in_isolation"  # 在集中隔离点另行检测
    AWAY = "away"  # 已核实不在本地
    DIED = "died"
    OTHER = "other"
