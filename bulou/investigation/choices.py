"""How a case stands: preliminary, then what the experts diagnose; and the steps of its chase."""

from __future__ import annotations

from enum import StrEnum


class CaseStatus(StrEnum):
    """The three figures never mixed: a pool is no case; a preliminary positive is not yet a diagnosis."""

    PRELIMINARY = "preliminary"  # 初筛阳性
    CONFIRMED = "confirmed"  # 确诊病例
    ASYMPTOMATIC = "asymptomatic"  # 无症状感染者
    EXCLUDED = "excluded"  # 排除


class FoundWhere(StrEnum):
    """In which circumstances a case was found."""

    COMMUNITY = "community"  # 社会面
    CONTROLLED = "controlled"  # 管控区
    QUARANTINE = "quarantine"  # 隔离点
    ARRIVAL = "arrival"  # 入境、返回
    UNKNOWN = "unknown"


class ChaseStep(StrEnum):
    """The steps of a chase (追阳), in the order in which they are done."""

    FOUND = "found"  # 找到本人
    HELD = "held"  # 就地管控
    INVESTIGATED = "investigated"  # 流调
    CONTACTS_LISTED = "contacts_listed"  # 密接判定
