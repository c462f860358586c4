"""The pages that residents open without an account: a request is filed, and followed by its ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulou.web.show.duties import ActForm, Fact, Step
from bulou.web.show.figures import Chip

if TYPE_CHECKING:
    from django.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """Where a request is filed, and where a ticket is typed in; ``made`` is the ticket, shown once after filing."""

    form: Form
    url: str
    door: Form
    door_url: str
    wrong: str = ""
    made: str = ""
    made_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """How a request stands, for who holds its ticket: whose it is, by when, what the unit says, and what I say to that."""

    heading: str
    chip: Chip
    until: str
    left: str
    late: bool
    text: str
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    acts: tuple[ActForm, ...]
    said: str = ""
