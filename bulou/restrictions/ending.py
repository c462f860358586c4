"""How restrictions stop: by their hard end, by one person at once, by a rule's fact, or by an objection left in silence.

The end needs nobody: every read computes it. ``end_due`` only records it, and owes the community to undo it at the door.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import sets
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.duties.rows import signature
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.restrictions import rules
from bulou.restrictions.alarms import superior_of
from bulou.restrictions.approving import locked, withdraw_rows
from bulou.restrictions.choices import AppealState, Kind, Lifting, State
from bulou.restrictions.models import Appeal, Restriction

BATCH = 200  # ends recorded in one transaction
_CLOSING = ("state", "closed_at", "closed_by", "closed_why", "lifting")


@transaction.atomic
def lift(*, code: str, reason: str, by: Actor, at: datetime, why: Lifting = Lifting.BY_RULE) -> Restriction:
    """One person lifts it, at once (立即解除); the unit above looks at it afterwards."""
    _silences(Q(restriction=code), at, 1, system(unit="CN", door=Door.SWEEP))  # what silence lifted, it lifted then
    row = locked(code)
    permit(by, Operation.LIFT_RESTRICTION, row.place_code, row.proposed_unit_id, row.approved_unit_id or "")
    if row.state != State.IN_FORCE:
        message = f"the restriction is {row.state}"
        raise Refused(message, code="restriction-state", remedy="Only what is in force is lifted.")
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")
    if row.ends_at <= at:
        _record_ends([row], by=by, at=at)
        return row
    _close([(row, at, why, reason)], by=by, at=at)
    _owe_review([row], why, by=by, at=at)
    return row


def medical_exit(*, code: str, reason: str, by: Actor, at: datetime) -> Restriction:
    """Somebody needs a doctor: out, now (就医绿色通道); one person says so, and it is reviewed after."""
    return lift(code=code, reason=reason, why=Lifting.MEDICAL_EXIT, by=by, at=at)


@transaction.atomic
def evacuate(*, place_code: str, reason: str, by: Actor, at: datetime) -> list[Restriction]:
    """Fire, flood, gas: everything that holds people in this place stops at once (紧急疏散); one review after."""
    permit(by, Operation.LIFT_RESTRICTION, place_code)
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")
    _silences(Q(restriction__place_code__startswith=place_code), at, BATCH, system(unit="CN", door=Door.SWEEP))
    held = Restriction.objects.select_for_update(of=("self",)).filter(state=State.IN_FORCE, ends_at__gt=at)
    inside = Q(place_code__startswith=place_code)
    above = Q(person_id="", place_code__in=[place_code[:length] for length in (12, 17) if length < len(place_code)])
    rows = list(held.filter(inside | above).order_by("code"))
    _close([(row, at, Lifting.EVACUATION, reason) for row in rows], by=by, at=at)
    _owe_review(rows[:1], Lifting.EVACUATION, by=by, at=at, count=len(rows))
    return rows


def lift_by_fact(
    *,
    person_id: str,
    reason: str,
    by: Actor,
    at: datetime,
    kinds: Collection[Kind] = tuple(Kind),
    why: Lifting = Lifting.BY_RULE,
) -> int:
    """A fact ends what holds somebody (playbook: released, case excluded); proposals of these kinds are withdrawn too."""
    return lift_all_by_fact(kinds={person_id: kinds}, reason=reason, why=why, by=by, at=at)


@transaction.atomic
def lift_all_by_fact(
    *, kinds: Mapping[str, Collection[Kind]], reason: str, by: Actor, at: datetime, why: Lifting = Lifting.BY_RULE
) -> int:
    """The same for many people, each with its kinds, as a set; returns how many restrictions and proposals ended."""
    people = [person for person, gone in kinds.items() if person and gone]
    if not people:
        return 0
    _silences(Q(restriction__person_id__in=people), at, BATCH, system(unit="CN", door=Door.SWEEP))
    found = Restriction.objects.select_for_update(of=("self",)).filter(
        person_id__in=people, state__in=(State.PROPOSED, State.IN_FORCE)
    )
    rows = [row for row in found.order_by("code") if Kind(row.kind) in kinds[row.person_id]]
    withdraw_rows([row for row in rows if row.state == State.PROPOSED], reason=reason, by=by, at=at)
    force = [row for row in rows if row.state == State.IN_FORCE]
    _record_ends([row for row in force if row.ends_at <= at], by=by, at=at)
    _close([(row, at, why, reason) for row in force if row.ends_at > at], by=by, at=at)
    return len(rows)


@transaction.atomic
def lift_places_by_fact(
    *, places: Collection[str], reason: str, by: Actor, at: datetime, why: Lifting = Lifting.BY_RULE
) -> int:
    """The measures on exactly these places stop, and proposals of such are withdrawn (a zone was lowered or ended)."""
    _silences(Q(restriction__place_code__in=places, restriction__person_id=""), at, BATCH, system(unit="CN", door=Door.SWEEP))
    found = Restriction.objects.select_for_update(of=("self",)).filter(
        kind=Kind.ZONE_MEASURE, place_code__in=places, state__in=(State.PROPOSED, State.IN_FORCE)
    )
    rows = list(found.order_by("code"))
    withdraw_rows([row for row in rows if row.state == State.PROPOSED], reason=reason, by=by, at=at)
    force = [row for row in rows if row.state == State.IN_FORCE]
    _record_ends([row for row in force if row.ends_at <= at], by=by, at=at)
    _close([(row, at, why, reason) for row in force if row.ends_at > at], by=by, at=at)
    return len(rows)


def close_by_appeal(row: Restriction, *, reason: str, by: Actor, at: datetime) -> None:
    """An objection was right."""
    _close([(row, at, Lifting.APPEAL, reason)], by=by, at=at)


def end_due(*, at: datetime, batch: int = BATCH) -> int:
    """Record what ended by itself (worker): hard ends, and objections that nobody answered in time; returns how many.

    It changes nothing for anybody: reads were right before it ran, and stay right when it does not.
    """
    by = system(unit="CN", door=Door.SWEEP)
    count = 0
    while True:
        with transaction.atomic():
            done = _silences(Q(), at, batch, by) + _ends(at, batch, by)
        count += done
        if not done:
            return count


def _ends(at: datetime, batch: int, by: Actor) -> int:
    due = Restriction.objects.select_for_update(of=("self",)).filter(state=State.IN_FORCE, ends_at__lte=at)
    rows = list(due.order_by("ends_at", "code")[:batch])
    _record_ends(rows, by=by, at=at)
    return len(rows)


def _record_ends(rows: Sequence[Restriction], *, by: Actor, at: datetime) -> None:
    """An end is an end: what a person or fact says after it does not become a lifting."""
    if not rows:
        return
    for row in rows:
        row.state, row.closed_at, row.closed_by = State.ENDED.value, row.ends_at, "bulou"
        row.closed_why = rules.SAID_END
    Restriction.objects.bulk_update(rows, _CLOSING)
    _tell(rows, Tag.RESTRICTION_ENDED, by=by, at=at)


def _silences(of: Q, at: datetime, batch: int, by: Actor) -> int:
    """Objections past their last hour: the restriction stopped at that hour."""
    due = Appeal.objects.select_for_update(of=("self",)).filter(of, state=AppealState.OPEN, lifts_at__lte=at)
    found = list(due.order_by("lifts_at", "code")[:batch])
    held = Restriction.objects.select_for_update(of=("self",)).in_bulk([one.restriction_id for one in found])
    silent: list[tuple[Restriction, datetime, Lifting, str]] = []
    for appeal in found:
        row = held[appeal.restriction_id]
        stood = row.state == State.IN_FORCE and row.ends_at > appeal.lifts_at
        appeal.state = (AppealState.SILENT if stood else AppealState.MOOT).value
        appeal.answered_at = appeal.lifts_at
        if stood:
            silent.append((row, appeal.lifts_at, Lifting.SILENCE, rules.SAID_SILENCE % {"appeal": appeal.pk}))
    Appeal.objects.bulk_update(found, ("state", "answered_at"))
    _close(silent, by=by, at=at)
    return len(found)


def _close(closing: Iterable[tuple[Restriction, datetime, Lifting, str]], *, by: Actor, at: datetime) -> None:
    """Lift, each from its own instant on."""
    rows = []
    for row, since, why, reason in closing:
        row.state, row.closed_at, row.closed_by = State.LIFTED.value, since, signature(by)
        row.closed_why, row.lifting = reason[:300], why.value
        rows.append(row)
    if rows:
        Restriction.objects.bulk_update(rows, _CLOSING)
        _tell(rows, Tag.RESTRICTION_LIFTED, by=by, at=at)


def _tell(rows: Sequence[Restriction], tag: Tag, *, by: Actor, at: datetime) -> None:
    """The entries, what was owed with the restriction closes, and undoing it at the door is owed."""
    ledger.record_many(
        ledger.Draft(
            tag=tag,
            subject=rules.about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={"kind": row.kind, "closed_at": row.closed_at, "why": row.lifting or "end", "reason": row.closed_why},
        )
        for row in rows
    )
    Appeal.objects.filter(restriction__in=rows, state=AppealState.OPEN).update(
        state=AppealState.MOOT.value, answered_at=at, answered_by=signature(by)
    )
    named = {rules.about(row.pk): row for row in rows}
    asked = [f"appeal:{code}" for code in Appeal.objects.filter(restriction__in=rows).values_list("code", flat=True)]
    open_now = Duty.objects.filter(about__in=[*named, *asked], state=DutyState.OPEN).exclude(
        kind__in=(rules.UNDONE, rules.LIFT_REVIEWED)
    )
    sets.supersede_many(
        duty_ids=list(open_now.values_list("pk", flat=True)), successor=f"{tag} {rows[0].closed_why}"[:300], by=by, at=at
    )
    still = _still_held(rows)
    open_many(
        [
            Owed(
                kind=rules.UNDONE,
                about=about,
                label=row.pk,
                place_code=row.place_code,
                facts={"ended_at": row.closed_at or at},
                why=row.closed_why,
            )
            for about, row in named.items()
            if row.pk not in still
        ],
        by=by,
        at=at,
    )


def _still_held(rows: Sequence[Restriction]) -> set[str]:
    """Those whose person another restriction holds at the same place on: a hold that isolation follows leaves the door shut."""
    people = [row.person_id for row in rows if row.person_id]
    if not people:
        return set()
    ended = {row.pk for row in rows}
    others = Restriction.objects.filter(person_id__in=people, state=State.IN_FORCE).exclude(pk__in=ended)
    held: dict[tuple[str, str], list[Restriction]] = {}
    for one in others:
        held.setdefault((one.person_id, one.place_code), []).append(one)
    return {
        row.pk
        for row in rows
        if row.closed_at is not None
        and any(
            one.starts_at <= row.closed_at < one.ends_at and (one.approved_at or row.closed_at) <= row.closed_at
            for one in held.get((row.person_id, row.place_code), ())
        )
    }


def _owe_review(rows: Sequence[Restriction], why: Lifting, *, by: Actor, at: datetime, count: int = 1) -> None:
    open_many(
        [
            Owed(
                kind=rules.LIFT_REVIEWED,
                about=rules.about(row.pk),
                label=f"{count} · {row.kind} · {why} · {signature(by)}",
                place_code=row.place_code,
                owners={"superior": superior_of(by.unit)},
                why=row.closed_why,
            )
            for row in rows
        ],
        by=by,
        at=at,
    )
