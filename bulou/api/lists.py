"""Lists and figures to read over HTTP: tubes, boxes, people, rounds, base figures; filtered by jurisdiction, paged by key."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime

from bulou.access.actions import log_read
from bulou.api.auth import caller
from bulou.api.chain import box_shown
from bulou.api.chain import router as chain
from bulou.api.paging import DEFAULT, page
from bulou.api.specimens import router as specimens
from bulou.kernel import clock
from bulou.people import queries as people
from bulou.people.models import Resident
from bulou.reporting import below, holdings
from bulou.reporting.base_figures import Why
from bulou.specimens import listing
from bulou.specimens.models import Tube
from bulou.testing import queries as testing
from bulou.testing.queries import PlaceRow, RoundRow

router = Router(tags=["lists"])


def _tube(row: Tube) -> dict[str, Any]:
    return {
        "tube_id": row.pk,
        "round": row.round_id,
        "site_id": row.unit_code,
        "collected_at": row.collected_at,
        "registered_at": row.registered_at,
        "people_count": row.people,
        "box_id": row.box_id,
        "state": row.state,
        "outcome": row.outcome,
    }


@specimens.get("/tubes")  # one router holds all methods of an address
def list_tubes(
    request: HttpRequest,
    state: Literal["collected", "boxed", "received", "reported", "lost", "voided", ""] = "",
    outcome: Literal["negative", "positive", "indeterminate", "invalid", ""] = "",
    round: str = "",  # noqa: A002 - the name of the query field
    unit: str = "",
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """Tubes of the caller's jurisdiction, the latest collected first; who is in them is not said here."""
    chosen = listing.TubeFilter(state=state, outcome=outcome, round=round, unit=unit)
    found = listing.tubes_after(listing.listed_tubes(caller(request), chosen), after)
    return page(lambda count: list(found[:count]), limit=limit, key=listing.tube_key, show=_tube)


@chain.get("/boxes")
def list_boxes(
    request: HttpRequest,
    state: Literal["packing", "sealed", "in_transit", "received", "lost", "voided", ""] = "",
    round: str = "",  # noqa: A002 - the name of the query field
    unit: str = "",
    laboratory: str = "",
    without_laboratory: bool = False,  # noqa: FBT001, FBT002 - a query field
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """Boxes of the caller's jurisdiction or in its hands, the latest packed first."""
    chosen = listing.BoxFilter(
        state=state, round=round, unit=unit, laboratory=laboratory, without_laboratory=without_laboratory
    )
    found = listing.boxes_after(listing.listed_boxes(caller(request), chosen), after)
    return page(lambda count: list(found[:count]), limit=limit, key=listing.box_key, show=box_shown)


def _resident(row: Resident) -> dict[str, Any]:
    flags = people.flags(row, on=clock.day_of(clock.city()))
    return {
        "person_id": row.pk,
        "place_code": row.place_code,
        "household_id": row.household_id,
        "vulnerable": [flag.need for flag in flags],
        "vulnerable_from": {flag.need: flag.source for flag in flags},
        "since": row.since_on,
    }


@router.get("/people")
def list_people(request: HttpRequest, place: str = "", need: str = "", after: str = "", limit: int = DEFAULT) -> dict[str, Any]:
    """Residents by place, without name or document; every reading is logged."""
    by = caller(request)
    found = people.after(people.listed(by, people.Filter(place=place, need=need)), after)
    answer = page(lambda count: list(found[:count]), limit=limit, key=people.key_of, show=_resident)
    log_read(reader=by, subject=f"people:{place or by.unit}", purpose="list", at=clock.city(), count=len(answer["items"]))
    return answer


def _tally(row: PlaceRow) -> dict[str, Any]:
    return {
        "place": row.code,
        "name": row.name,
        "rest": row.is_rest,
        "roster": row.tally.roster,
        "tested": row.tally.tested,
        "exempt": row.tally.exempt,
        "missing": row.tally.missing,
        "per_hour": round(row.projection.per_hour, 1) if row.projection.known else None,
        "finish_at": row.projection.finish_at,
    }


def _round(row: RoundRow) -> dict[str, Any]:
    one = row.round
    return {
        "code": one.pk,
        "name": one.name,
        "kind": one.kind,
        "state": one.state,
        "opens_at": one.opens_at,
        "deadline_at": one.deadline_at,
        "place": row.place,
        "as_of": row.as_of,
        "roster": row.tally.roster if row.tally else None,
        "tested": row.tally.tested if row.tally else None,
        "exempt": row.tally.exempt if row.tally else None,
        "missing": row.tally.missing if row.tally else None,
    }


@router.get("/rounds")
def list_rounds(request: HttpRequest, state: Literal["planned", "open", "closed", "frozen", "cancelled", ""] = "") -> list[Any]:
    """The rounds that touch the caller's territory, each with its own part's last figures; at most 50, running ones first."""
    return [_round(row) for row in testing.overview(caller(request), state=state)]


@router.get("/rounds/{code}/progress")
def round_progress(request: HttpRequest, code: str, place: str = "") -> dict[str, Any]:
    """A round's figures for a place and for each place directly below it, with the instant they were counted."""
    found = testing.place_view(caller(request), code, place, now=clock.city())
    return {
        "round": found.round.pk,
        "as_of": found.as_of,
        "place": _tally(found.place),
        "children": [_tally(row) for row in found.children],
    }


class DoubtOut(Schema):
    """What speaks against a figure: another source, or that nobody confirmed it for long."""

    why: Why
    source: str
    other: int | None
    since: datetime | None


class FigureOut(Schema):
    """One base figure; ``value`` null means that nothing of the kind exists."""

    name: str
    value: int | float | str | None
    unit: str
    as_of: datetime
    source: str
    doubt: DoubtOut | None = None


class UnitOut(Schema):
    """A unit right below; ``people`` is null for one that is no territory."""

    code: str
    name: str
    name_en: str
    people: int | None
    open: int
    late: int
    posts: int


class StatusOut(Schema):
    """The base figures of a unit, and of the units right below it the first 200."""

    unit: str
    unit_name: str
    at: datetime
    figures: list[FigureOut]
    units: list[UnitOut]
    units_total: int


@router.get("/status", response=StatusOut)
def status(request: HttpRequest, unit: str = "", at: AwareDatetime | None = None) -> dict[str, Any]:
    """Base figures of a unit and what lies below it, each with its time and source, as recorded by ``at`` (default now)."""
    when: datetime = at or clock.city()
    by = caller(request)
    found = holdings.whole(by, at=when, unit=unit)
    units, total = below.parts(by, at=when, unit=unit)
    return {**found.as_json(), "units": [one.as_json() for one in units], "units_total": total}
