"""States of tubes, boxes, scans and results; three figures that are never mixed."""

from __future__ import annotations

from enum import StrEnum


class TubeState(StrEnum):
    """Where a tube is."""

    COLLECTED = "collected"  # 已采
    BOXED = "boxed"  # 已装箱
    RECEIVED = "received"  # 实验室已收
    REPORTED = "reported"  # 已报告
    LOST = "lost"  # 丢失,转重采
    VOIDED = "voided"  # 作废


class BoxState(StrEnum):
    """Where a box is."""

    PACKING = "packing"  # 装箱中
    SEALED = "sealed"  # 已封箱
    IN_TRANSIT = "in_transit"  # 转运中
    RECEIVED = "received"  # 实验室已收
    LOST = "lost"  # 丢失
    VOIDED = "voided"  # 误扫作废


class TransferState(StrEnum):
    """What became of a box offered from one hand to the next (双签收)."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"  # 误扫作废


class Discrepancy(StrEnum):
    """What did not agree when both sides counted."""

    LOST = "lost"  # 未到箱
    SHORT = "short"  # 少管
    OVER = "over"  # 多管
    SEAL = "seal"  # 封签不符
    SWAPPED = "swapped"  # 错箱
    LATE = "late"  # 超时送达


class Outcome(StrEnum):
    """What a laboratory reports for a tube."""

    NEGATIVE = "negative"
    POSITIVE = "positive"  # of a pool: abnormal; of one person's tube: preliminary positive
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"


class ResultState(StrEnum):
    """How a result stands."""

    VALID = "valid"
    UNMATCHED = "unmatched"  # 未匹配到样本
    CONFLICTING = "conflicting"  # 两家结果不一
    OVERRULED = "overruled"  # 核定后不采信
    RECALLED = "recalled"  # 质控失败召回
