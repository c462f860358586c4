"""Rooms of isolation sites, by set: the columns of ``allocate``, and the floor and air by which infections are traced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import UPDATED, Answer, Record, RowKind
from bulou.exchange.kinds import fields
from bulou.isolation import actions
from bulou.isolation.actions import Kept, RoomGiven
from bulou.isolation.choices import RiskClass
from bulou.isolation.models import Room
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault

COLUMNS = ("room_id", "site_id", "class", "beds", "features", "x", "y", "from", "until", "floor", "air", "shared")
_FLOORS = 200
_BEDS = 2_000


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The rooms of sites below the reader's unit; where they are is where their site is."""
    del round_code
    found = Room.objects.filter(within(by, "site_id")).select_related("site").order_by("room_id")
    for row in found.iterator(chunk_size=10_000):
        yield (
            row.pk, row.site_id, row.risk_class, str(row.beds), row.features, _number(row.site.x), _number(row.site.y),
            fields.shown(row.opens_at), fields.shown(row.closes_at), str(row.floor), row.air, "yes" if row.shared else "no",
        )  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _given(row: fields.Row) -> RoomGiven:
    features = ";".join(sorted(filter(None, (one.strip() for one in row.get("features", "").split(";")))))
    return RoomGiven(
        room_id=fields.text(row, "room_id", most=40, needed=True),
        site=row["site_id"],
        beds=fields.number(row, "beds", default=0, most=_BEDS),
        risk_class=fields.word(row, "class", RiskClass),
        shared=fields.one_of(row, "shared", ("", "no", "yes")) == "yes",
        floor=fields.number(row, "floor", default=1, most=_FLOORS),
        air=fields.text(row, "air", most=24),
        features=fields.text({"features": features}, "features", most=160),
        opens_at=fields.instant_or_none(row, "from"),
        closes_at=fields.instant_or_none(row, "until"),
    )


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code
    answers: list[Answer | None] = []
    given: list[RoomGiven] = []
    for record in records:
        try:
            given.append(_given(record[0]))
            answers.append(None)
        except InputFault as fault:
            answers.append(fault)
    taken = iter(actions.register_rooms(rooms=given, by=by, at=at))
    return [_answer(next(taken)) if answer is None else answer for answer in answers]


def _answer(one: actions.Registered | BulouError) -> Answer:
    if isinstance(one, BulouError):
        return one
    return UPDATED if one.kept is Kept.UPDATED else one.kept is Kept.CREATED


KIND = RowKind(
    key=("room_id",),
    needed=("room_id", "site_id", "beds"),
    optional=("class", "features", "x", "y", "from", "until", "floor", "air", "shared"),
    take=_take,
    operation=Operation.KEEP_ROOMS,
)
