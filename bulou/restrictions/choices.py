"""Kinds and states of restrictions, why an attempt was stopped, and what a recomputation finds."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is restricted."""

    HOLD = "hold"  # 原地留观
    HOME_QUARANTINE = "home_quarantine"  # 居家隔离
    ISOLATION = "isolation"  # 集中隔离
    ZONE_MEASURE = "zone_measure"  # 区域管控


class State(StrEnum):
    """How far a restriction has come. *In force* is computed at the instant; ``in_force`` says only that it was approved."""

    PROPOSED = "proposed"  # 待审批
    IN_FORCE = "in_force"  # 已批准
    ENDED = "ended"  # 到期终止
    LIFTED = "lifted"  # 提前解除
    REFUSED = "refused"  # 未批准
    WITHDRAWN = "withdrawn"  # 撤回


class Lifting(StrEnum):
    """Why a restriction stopped before its end."""

    BY_RULE = "by_rule"  # 符合解除标准
    MEDICAL_EXIT = "medical_exit"  # 就医
    EVACUATION = "evacuation"  # 紧急疏散
    MISTAKE = "mistake"  # 错误措施
    NO_GROUND = "no_ground"  # 依据消失
    APPEAL = "appeal"  # 申诉成立
    SILENCE = "silence"  # 申诉逾期未答,自动解除


class AppealState(StrEnum):
    """What became of an objection."""

    OPEN = "open"  # 待答复
    ALLOWED = "allowed"  # 成立,解除
    DISMISSED = "dismissed"  # 不成立
    SILENT = "silent"  # 逾期未答,自动解除
    MOOT = "moot"  # 限制已先行终止


class ListState(StrEnum):
    """Whether a list of restrictions may be approved."""

    FREE = "free"  # 未超量
    STOPPED = "stopped"  # 超量,待第二上级确认
    CONFIRMED = "confirmed"  # 已确认
    REJECTED = "rejected"  # 未确认,全部退回


class Stop(StrEnum):
    """Why an attempt to restrict was stopped."""

    NO_EVIDENCE = "no-evidence"  # 无凭据
    NO_BASIS = "no-basis"  # 无法律依据
    TOO_LONG = "too-long"  # 超过规定期限
    TOO_WIDE = "too-wide"  # 范围过大
    TOO_MANY = "too-many"  # 超量名单
    SAME_UNIT = "same-unit"  # 建议与审批同一单位
    IN_PLACE = "in-place"  # 直接改动登记簿
    DELETED = "deleted"  # 直接删除登记簿


class FindingKind(StrEnum):
    """What a recomputation finds."""

    TOO_MUCH = "too_much"  # 过度管控
    TOO_LITTLE = "too_little"  # 应管未管
