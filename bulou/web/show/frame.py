"""What stands on every page: who reads, what is late, how fresh the figures are, and whether the sweep lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.web.show.figures import Crumb


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A page, or a group of pages, of the navigation; ``key`` is the letter after ``g``, ``late`` its late duties.

    A group leads to its first page; ``pages`` stand in a second row while one of them is shown.
    """

    name: str  # the route's name without its namespace
    label: str
    url: str
    key: str = ""
    late: int = 0
    unread: int = 0
    primary: bool = False  # stands in a phone's bar itself, the others behind "more"
    current: bool = False
    pages: tuple[NavItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChoice:
    """A post that the reader holds now and may act for."""

    key: str
    label: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The reader: own name (not masked for oneself), post, unit, shift in words."""

    name: str
    post: str
    unit: str
    shift: str = ""
    posts: tuple[PostChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The sweep's sign of life; ``silent_since`` is set when it owes one."""

    lag: timedelta
    silent_since: datetime | None = None

    @property
    def seconds(self) -> str:
        """The lag in seconds with one digit."""
        return f"{self.lag.total_seconds():.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The ledger's latest seal: its number and digest, and how many entries wait for the next one."""

    number: int
    digest: str
    unsealed: int = 0

    @property
    def short(self) -> str:
        """The digest's first and last four characters."""
        return f"{self.digest[:4]}…{self.digest[-4:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """The frame of a page; ``who`` is None before log-in, ``now`` is the city's clock."""

    title: str
    city: str
    now: datetime
    drill: bool = False
    who: Who | None = None
    nav: tuple[NavItem, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
    search: str = ""
    as_of: datetime | None = None
    sources: str = ""  # "21 sources, all within 5 minutes"
    stale_since: datetime | None = None
    heartbeat: Heartbeat | None = None
    seal: Seal | None = None
    live: str = ""  # the address from which the page's live part is renewed; empty when it is not
    wall: bool = False
    copy_number: str = ""  # stands on a printed list, with its holder and the duty to return it

    @property
    def beside(self) -> tuple[NavItem, ...]:
        """The pages of the group in which the reader stands."""
        return next((item.pages for item in self.nav if item.current), ())
