"""Base figures (底数清) on one page: each with its value, the instant it holds for, and its source.

``at`` asks for the figures as they were recorded by that instant; they are derived from instants that records keep.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Min, Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import sweep
from bulou.duties.models import Duty, Handover, Heartbeat
from bulou.investigation.models import Case
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.ledger.models import Entry, Seal
from bulou.people import queries as residents
from bulou.places.models import Area, AreaPart
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.models import Laboratory, Site, TestingRound
from bulou.specimens.choices import BoxState, TubeState
from bulou.specimens.models import Box, Tube
from bulou.testing.models import Progress
from bulou.units import queries as units
from bulou.units.models import Unit


class Why(StrEnum):
    """Why a figure is doubted."""

    DISAGREES = "disagrees"  # 与另一来源不符
    OLD = "old"  # 久未核实


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why a figure is not to be relied on: another source says otherwise, or nobody confirmed it for longer than the rule."""

    why: Why
    source: str  # the other source, or what is too old
    other: int | None = None  # what the other source says; of old ones, how many they are
    since: datetime | None = None  # the oldest confirmation; None for never


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFigure:
    """One base figure; ``link`` names the page of its rows, ``value`` None means that nothing of the kind exists."""

    name: str
    value: float | str | None
    unit: str
    as_of: datetime
    source: str
    link: str = ""
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of a unit at an instant."""

    unit: str
    unit_name: str
    at: datetime
    figures: tuple[BaseFigure, ...]

    def value(self, name: str) -> float | str | None:
        """A figure's value by its name."""
        return next(one.value for one in self.figures if one.name == name)

    def as_json(self) -> dict[str, object]:
        """Keys: ``unit, unit_name, at, figures: [{name, value, unit, as_of, source}]``, and ``doubt`` where there is one."""
        found = []
        for one in self.figures:
            row = asdict(one)
            row.pop("link")
            row["as_of"] = one.as_of.isoformat()
            doubt = row.pop("doubt")
            if doubt is not None:
                row["doubt"] = {**doubt, "since": one.doubt.since.isoformat() if one.doubt and one.doubt.since else None}
            found.append(row)
        return {"unit": self.unit, "unit_name": self.unit_name, "at": self.at.isoformat(), "figures": found}


def page(reader: Actor, *, at: datetime, unit: str = "") -> Page:
    """All base figures of a unit and what lies below it, or of a named area, as recorded by ``at``; some twenty statements.

    None counts people: the desk reads them with every look. ``holdings.whole`` adds what a unit has. ``NotFound`` unless all
    of it lies in the reader's jurisdiction.
    """
    scope = scope_of(reader, unit)
    tops, places = scope.tops, scope.places
    chosen = (
        TestingRound.objects.filter(opens_at__lte=at, state__in=(RoundState.OPEN, RoundState.CLOSED))
        .order_by("-opens_at")
        .first()
    )
    found: list[BaseFigure] = [*_round(chosen, places, at), *_chain(tops, at), *_cases(places, at), *_duties(tops, at)]
    found += _system(at)
    return Page(unit=scope.top, unit_name=scope.name, at=at, figures=tuple(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a page is about: ``top`` as asked for, the units ``tops`` with all below them, and the places they stand in.

    ``own`` are the places whose people are theirs: none for a laboratory or a school, which only stands in a territory.
    """

    top: str
    name: str
    tops: tuple[str, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """The territory in which each of them stands."""
        return tuple(codes.territory(one) for one in self.tops)

    @property
    def own(self) -> tuple[str, ...]:
        """The territories that they are themselves."""
        return tuple(one for one in self.tops if one == codes.territory(one))


def scope_of(reader: Actor, unit: str) -> Scope:
    """A unit and all below it, or a named area; ``NotFound`` unless all of it lies in the reader's jurisdiction."""
    top = unit or reader.unit
    area = None if top == "CN" or codes.is_unit(top) else Area.objects.filter(pk=top).first()
    parts = list(AreaPart.objects.filter(area=area).order_by("place_code").values_list("place_code", flat=True)) if area else []
    tops = tuple(parts) or (top,)
    for one in tops:
        permit(reader, Operation.SEE_FIGURES, one)
    name = area.name if area else Unit.objects.filter(code=top).values_list("name", flat=True).first() or top
    return Scope(top=top, name=name, tops=tops)


def _below(field: str, tops: tuple[str, ...]) -> Q:
    return residents.at_places(field, tops)


def _round(chosen: TestingRound | None, places: tuple[str, ...], at: datetime) -> list[BaseFigure]:
    if chosen is None:
        return [BaseFigure(name="round", value=None, unit="", as_of=at, source="rounds")]
    lasts = [
        Progress.objects.filter(round=chosen, place_code=place, as_of__lte=at).order_by("-as_of").first()
        if codes.is_place(place)
        else None
        for place in places
    ]
    known = [last for last in lasts if last is not None]
    as_of = min((last.as_of for last in known), default=at)
    source = "roster compared with tubes"
    sites = Site.objects.filter(_below("unit_id", places), round=chosen)
    open_sites = sites.filter(state=SiteState.OPEN).count()
    rows = [BaseFigure(name="round", value=chosen.code, unit="", as_of=at, source="rounds", link="round")]
    rows.append(
        BaseFigure(name="deadline", value=chosen.deadline_at.isoformat(), unit="", as_of=at, source="rounds", link="round")
    )
    for name in ("roster", "tested", "exempt", "missing"):
        value = sum(getattr(last, name) for last in known) if len(known) == len(places) else None
        rows.append(BaseFigure(name=name, value=value, unit="people", as_of=as_of, source=source, link="round"))
    rows.append(BaseFigure(name="sites", value=sites.count(), unit="sites", as_of=at, source="sites", link="round"))
    rows.append(BaseFigure(name="sites_open", value=open_sites, unit="sites", as_of=at, source="sites", link="round"))
    return rows


def _chain(tops: tuple[str, ...], at: datetime) -> list[BaseFigure]:
    tubes = Tube.objects.filter(_below("unit_code", tops), registered_at__lte=at)
    tubes = tubes.exclude(state__in=(TubeState.VOIDED, TubeState.LOST))
    waiting = Q(box=None) | Q(box__received_at=None) | Q(box__received_at__gt=at)
    oldest = tubes.filter(waiting).aggregate(oldest=Min("collected_at"))["oldest"]
    boxes = Box.objects.filter(_below("unit_code", tops), sealed_at__lte=at)
    boxes = boxes.exclude(state__in=(BoxState.LOST, BoxState.VOIDED))
    counted = boxes.aggregate(
        underway=Count("pk", filter=Q(received_at=None) | Q(received_at__gt=at)),
        homeless=Count("pk", filter=Q(laboratory=None) & (Q(received_at=None) | Q(received_at__gt=at))),
    )
    full = Laboratory.objects.filter(full_since__lte=at).filter(Q(full_until=None) | Q(full_until__gt=at)).count()
    age = round((at - oldest).total_seconds() / 60) if oldest else 0
    return [
        BaseFigure(name="tubes", value=tubes.count(), unit="tubes", as_of=at, source="scans at sites", link="chain"),
        BaseFigure(
            name="oldest_specimen", value=age, unit="minutes", as_of=at, source="oldest tube not received", link="chain"
        ),
        BaseFigure(
            name="boxes_underway", value=counted["underway"], unit="boxes", as_of=at, source="seals and receipts",
            link="chain",
        ),
        BaseFigure(
            name="boxes_without_laboratory", value=counted["homeless"], unit="boxes", as_of=at, source="boxes",
            link="chain",
        ),
        BaseFigure(
            name="laboratories_full", value=full, unit="laboratories", as_of=at, source="laboratories' own word",
            link="chain",
        ),
    ]  # fmt: skip


def _cases(places: tuple[str, ...], at: datetime) -> list[BaseFigure]:
    cases = Case.objects.filter(_below("place_code", places), detected_at__lte=at, merged_into=None)
    waiting = cases.filter(Q(diagnosed_at=None) | Q(diagnosed_at__gt=at))
    chased = Duty.objects.filter(_below("place_code", places), kind="case.chased", opened_at__lte=at)
    chased = chased.filter(Q(closed_at=None) | Q(closed_at__gt=at))
    return [
        BaseFigure(name="cases", value=cases.count(), unit="people", as_of=at, source="positive single tubes"),
        BaseFigure(name="awaiting_diagnosis", value=waiting.count(), unit="people", as_of=at, source="cases"),
        BaseFigure(name="chases_open", value=chased.count(), unit="cases", as_of=at, source="duties", link="duties"),
    ]


def _duties(tops: tuple[str, ...], at: datetime) -> list[BaseFigure]:
    owed = Duty.objects.filter(_below("owner_id", tops), opened_at__lte=at)
    owed = owed.filter(Q(closed_at=None) | Q(closed_at__gt=at))
    counted = owed.aggregate(open=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=at)))
    waiting = Handover.objects.filter(_below("sender_id", tops) | _below("receiver_id", tops), offered_at__lte=at)
    waiting = waiting.filter(Q(answered_at=None) | Q(answered_at__gt=at))
    nobody = sum(units.unowned(top=top, at=at).count() for top in tops)
    return [
        BaseFigure(name="duties_open", value=counted["open"], unit="duties", as_of=at, source="duties", link="duties"),
        BaseFigure(name="duties_overdue", value=counted["overdue"], unit="duties", as_of=at, source="duties", link="duties"),
        BaseFigure(name="handovers_waiting", value=waiting.count(), unit="offers", as_of=at, source="hand-overs"),
        BaseFigure(name="units_unattended", value=nobody, unit="units", as_of=at, source="posts and shifts"),
    ]


def _system(at: datetime) -> list[BaseFigure]:
    beat = Heartbeat.objects.filter(name=sweep.SWEEP).first()
    unsealed = Entry.objects.filter(seal=None).count()
    last = Seal.objects.order_by("-number").first()
    return [
        BaseFigure(
            name="sweep_lag", value=round(beat.lag_s, 1) if beat else None, unit="seconds",
            as_of=beat.city_at if beat else at, source="the sweep's heartbeat",
        ),
        BaseFigure(name="ledger_unsealed", value=unsealed, unit="entries", as_of=at, source="ledger"),
        BaseFigure(
            name="ledger_seal", value=f"#{last.number} {last.digest[:8]}" if last else None, unit="",
            as_of=last.sealed_at if last else at, source="ledger",
        ),
    ]  # fmt: skip
