"""The only writers of progress, visits and self-tests; this file names what its neighbours by topic do."""

from __future__ import annotations

from bulou.testing.cut_off import CutOff, cut_off
from bulou.testing.progress import Refreshed, open_population_duties, refresh_progress
from bulou.testing.tending import Tended, tend_rounds
from bulou.testing.visits import expire_refusals, record_visit, report_antigen

__all__ = [
    "CutOff",
    "Refreshed",
    "Tended",
    "cut_off",
    "expire_refusals",
    "open_population_duties",
    "record_visit",
    "refresh_progress",
    "report_antigen",
    "tend_rounds",
]
