"""A policy pack as values: duties with their clocks, numbers with their sources, legal bases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bulou.kernel.errors import PolicyFault
from bulou.policy.checklists import ChecklistItem
from bulou.policy.choices import HandoverKind, Owner, Status, Tell
from bulou.policy.forms import Grading, Question
from bulou.policy.rules import DUE_RULES


@dataclass(frozen=True, slots=True)
class Term:
    """``fact + plus``: one way to compute a due instant."""

    fact: str
    plus: timedelta


@dataclass(frozen=True, slots=True)
class Due:
    """When a duty falls due: the earliest of its terms, or a named Python rule."""

    terms: tuple[Term, ...] = ()
    rule: str = ""

    def at(self, facts: Mapping[str, datetime], *, kind: str) -> datetime:
        """The due instant; a fact that is missing is a fault of the caller, named."""
        try:
            if self.rule:
                return DUE_RULES[self.rule](facts)
            return min(facts[term.fact] + term.plus for term in self.terms)
        except KeyError as missing:
            message = f"the clock of {kind} needs the fact {missing}"
            raise PolicyFault(message, remedy="Give it when the duty is opened.") from missing


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """One rung: ``offset`` from the due instant (negative is before), whom it tells; ``key`` is unique in its duty."""

    key: str
    offset: timedelta
    to: Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRule:
    """What the pack says of one kind of duty."""

    kind: str
    line: str
    says_en: str
    says_zh: str
    owner: Owner
    starts: str
    due: Due
    closed_by: tuple[str, ...]
    handover: HandoverKind
    answer_within: timedelta
    escalate: tuple[EscalationStep, ...]
    source: str
    status: Status
    restricts: bool = False
    legal_basis: str = ""
    ends_after: timedelta | None = None

    def due_at(self, facts: Mapping[str, datetime]) -> datetime:
        """When a duty of this kind is due, from the facts' instants."""
        return self.due.at(facts, kind=self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionRule:
    """What the pack says of one kind of restriction: on what it may rest, for how long, and what is owed with it.

    ``grounds`` names the ledger tags that can justify it, each with the longest time that such a fact carries. ``level``
    is the widest place that one such fact may close (empty for restrictions of a person). ``owes`` names the duties that
    must have owners before it is approved for a place, ``owes_each`` those opened for each person it keeps at home.
    """

    kind: str
    says_en: str
    says_zh: str
    legal_bases: tuple[str, ...]
    grounds: Mapping[str, timedelta]
    level: str
    owes: tuple[str, ...]
    owes_each: tuple[str, ...]
    source: str
    status: Status


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the pack with its unit, its source and how sure it is."""

    name: str
    value: float | str | tuple[float, ...]
    unit: str
    source: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A pack in one version."""

    name: str
    version: str
    title_en: str
    title_zh: str
    disease: str
    valid_from: date
    valid_until: date | None
    duties: Mapping[str, DutyRule]
    numbers: Mapping[str, Number]
    questions: Mapping[str, Question]  # the interview form, in its order
    gradings: tuple[Grading, ...]
    legal_bases: Mapping[str, str]
    restrictions: Mapping[str, RestrictionRule] = field(default_factory=dict)
    items: Mapping[str, tuple[ChecklistItem, ...]] = field(default_factory=dict)

    def checklist(self, name: str) -> tuple[ChecklistItem, ...]:
        """The lines of a checklist in the pack's order; ``PolicyFault`` when there is none of that name."""
        found = self.items.get(name)
        if found is None:
            message = f"the pack {self.name} {self.version} has no checklist {name}"
            raise PolicyFault(message, remedy="Add its items to the pack, with document and clause.")
        return found

    def restriction(self, kind: str) -> RestrictionRule:
        """The rule of a kind of restriction; ``PolicyFault`` when this pack restricts nobody in that way."""
        found = self.restrictions.get(kind)
        if found is None:
            message = f"the pack {self.name} {self.version} knows no restriction {kind}"
            raise PolicyFault(message, remedy="What a pack does not name cannot be ordered under it.")
        return found

    def duty(self, kind: str) -> DutyRule:
        """The rule of a kind; ``PolicyFault`` when this pack knows none."""
        found = self.duties.get(kind)
        if found is None:
            message = f"the pack {self.name} {self.version} has no duty {kind}"
            raise PolicyFault(message, remedy="Add it to the pack, with its source.")
        return found

    def number(self, name: str) -> Number:
        """A number of the pack; ``PolicyFault`` when there is none of that name."""
        found = self.numbers.get(name)
        if found is None:
            message = f"the pack {self.name} {self.version} has no number {name}"
            raise PolicyFault(message, remedy="Add it to the pack, with its source.")
        return found

    def amount(self, name: str) -> float:
        """A number that must be a single amount."""
        found = self.number(name)
        if not isinstance(found.value, (int, float)):
            message = f"the number {name} of the pack {self.name} is not one amount"
            raise PolicyFault(message)
        return found.value

    def span(self, name: str) -> timedelta:
        """A number that is a length of time, by its unit (minutes, hours, days)."""
        found = self.number(name)
        if found.unit not in {"minutes", "hours", "days"}:
            message = f"the number {name} of the pack {self.name} is not a length of time"
            raise PolicyFault(message)
        return timedelta(**{found.unit: self.amount(name)})
