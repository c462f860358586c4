"""Words of arrivals from outside (D13), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Risk(StrEnum):
    """Where somebody stayed in the seven days before."""

    HIGH = "high"  # 高风险区旅居史
    MID = "mid"  # 中风险区旅居史
    LOW = "low"  # 低风险区旅居史
    NONE = "none"  # 无风险区旅居史


class Transport(StrEnum):
    """By what somebody comes."""

    TRAIN = "train"  # 火车
    PLANE = "plane"  # 飞机
    COACH = "coach"  # 客车
    CAR = "car"  # 自驾
    OTHER = "other"  # 其他


class Measure(StrEnum):
    """What a rule asks of an arrival at most; in this order of strictness."""

    NONE = "none"  # 无需管理
    TESTS = "tests"  # 落地检测
    HOME = "home"  # 居家医学观察
    CENTRAL = "central"  # 集中隔离医学观察


class ArrivalState(StrEnum):
    """How far somebody is."""

    EXPECTED = "expected"  # announced before the journey's end
    ARRIVED = "arrived"  # here; whoever registered the arrival owes the follow-up until it is taken over
    OFFERED = "offered"  # the community of stay is asked to take over
    FOLLOWED = "followed"
    SEARCHED = "searched"  # not found at the address
    ENDED = "ended"  # the rule's days are over
    CANCELLED = "cancelled"  # did not come


class TestState(StrEnum):
    """How one owed test stands."""

    __test__ = False  # pytest: no test of ours

    OWED = "owed"
    TAKEN = "taken"
    MISSED = "missed"  # the rule's days ended before it was taken
    NOT_OWED = "not_owed"  # asked no more: a relief, or who did not come


STRICTNESS: Final = tuple(Measure)
APPEARED: Final = "arrival.appeared"
FOLLOWED: Final = "arrival.followed"
FIRST_TEST: Final = "arrival.first_test"
TESTED: Final = "arrival.tested"
SEARCHED: Final = "arrival.searched"
