"""Words of environmental jobs (D14), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class JobKind(StrEnum):
    """What is to be done at the place."""

    SAMPLING = "sampling"  # 环境采样
    DISINFECTION = "disinfection"  # 预防性消毒
    TERMINAL = "terminal"  # 终末消毒


class JobState(StrEnum):
    """How a job stands."""

    ASKED = "asked"
    UNDER_WAY = "under_way"
    DONE = "done"
    CLEARED = "cleared"  # people may enter again
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What the laboratory found in the samples of a place."""

    NEGATIVE = "negative"
    POSITIVE = "positive"


DONE: Final = {
    JobKind.SAMPLING: "environment.sampled",
    JobKind.DISINFECTION: "environment.disinfected",
    JobKind.TERMINAL: "environment.terminal",
}
REPORTED: Final = "environment.sample_reported"
CLEARED: Final = "environment.reentry_decided"
