"""The pages without account that tell: today's rules for a door, answers to questions and rumours, a hazard reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulou.web.show.duties import Fact
from bulou.web.show.figures import Chip

if TYPE_CHECKING:
    from django.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where to go on."""

    label: str
    href: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that holds: what, in plain words, on what basis, until when; further languages beside."""

    kind: str
    title: str
    text: str = ""
    facts: tuple[Fact, ...]
    others: tuple[tuple[str, str, str], ...] = ()  # language, heading, text


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPage:
    """Today's rules for one door, or the form that finds it."""

    form: Form
    url: str
    wrong: str = ""
    choices: tuple[Link, ...] = ()  # places that are called so, or the buildings of the community
    choices_head: str = ""
    place: str = ""
    stated: str = ""  # when, and from what
    free: str = ""  # said when nothing is in force
    rules: tuple[Rule, ...] = ()
    there: tuple[Fact, ...] = ()  # sampling, supplies, whom to call
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question or rumour with its public answer."""

    question: str
    chip: Chip
    answer: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersPage:
    """What was answered, and the form to ask; ``made`` says what becomes of what was just asked."""

    form: Form
    url: str
    wrong: str = ""
    made: str = ""
    answers: tuple[Answer, ...] = ()
    empty: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardPage:
    """The form to report a danger; ``made`` is the number, shown once."""

    form: Form
    url: str
    wrong: str = ""
    made: str = ""
    said: str = ""
