"""Named reads of the register. Whether somebody is restricted is computed from the instants, never from a nightly job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.kernel import codes, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.restrictions.choices import AppealState, FindingKind, ListState, State
from bulou.restrictions.models import Appeal, Attempt, Finding, ProposedList, Restriction

SOON = timedelta(hours=24)  # "ends soon" on the register's page: what the next shifts must undo at the door


def holding(at: datetime) -> Q:
    """The condition that a restriction holds somebody at an instant, past or present.

    Approved and begun, before its hard end, not yet lifted, and no objection left unanswered beyond its time: true whether or
    not the worker has recorded the end.
    """
    unanswered = Appeal.objects.filter(
        restriction=OuterRef("pk"), state__in=(AppealState.OPEN, AppealState.SILENT), lifts_at__lte=at
    )
    return (
        Q(approved_at__lte=at, starts_at__lte=at, ends_at__gt=at)
        & (Q(closed_at=None) | Q(closed_at__gt=at))
        & ~Q(Exists(unanswered))
    )


def visible(reader: Actor) -> QuerySet[Restriction]:
    """The restrictions that the reader may see: in its jurisdiction, or proposed or approved by a unit of it."""
    permit(reader, Operation.SEE_RESTRICTIONS)
    if reader.unit == "CN":
        return Restriction.objects.all()
    return Restriction.objects.filter(within(reader, "place_code", "proposed_unit_id", "approved_unit_id"))


def in_force(reader: Actor, at: datetime) -> QuerySet[Restriction]:
    """What holds somebody at the instant."""
    return visible(reader).filter(holding(at))


def of_person(reader: Actor, person_id: str, at: datetime) -> QuerySet[Restriction]:
    """What holds this person at the instant, beside the measures of the places above."""
    return in_force(reader, at).filter(person_id=person_id)


def of_place(reader: Actor, place_code: str, at: datetime) -> QuerySet[Restriction]:
    """The measures that hold a place at the instant: its own, and those of the places that contain it."""
    above = [step for step in codes.chain(place_code) if codes.is_place(step)]
    return in_force(reader, at).filter(person_id="", place_code__in=above)


def one(reader: Actor, code: str) -> Restriction:
    """One restriction; a foreign code answers like a missing one."""
    found = (
        visible(reader)
        .select_related("evidence", "authority", "proposed_unit", "approved_unit", "in_list")
        .filter(pk=code)
        .first()
    )
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the register shows; ``show``: in_force, proposed, soon, appealed, closed, all."""

    show: str = "in_force"
    kind: str = ""
    place: str = ""
    person: str = ""
    in_list: str = ""


def listed(reader: Actor, chosen: Filter, *, at: datetime) -> QuerySet[Restriction]:
    """The register by filter, the newest proposal first; page on with ``after``."""
    found = visible(reader).select_related("proposed_unit", "approved_unit")
    if chosen.show in {"in_force", "soon"}:
        found = found.filter(holding(at))
    if chosen.show == "soon":
        found = found.filter(ends_at__lte=at + SOON)
    if chosen.show == "proposed":
        found = found.filter(state=State.PROPOSED)
    if chosen.show == "appealed":
        found = found.filter(Exists(Appeal.objects.filter(restriction=OuterRef("pk"), state=AppealState.OPEN)))
    if chosen.show == "closed":
        found = found.exclude(state=State.PROPOSED).exclude(holding(at))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.person:
        found = found.filter(person_id=chosen.person)
    if chosen.in_list:
        found = found.filter(in_list=chosen.in_list)
    if chosen.place:
        low, high = codes.below(chosen.place)
        found = found.filter(place_code__gte=low, place_code__lt=high)
    return found.order_by("-proposed_at", "-code")


def after(found: QuerySet[Restriction], key: str) -> QuerySet[Restriction]:
    """The rest of the list after a row's key."""
    if not key:
        return found
    proposed_at, pk = keyset.instant_of(key)
    return found.filter(Q(proposed_at__lt=proposed_at) | Q(proposed_at=proposed_at, code__lt=pk), proposed_at__lte=proposed_at)


def key_of(row: Restriction) -> str:
    """The row's key for the next page."""
    return keyset.key(row.proposed_at, row.pk)


def appeals(reader: Actor, *, open_only: bool = True) -> QuerySet[Appeal]:
    """Objections within the reader's sight, by the instant at which silence lifts."""
    found = Appeal.objects.filter(restriction__in=visible(reader)).select_related("restriction")
    return (found.filter(state=AppealState.OPEN) if open_only else found).order_by("lifts_at", "code")


def lists(reader: Actor) -> QuerySet[ProposedList]:
    """Lists that wait for a second superior, oldest first."""
    permit(reader, Operation.SEE_RESTRICTIONS)
    found = ProposedList.objects.filter(state=ListState.STOPPED).select_related("unit").order_by("proposed_at")
    return found if reader.unit == "CN" else found.filter(within(reader, "unit_id", "place_code"))


def proposed_list(reader: Actor, code: str) -> ProposedList:
    """One list; a foreign code answers like a missing one."""
    permit(reader, Operation.SEE_RESTRICTIONS)
    found = ProposedList.objects.select_related("unit", "decided_unit").filter(pk=code)
    row = (found if reader.unit == "CN" else found.filter(within(reader, "unit_id", "place_code"))).first()
    if row is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return row


def findings(reader: Actor, kind: FindingKind | None = None) -> QuerySet[Finding]:
    """What the last recomputation found and is not gone."""
    permit(reader, Operation.SEE_RESTRICTIONS)
    found = Finding.objects.filter(gone_at=None).order_by("-found_at", "id")
    if kind is not None:
        found = found.filter(kind=kind)
    return found if reader.unit == "CN" else found.filter(within(reader, "place_code"))


def attempts(reader: Actor) -> QuerySet[Attempt]:
    """Attempts that were stopped, newest first: of the reader's units, and those by SQL for whoever stands above the city."""
    permit(reader, Operation.SEE_RESTRICTIONS)
    return Attempt.objects.all() if reader.unit == "CN" else Attempt.objects.filter(within(reader, "unit"))


@dataclass(frozen=True, slots=True)
class Figures:
    """The register's own figures at an instant."""

    in_force: dict[str, int]  # by kind
    proposed: int
    soon: int
    appealed: int
    too_much: int
    too_little: int


def figures(reader: Actor, at: datetime) -> Figures:
    """Counts in force by kind, what waits, what ends soon, and what the recomputation flagged."""
    force = dict(in_force(reader, at).order_by().values_list("kind").annotate(n=Count("pk")))
    flagged = dict(findings(reader).order_by().values_list("kind").annotate(n=Count("pk")))
    return Figures(
        in_force=force,
        proposed=visible(reader).filter(state=State.PROPOSED).count(),
        soon=in_force(reader, at).filter(ends_at__lte=at + SOON).count(),
        appealed=appeals(reader).count(),
        too_much=flagged.get(FindingKind.TOO_MUCH.value, 0),
        too_little=flagged.get(FindingKind.TOO_LITTLE.value, 0),
    )
