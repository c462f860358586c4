"""The test round, and the specimen chain behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bulou.web.show.duties import DutyRow, Fact, Step
from bulou.web.show.figures import Act, Chip, Crumb, Empty, Figure, Meter, Pager, Table

if TYPE_CHECKING:
    from django.forms import Form

    from bulou.web.show.band import Band
    from bulou.web.show.chart import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundCard:
    """One round in the list."""

    code: str
    name: str
    href: str
    kind: str
    area: str
    opens_at: datetime
    deadline: datetime
    chip: Chip
    meter: Meter
    tested: str
    of: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundListPage:
    """Rounds that run, and those before."""

    running: tuple[RoundCard, ...]
    past: Table
    empty: Empty


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPage:
    """A round, or one place in it: progress, what is missing below, its sites.

    ``units`` drills down city → district → street → community → building → household; on the last step ``people``
    takes its place.
    """

    code: str
    name: str
    place: str
    kind: str
    deadline: datetime
    chip: Chip
    crumbs: tuple[Crumb, ...]
    figures: tuple[Figure, ...]
    chart: Chart | None
    projected: str  # "done at 19:40, 20 min before the deadline"
    units: Table | None
    people: Table | None
    sites: Table | None
    duties: tuple[DutyRow, ...] = ()
    missing_href: str = ""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A station of the chain: how many specimens stand there, and the age of the oldest."""

    key: str
    label: str
    count: str
    unit: str
    oldest: str
    href: str
    chip: Chip | None = None
    late: str = ""  # how many of them are beyond their limit, in words
    limit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPage:
    """The specimen chain: stations, oldest ages, specimens without a laboratory, boxes, laboratories.

    ``signals`` are the three figures that are never mixed: pools abnormal, preliminary positive, confirmed or
    asymptomatic.
    """

    stages: tuple[Stage, ...]
    signals: tuple[Figure, ...]
    ages: Table
    unassigned: Table
    unassigned_total: str
    boxes: Table
    boxes_note: str
    labs: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPage:
    """One transport box: its clock, who held it, the counts of each scan, its tubes."""

    code: str
    chip: Chip
    clock: str
    clock_note: str
    late: bool
    facts: tuple[Fact, ...]
    band: Band
    scans: Table
    tubes: Table
    steps: tuple[Step, ...]
    duties: tuple[DutyRow, ...]
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeListPage:
    """Tubes of the reader's sites: where each is and what was found; nobody's name."""

    filters: Form
    table: Table
    pager: Pager
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TubePage:
    """One tube: its clock, members (masked), way, and result; a pool's result is nobody's result."""

    code: str
    chip: Chip
    clock: str
    clock_note: str
    late: bool
    facts: tuple[Fact, ...]
    band: Band
    members: Table
    results: Table
    steps: tuple[Step, ...]
    duties: tuple[DutyRow, ...]
    pool_note: str = ""
    acts: tuple[Act, ...] = ()
