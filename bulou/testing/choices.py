"""What came of a visit, and of a self-test."""

from __future__ import annotations

from enum import StrEnum


class VisitOutcome(StrEnum):
    """Why somebody on the roster is still missing, as found at the door or by phone."""

    AWAY = "away"  # 不在本地
    REFUSED = "refused"  # 拒检
    NOT_FOUND = "not_found"  # 未找到
    APPOINTED = "appointed"  # 已约时间
    SICK = "sick"  # 有症状,转发热门诊


class AntigenOutcome(StrEnum):
    """What somebody reads off a kit."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    INVALID = "invalid"
