"""Sampling sites of rounds, with their hours and the laboratory behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault
from bulou.rounds import actions
from bulou.rounds.models import Site

COLUMNS = (
    "round_code", "site_id", "name", "place_code", "opens_at", "closes_at", "samplers", "expected_people", "laboratory_id",
)  # fmt: skip
_SAMPLERS_MOST = 32_767


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The sites whose unit lies below the reader's; of one round when it is named."""
    found = Site.objects.filter(within(by, "unit"))
    if round_code:
        found = found.filter(round=round_code)
    for site in found.order_by("round", "unit").iterator():
        yield (
            site.round_id, site.unit_id, site.name, site.place_code, fields.shown(site.opens_at), fields.shown(site.closes_at),
            str(site.samplers), str(site.expected_people), site.laboratory_id or "",
        )  # fmt: skip


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    # Also a site of a round that is closed by now is the same site; the action would refuse to plan it.
    mine = Site.objects.filter(within(by, "unit"), unit__in=[record[0]["site_id"] for record in records])
    known = {(site.round_id, site.unit_id): site for site in mine}

    def plan(record: Record) -> bool:
        row = record[0]
        code = row.get("round_code", "") or round_code
        if not code or (round_code and code != round_code):
            message = f"the row is of the round {code!r}" if code else "the row names no round"
            raise InputFault(message, column="round_code", remedy="Name the round in the file or with --round.")
        if not codes.is_unit(row["site_id"]):
            message = f"{row['site_id']!r} is not a unit code"
            raise InputFault(message, column="site_id", remedy="Write the code of the site's unit.")
        if row.get("place_code") and not codes.is_place(row["place_code"]):
            message = f"{row['place_code']!r} is not a place code"
            raise InputFault(message, column="place_code", remedy="Write the code of a division or building.")
        opens_at, closes_at = fields.instant(row, "opens_at"), fields.instant(row, "closes_at")
        samplers = fields.number(row, "samplers", default=1, most=_SAMPLERS_MOST)
        expected = fields.number(row, "expected_people", default=0)
        name = fields.text(row, "name", most=80)
        stands = known.get((code, row["site_id"]))
        if stands is not None:
            _require_same(stands, row, opens_at=opens_at, closes_at=closes_at, samplers=samplers, expected_people=expected)
            return False
        known[code, row["site_id"]] = actions.plan_site(
            round_code=code, unit=row["site_id"], opens_at=opens_at, closes_at=closes_at, by=by, at=at, name=name,
            place_code=row.get("place_code", ""), samplers=samplers, expected_people=expected,
            laboratory=row.get("laboratory_id", ""),
        )  # fmt: skip
        return True

    return each(records, plan)


def _require_same(stands: Site, row: fields.Row, **wanted: datetime | int) -> None:
    """``Conflict`` when the file says otherwise; a blank cell or a column that is not there says nothing."""
    texts = {"name": "name", "place_code": "place_code", "laboratory_id": "laboratory_id"}
    differing = [column for column in texts if row.get(column) and row[column] != getattr(stands, texts[column])]
    differing += [column for column, value in wanted.items() if row.get(column) and getattr(stands, column) != value]
    if differing:
        message = f"{stands.unit_id} is already a site of {stands.round_id} with another {differing[0]}"
        raise Conflict(message, column=differing[0], remedy="Close that site first, or keep its plan.")


KIND = RowKind(
    key=("round_code", "site_id"),
    needed=("site_id", "opens_at", "closes_at"),
    optional=("round_code", "name", "place_code", "samplers", "expected_people", "laboratory_id"),
    names={"unit_code": "site_id"},
    take=_take,
    operation=Operation.OPEN_SITE,
)
