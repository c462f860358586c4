"""Cases as a line list: a line enters a case or adds to one that stands; what an action must change it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from bulou.access.choices import Operation
from bulou.exchange.by_row import UPDATED, Answer, Record, RowKind
from bulou.exchange.kinds import fields
from bulou.investigation import queries
from bulou.investigation.choices import CaseStatus, FoundWhere
from bulou.investigation.line_lists import CaseSeen, Entered, enter_cases
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError

COLUMNS = (
    "case_id", "person_id", "place_code", "status", "onset_on", "sampled_at", "detected_at", "diagnosed_at", "reported_at",
    "released_at", "found_where", "tube_id", "age", "sex", "infected_where", "facility", "exposed_from_on", "exposed_until_on",
    "outcome", "died_on",
)  # fmt: skip
_OLDEST = 130


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The cases below the reader's unit, the earliest detected first."""
    del round_code
    for row in queries.cases(by).order_by("detected_at", "code").iterator():
        yield (
            row.pk, row.person_id, row.place_code, row.status, fields.day_shown(row.onset_on), fields.shown(row.sampled_at),
            fields.shown(row.detected_at), fields.shown(row.diagnosed_at), fields.shown(row.reported_at),
            fields.shown(row.released_at), row.found_where, row.tube_id, "" if row.age is None else str(row.age), row.sex,
            row.infected_where, row.facility, fields.day_shown(row.exposed_from_on), fields.day_shown(row.exposed_until_on),
            row.outcome, fields.day_shown(row.died_on),
        )  # fmt: skip


def _seen(record: Record) -> CaseSeen:
    row = record[0]
    code = fields.text(row, "case_id", most=24, needed=True)
    age = fields.number(row, "age", default=-1, most=_OLDEST)
    return CaseSeen(
        code=code,
        person_id=fields.text(row, "person_id", most=40) or code,
        place_code=fields.text(row, "place_code", most=64),
        status=fields.word(row, "status", CaseStatus),
        tube_id=fields.text(row, "tube_id", most=40),
        sampled_at=fields.instant_or_none(row, "sampled_at"),
        detected_at=fields.instant_or_none(row, "detected_at"),
        diagnosed_at=fields.instant_or_none(row, "diagnosed_at"),
        reported_at=fields.instant_or_none(row, "reported_at"),
        released_at=fields.instant_or_none(row, "released_at"),
        found_where=fields.word(row, "found_where", FoundWhere),
        onset_on=fields.day_or_none(row, "onset_on"),
        exposed_from_on=fields.day_or_none(row, "exposed_from_on"),
        exposed_until_on=fields.day_or_none(row, "exposed_until_on"),
        infected_where=fields.text(row, "infected_where", most=120),
        facility=fields.text(row, "facility", most=160),
        age=age if age >= 0 else None,
        sex=fields.one_of(row, "sex", ("F", "M", "")),
        outcome=fields.text(row, "outcome", most=24),
        died_on=fields.day_or_none(row, "died_on"),
    )


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code
    answers: dict[int, Answer] = {}
    seen: list[tuple[int, CaseSeen]] = []
    for place, record in enumerate(records):
        try:
            seen.append((place, _seen(record)))
        except BulouError as fault:
            answers[place] = fault
    found = enter_cases(seen=[one for _, one in seen], by=by, at=at)
    for (place, _), answer in zip(seen, found, strict=True):
        answers[place] = _said(answer)
    return [answers[place] for place in range(len(records))]


def _said(answer: Entered | BulouError) -> bool | Literal["updated"] | BulouError:
    if isinstance(answer, BulouError):
        return answer
    return UPDATED if answer is Entered.UPDATED else answer is Entered.CREATED


KIND = RowKind(
    key=("case_id",),
    needed=("case_id",),
    optional=COLUMNS[1:],
    take=_take,
    operation=Operation.CHASE_CASE,
)
