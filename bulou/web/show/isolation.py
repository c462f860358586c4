"""The pages of isolation: all sites, one site with its next hours, and the days at home."""

from __future__ import annotations

from dataclasses import dataclass

from bulou.web.show.duties import ActForm, DutyRow, Fact
from bulou.web.show.figures import Act, Chip, Crumb, Figure, Pager, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesPage:
    """Every site of the reader: how far it is, what is free by class, who waits at a door, what is late."""

    figures: tuple[Figure, ...]
    doors: Table
    sites: Table
    pager: Pager
    findings: Table
    reviews: Table
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage:
    """One site: what its manager has before them in the next hours, its people, its findings, who answers for it."""

    crumbs: tuple[Crumb, ...]
    name: str
    code: str
    chip: Chip
    note: str
    figures: tuple[Figure, ...]
    hours: tuple[Table, ...]  # arrivals, needs, tests, releases; none for who may not see guests
    rooms: Table  # in which nobody may sleep now
    floors: Table
    findings: Table
    reviews: Table
    duties: tuple[DutyRow, ...]
    parties: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    forms: tuple[ActForm, ...] = ()
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomesPage:
    """Who was released and is not done: waiting to be accepted, watched day by day, lost from sight."""

    figures: tuple[Figure, ...]
    table: Table
    pager: Pager
    reading: str
