"""Words of risk zones, and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class RiskLevel(StrEnum):
    """How strict a zone is."""

    HIGH = "high"  # 高风险区
    MID = "mid"  # 中风险区
    LOW = "low"  # 低风险区


class ZoneState(StrEnum):
    """How a zone stands."""

    PROPOSED = "proposed"  # 建议划定,待审批
    DECLARED = "declared"  # 已划定
    REFUSED = "refused"  # 未划定
    ENDED = "ended"  # 已解除


class Missing(StrEnum):
    """What a zone lacks before it may be lowered."""

    DAYS = "days"
    ROUND = "round"


DECIDED: Final = "zone.proposal_decided"
RAISE_DECIDED: Final = "zone.raise_decided"
SCREENED: Final = "zone.screened"
LOWERED: Final = "zone.lowered"
KEPT_REVIEWED: Final = "zone.keeping_reviewed"
EXITS: Final = "zone.exits_checked"
