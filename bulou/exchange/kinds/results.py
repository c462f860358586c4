"""Laboratory results, signed by the laboratory that imports them; what stands already is unchanged for every reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import may
from bulou.exchange.by_row import Answer, Record, RowKind, together
from bulou.exchange.kinds import fields
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, Conflict, InputFault, NotPermitted
from bulou.specimens import actions
from bulou.specimens.choices import Outcome
from bulou.specimens.models import LaboratoryResult, Tube

COLUMNS = ("tube_id", "laboratory_id", "outcome", "tested_at", "reported_at", "run_id")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as read: whose it is, what it says, and what stands under its key."""

    laboratory: str
    scan: actions.ResultScan
    stands: LaboratoryResult | None


@dataclass(frozen=True, slots=True)
class _Stood:
    """The result stands already, word for word."""

    created: bool = False


def _visible(by: Actor) -> Q:
    """Results by laboratories below the reader's unit, or for tubes of sites below it."""
    mine = Tube.objects.filter(within(by, "unit_code"), pk=OuterRef("tube_id"))
    return within(by, "laboratory") | Q(Exists(mine))


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The results that the reader may see, in the order in which they came; of one round's tubes when it is named."""
    found = LaboratoryResult.objects.filter(_visible(by))
    if round_code:
        found = found.filter(Exists(Tube.objects.filter(round=round_code, pk=OuterRef("tube_id"))))
    for row in found.order_by("id").iterator():
        yield (
            row.tube_id, row.laboratory_id, row.outcome, fields.shown(row.tested_at), fields.shown(row.reported_at), row.run_id,
        )  # fmt: skip


def _scan(record: Record) -> actions.ResultScan:
    row = record[0]
    if row["outcome"] not in set(Outcome):
        message = f"{row['outcome']!r} is not an outcome"
        raise InputFault(message, column="outcome", remedy=f"Outcomes: {', '.join(Outcome)}.")
    return actions.ResultScan(
        tube_id=row["tube_id"],
        outcome=Outcome(row["outcome"]),
        tested_at=fields.instant(row, "tested_at"),
        reported_at=fields.instant(row, "reported_at"),
        run_id=row.get("run_id", ""),
    )


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code
    asked = [record[0]["tube_id"] for record in records]
    stands = {
        (row.laboratory_id, row.tube_id, row.reported_at): row
        for row in LaboratoryResult.objects.filter(_visible(by), tube_id__in=asked)
    }

    def read(record: Record) -> _Row:
        scan = _scan(record)
        laboratory = record[0].get("laboratory_id", "") or by.unit
        return _Row(laboratory, scan, stands.get((laboratory, scan.tube_id, scan.reported_at)))

    return together(records, read, lambda found: _report(found, by=by, at=at))


def _report(found: Sequence[_Row], *, by: Actor, at: datetime) -> list[_Stood | actions.Reported | BulouError]:
    answers: dict[int, _Stood | actions.Reported | BulouError] = {}
    fresh: list[tuple[int, actions.ResultScan]] = []
    for place, row in enumerate(found):
        if row.stands is not None:
            answers[place] = _again(row.scan, row.stands)
        elif row.laboratory != by.unit or not may(by, Operation.REPORT_RESULT):
            message = "a result is signed by its laboratory"
            answers[place] = NotPermitted(message, column="laboratory_id", remedy="Let that laboratory import it.")
        else:
            fresh.append((place, row.scan))
    if fresh:
        done = actions.report_results(results=[scan for _, scan in fresh], by=by, at=at)
        answers.update({place: one for (place, _), one in zip(fresh, done, strict=True)})
    return [answers[place] for place in range(len(found))]


def _again(scan: actions.ResultScan, before: LaboratoryResult) -> _Stood | Conflict:
    said = {"outcome": scan.outcome.value, "tested_at": scan.tested_at, "run_id": scan.run_id}
    differing = [column for column, value in said.items() if getattr(before, column) != value]
    if not differing:
        return _Stood()
    message = f"the tube {scan.tube_id} was reported at that instant with another {', '.join(differing)}"
    return Conflict(message, column=differing[0], remedy="Report the corrected result with its own instant.")


KIND = RowKind(
    key=("laboratory_id", "tube_id", "reported_at"),
    needed=("tube_id", "outcome", "tested_at", "reported_at"),
    optional=("laboratory_id", "run_id"),
    take=_take,
    operation=Operation.IMPORT_FILE,
)
