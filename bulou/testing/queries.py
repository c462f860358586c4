"""Named reads over a round's progress; every one takes the reader and is filtered by jurisdiction.

Figures from community to city come from the last snapshot and carry its instant; below a community they are counted at
the instant of asking, from that community's people only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.people import queries as people
from bulou.people.models import Resident
from bulou.places.models import Building, Division
from bulou.rounds import queries as rounds
from bulou.rounds import rows
from bulou.rounds import rules as round_rules
from bulou.rounds.models import RosterEntry, TestingRound
from bulou.testing import rules, tallies
from bulou.testing.choices import VisitOutcome
from bulou.testing.models import Progress, Visit
from bulou.testing.pace import Pace, pace_of
from bulou.testing.rules import NOBODY, UNKNOWN, Projection, Tally

PAGE = 100  # people on a page when nothing else is asked for
PAGE_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """One place of a round with its figures; ``name`` is empty for a floor, a household, and for ``is_rest``.

    ``is_rest`` is the line of those whose stay is known no deeper than the place above: without it children would not
    add up to their parent.
    """

    code: str
    name: str
    tally: Tally
    projection: Projection = UNKNOWN
    is_rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A place of a round and what lies directly below it; ``as_of`` is when it was counted."""

    round: TestingRound
    as_of: datetime
    place: PlaceRow
    children: tuple[PlaceRow, ...]


def top_place(reader: Actor) -> str:
    """Where a reader's view of a round begins: its own territory; the whole country begins with the round's city."""
    return codes.territory(reader.unit)


def place_view(reader: Actor, round_code: str, place: str = "", *, now: datetime) -> PlaceView:
    """A place's figures and its children's, down to building, floor and household; ``place`` empty is the reader's own.

    A place outside the reader's jurisdiction, or without anybody on the roster, answers like a missing one.
    """
    row = rounds.visible_round(reader, round_code)
    asked = place or top_place(reader)
    if asked == "CN":
        asked = codes.territory(row.owner_id)
    if not codes.is_place(asked):
        raise rows.missing_record()
    permit(reader, Operation.SEE_ROUND, asked)
    if codes.level(asked) in {codes.Level.COMMUNITY, codes.Level.BUILDING, codes.Level.FLOOR}:
        return _near(row, asked, now=now)
    return _far(row, asked, now=now)


def _far(row: TestingRound, place: str, *, now: datetime) -> PlaceView:
    """From the last snapshot; counted now where there is none yet."""
    low, high = codes.below(place)
    as_of = Progress.objects.filter(round=row).order_by("-as_of").values_list("as_of", flat=True).first()
    if as_of is None:
        found, pace = rules.roll_up(tallies.of_place(row, place, by=round_rules.COMMUNITY_LENGTH, as_of=now)), None
    else:
        kept = Progress.objects.filter(round=row, as_of=as_of, place_code__gte=low, place_code__lt=high)
        found = {one.place_code: _tally(one) for one in kept}
        pace = pace_of(row, window=rows.pack_at(now).span("projection_window"), now=as_of)
    length = rules.child_length(place)
    children = {code: tally for code, tally in found.items() if len(code) == length}
    total = found.get(place, sum(children.values(), NOBODY))
    if not total.roster:
        raise rows.missing_record()
    return _view(row, place, total, children, pace, as_of=as_of or now)


def _near(row: TestingRound, place: str, *, now: datetime) -> PlaceView:
    """Within a community: its buildings, a building's floors, a floor's households; counted now."""
    length = rules.child_length(place)
    counted = tallies.of_place(row, place, by=length or tallies.HOUSEHOLD, as_of=now)
    total = sum(counted.values(), NOBODY)
    if not total.roster:
        raise rows.missing_record()
    children = {code: tally for code, tally in counted.items() if code not in {"", place}}
    pace = None
    if len(place) == round_rules.COMMUNITY_LENGTH:
        pace = pace_of(row, window=rows.pack_at(now).span("projection_window"), now=now)
    return _view(row, place, total, children, pace, as_of=now)


def _view(
    row: TestingRound, place: str, total: Tally, children: Mapping[str, Tally], pace: Pace | None, *, as_of: datetime
) -> PlaceView:
    names = _names([place, *children])
    lines = [
        PlaceRow(
            code=code,
            name=names.get(code, ""),
            tally=tally,
            projection=pace.projection(code, tally) if pace and len(code) <= round_rules.COMMUNITY_LENGTH else UNKNOWN,
        )
        for code, tally in sorted(children.items())
    ]
    known = sum(children.values(), NOBODY)
    if known.roster < total.roster:
        rest = Tally(roster=total.roster - known.roster, tested=total.tested - known.tested, exempt=total.exempt - known.exempt)
        lines.append(PlaceRow(code=place, name="", tally=rest, is_rest=True))
    return PlaceView(
        round=row,
        as_of=as_of,
        place=PlaceRow(
            code=place,
            name=names.get(place, ""),
            tally=total,
            projection=pace.projection(place, total) if pace else UNKNOWN,
        ),
        children=tuple(lines),
    )


def _names(places: list[str]) -> dict[str, str]:
    """Names of divisions and buildings; floors and households have none. Two statements at most."""
    levels = {code: codes.level(code) for code in places if codes.is_place(code)}
    buildings = [code for code, level in levels.items() if level is codes.Level.BUILDING]
    divisions = [code for code, level in levels.items() if level not in {codes.Level.BUILDING, codes.Level.FLOOR}]
    found = dict(Division.objects.filter(code__in=divisions).values_list("code", "name"))
    if buildings:
        found |= dict(Building.objects.filter(code__in=buildings).values_list("code", "name"))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """One round in a list, with the last figures of the reader's part of it; no figures before the first count."""

    round: TestingRound
    place: str
    as_of: datetime | None
    tally: Tally | None


def overview(reader: Actor, *, state: str = "", limit: int = 50) -> list[RoundRow]:
    """The rounds a reader may see, each with the last figures of the reader's territory in it; two statements."""
    last = Progress.objects.filter(round=OuterRef("pk")).order_by("-as_of").values("as_of")[:1]
    found = [(row, _part_of(reader, row)) for row in rounds.listed(reader, state=state).annotate(as_of=Subquery(last))[:limit]]
    wanted = Q(pk__in=[])
    for row, place in found:
        if row.as_of is not None:
            wanted |= Q(round=row.pk, as_of=row.as_of, place_code=place[: round_rules.COMMUNITY_LENGTH])
    kept = {one.round_id: one for one in Progress.objects.filter(wanted)}
    return [
        RoundRow(
            round=row,
            place=place,
            as_of=kept[row.pk].as_of if row.pk in kept else None,
            tally=_tally(kept[row.pk]) if row.pk in kept else None,
        )
        for row, place in found
    ]


def _part_of(reader: Actor, row: TestingRound) -> str:
    """The reader's own part of a round: its territory, or the whole round where it keeps it or stands above."""
    territory, whole = codes.territory(reader.unit), codes.territory(row.owner_id)
    return territory if territory != "CN" and codes.is_below(territory, whole) else whole


def _tally(kept: Progress) -> Tally:
    return Tally(roster=kept.roster, tested=kept.tested, exempt=kept.exempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place's figures at an instant."""

    at: datetime
    tested: int
    missing: int
    roster: int


def progress_over_time(reader: Actor, round_code: str, place: str, *, since: datetime | None = None) -> list[Point]:
    """What every snapshot says of a place from community to city, oldest first; one statement."""
    row = rounds.visible_round(reader, round_code)
    permit(reader, Operation.SEE_ROUND, place)
    found = Progress.objects.filter(round=row, place_code=place).order_by("as_of")
    if since is not None:
        found = found.filter(as_of__gte=since)
    return [
        Point(at=at, tested=tested, missing=missing, roster=roster)
        for at, tested, missing, roster in found.values_list("as_of", "tested", "missing", "roster")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPerson:
    """Somebody on the roster who is neither tested nor exempt, in clear: the edge masks what it shows.

    ``outcome`` and ``note`` are the last finding at the door. A refusal is told to the person's community and to the
    round's own unit; to others it reads as a visit without a result.
    """

    person_id: str
    place_code: str
    household_id: str
    name: str
    phone: str
    vulnerable: str
    outcome: str
    note: str
    visited_at: datetime | None
    appointed_at: datetime | None

    @property
    def key(self) -> str:
        """The key after which the next page begins."""
        return f"{self.place_code}|{self.person_id}"


def missing_people(
    reader: Actor,
    round_code: str,
    place: str,
    *,
    purpose: str,
    now: datetime,
    after: str = "",
    limit: int = PAGE,
) -> list[MissingPerson]:
    """A page of a place's missing, by place and person: the work list by building and floor. The reading is logged.

    Keyset paging: the thousandth page costs what the first does. Four statements whatever the page, and the log's one.
    """
    row = rounds.visible_round(reader, round_code)
    if not codes.is_place(place):
        raise rows.missing_record()
    permit(reader, Operation.SEE_PEOPLE, place)
    low, high = codes.below(place)
    passed = Q()
    if after:
        code, divider, person = after.partition("|")
        if not divider:
            message = "this is not a key of the list"
            raise InputFault(message, column="after", remedy="Use the key that the page before gave.")
        # One lower bound: of two, SQLite takes the first for its index and walks over all the pages before.
        low = max(low, code)
        passed = Q(place_code=code, person_id__lte=person)
    found = tallies.missing(row).filter(~passed, place_code__gte=low, place_code__lt=high).order_by("place_code", "person_id")
    entries = list(found[: max(1, min(limit, PAGE_MAX))])
    log_read(reader=reader, subject=f"missing:{round_code}@{place}", purpose=purpose, at=now, count=len(entries))
    return _with_people(reader, row, entries)


def _with_people(reader: Actor, row: TestingRound, entries: list[RosterEntry]) -> list[MissingPerson]:
    ids = [entry.person_id for entry in entries]
    residents = {one.person_id: one for one in Resident.objects.filter(pk__in=ids)}
    visits = {one.person_id: one for one in Visit.objects.filter(round=row, person_id__in=ids).order_by("id")}
    return [_person(reader, row, entry, residents.get(entry.person_id), visits.get(entry.person_id)) for entry in entries]


def _person(
    reader: Actor, row: TestingRound, entry: RosterEntry, resident: Resident | None, visit: Visit | None
) -> MissingPerson:
    told = visit is not None and _may_know(reader, row, entry.place_code, visit)
    return MissingPerson(
        person_id=entry.person_id,
        place_code=entry.place_code,
        household_id=entry.household_id,
        name=resident.name if resident else "",
        phone=resident.phone if resident else "",
        vulnerable=";".join(flag.need for flag in people.flags(resident, on=clock.day_of(row.opens_at))) if resident else "",
        outcome=visit.outcome if visit and told else "",
        note=visit.note if visit and told else "",
        visited_at=visit.visited_at if visit else None,
        appointed_at=visit.appointed_at if visit and told else None,
    )


def _may_know(reader: Actor, row: TestingRound, place: str, visit: Visit) -> bool:
    """Whether the finding is told: all but refusals to whoever sees the list, refusals to the round's unit only."""
    if visit.outcome != VisitOutcome.REFUSED:
        return True
    return reader.unit == row.owner_id or codes.is_below(codes.territory(reader.unit), round_rules.community_of(place))
