"""Printing a list of the missing, filling it in from the paper, taking it back, saying that it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.duties.opening import Owed
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.rounds import rules as rounds
from bulou.rounds.choices import RoundState
from bulou.rounds.models import TestingRound
from bulou.testing import tallies
from bulou.testing.choices import VisitOutcome
from bulou.testing.visits import record_visit
from bulou.worklists import rules
from bulou.worklists.choices import LOSS_LOOKED, RETURNED, SheetState
from bulou.worklists.models import Sheet, SheetRow

OUTCOMES = frozenset(VisitOutcome) - {VisitOutcome.APPOINTED}  # an appointment needs an instant: it is made on the page


@transaction.atomic
def print_sheet(*, round: str, place_code: str, holder: str, by: Actor, at: datetime, code: str = "") -> Sheet:  # noqa: A002 - the round's code, as everywhere
    """Put the missing of a tower or floor on a numbered list that somebody carries; its return is owed from now on.

    Top floor first, household by household: the way of somebody who takes the lift up and walks down.
    """
    permit(by, Operation.KEEP_SHEETS, place_code)
    row = TestingRound.objects.filter(pk=round).first()
    if row is None:
        message = f"there is no round {round}"
        raise InputFault(message, column="round")
    rounds.require_round(row.state, (RoundState.OPEN,), doing="listed")
    if not holder.strip():
        message = "say who carries it"
        raise InputFault(message, column="holder")
    low, high = codes.below(place_code)
    missing = (
        tallies.missing(row)
        .filter(place_code__gte=low, place_code__lt=high)
        .order_by("-place_code", "household_id", "person_id")
    )
    people = list(missing.values_list("person_id", "place_code", "household_id")[: rules.MOST + 1])
    rules.require_length(len(people), place=place_code)
    made = Sheet.objects.create(
        code=code or public_id("PS", at), round=row, unit_id=by.unit, place_code=place_code, holder=holder.strip()[:80],
        people=len(people), issued_at=at, issued_by=signature(by), due_at=due_of(RETURNED, at=at, facts={"issued_at": at}),
    )  # fmt: skip
    SheetRow.objects.bulk_create(
        (
            SheetRow(sheet=made, number=number, person_id=person, place_code=place, household_id=household)
            for number, (person, place, household) in enumerate(people, start=1)
        ),
        batch_size=500,
    )
    commit(
        tag=LineTag.SHEET_PRINTED, subject=_about(made), unit=made.unit_id, by=by, at=at,
        data={"people": made.people, "place": place_code, "round": row.pk}, personal={"holder": made.holder},
        opens=[_owed(made, RETURNED, owner=made.unit_id, issued_at=at)],
    )  # fmt: skip
    return made


@transaction.atomic
def fill_in(*, code: str, ticks: str, by: Actor, at: datetime) -> Sheet:
    """What the worker wrote on the paper, line by line (``17 away``): each becomes a visit of the round."""
    return enter(code=code, found=rules.read_ticks(ticks, outcomes=OUTCOMES), by=by, at=at)


@transaction.atomic
def enter(*, code: str, found: Sequence[tuple[int, str, str]], by: Actor, at: datetime) -> Sheet:
    """Findings by the list's numbers, as (number, outcome, note); the round's visits keep them, all or none."""
    sheet = locked(Sheet, code)
    permit(by, Operation.KEEP_SHEETS, sheet.unit_id, sheet.place_code)
    rules.require_out(SheetState(sheet.state), doing="filled in")
    lines = {line.number: line for line in sheet.rows.filter(number__in=[number for number, _, _ in found])}
    for number, outcome, note in found:
        line = lines.get(number)
        if line is None:
            message = f"the list has no number {number}"
            raise InputFault(message, column="ticks", remedy=f"It goes from 1 to {sheet.people}.")
        record_visit(
            round_code=sheet.round_id, person_id=line.person_id, outcome=VisitOutcome(outcome), note=note, by=by, at=at
        )
    new = [line.pk for line in lines.values() if line.entered_at is None]
    SheetRow.objects.filter(pk__in=[line.pk for line in lines.values()]).update(entered_at=at)
    Sheet.objects.filter(pk=sheet.pk).update(entered=F("entered") + len(new))
    sheet.entered += len(new)
    commit(tag=LineTag.SHEET_ENTERED, subject=_about(sheet), unit=sheet.unit_id, by=by, at=at, data={"lines": len(found)})
    return sheet


@transaction.atomic
def return_sheet(*, code: str, note: str, by: Actor, at: datetime) -> Sheet:
    """The paper is back and locked away or destroyed: the duty ends, whatever is filled in."""
    return _end(code, SheetState.RETURNED, note or "back", tag=LineTag.SHEET_RETURNED, by=by, at=at)


@transaction.atomic
def lose_sheet(*, code: str, reason: str, by: Actor, at: datetime) -> Sheet:
    """The paper is lost: names are abroad, and the unit above looks at it within the pack's hours."""
    if not reason.strip():
        message = "say where and when it was seen last"
        raise InputFault(message, column="reason")
    return _end(code, SheetState.LOST, reason, tag=LineTag.SHEET_LOST, by=by, at=at)


def _end(code: str, state: SheetState, note: str, *, tag: LineTag, by: Actor, at: datetime) -> Sheet:
    sheet = locked(Sheet, code)
    permit(by, Operation.KEEP_SHEETS, sheet.unit_id, sheet.place_code)
    rules.require_out(SheetState(sheet.state), doing=state.value)
    sheet.state, sheet.ended_at, sheet.ended_by, sheet.note = state, at, signature(by), note.strip()[:200]
    sheet.save(update_fields=("state", "ended_at", "ended_by", "note"))
    lost = state is SheetState.LOST
    commit(
        tag=tag, subject=_about(sheet), unit=sheet.unit_id, by=by, at=at, closes=[RETURNED], data={"note": sheet.note},
        opens=[_owed(sheet, LOSS_LOOKED, above=sheet.unit_id, lost_at=at)] if lost else [],
    )  # fmt: skip
    return sheet


@transaction.atomic
def look_at_loss(*, code: str, result: str, by: Actor, at: datetime) -> Sheet:
    """The unit above says what follows from a lost list: who was told, what is changed."""
    sheet = locked(Sheet, code)
    permit(by, Operation.KEEP_SHEETS, sheet.unit_id, sheet.place_code)
    if sheet.state != SheetState.LOST or by.unit == sheet.unit_id or not result.strip():
        message = "another unit than lost the list says what follows"
        raise InputFault(message, column="result")
    commit(
        tag=LineTag.SHEET_LOOKED, subject=_about(sheet), unit=sheet.unit_id, by=by, at=at, closes=[LOSS_LOOKED],
        data={"note": result.strip()[:200]},
    )  # fmt: skip
    return sheet


def _about(sheet: Sheet) -> str:
    return f"sheet:{sheet.pk}"


def _owed(sheet: Sheet, kind: str, *, owner: str = "", above: str = "", **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=_about(sheet), label=f"{sheet.pk} · {sheet.people}", place_code=codes.territory(sheet.unit_id),
        owners={"explicit": owner} if owner else {"of": above}, facts=facts,
    )  # fmt: skip
