"""What a unit has and what is open there (底数清): ground, hands, laboratories, beds, vehicles, institutions, open books.

Each group is a few aggregates, however large the unit; figures are of the instant, from the registers as they stand.
A figure that another source contradicts, or that nobody confirmed within the pack's time, carries its ``Doubt``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, F, Max, Min, Model, OuterRef, Q, QuerySet, Subquery, Sum

from bulou.care.models import CareNeed
from bulou.care.rules import LIVE as CARE_LIVE
from bulou.environment.models import Job
from bulou.environment.rules import LIVE as JOBS_LIVE
from bulou.hazards.models import Hazard
from bulou.hazards.rules import LIVE as HAZARDS_LIVE
from bulou.institutions.choices import InstitutionState, MatterState, ReportState
from bulou.institutions.models import DailyReport, Institution, Matter
from bulou.isolation.choices import SiteState, StayState
from bulou.isolation.models import HeadCount, IsolationSite, Room, Stay
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.orders.models import Addressee
from bulou.orders.rules import OPEN_LINKS
from bulou.people.models import BaseNumberChange, Resident
from bulou.people.queries import at_places, vulnerable
from bulou.places.models import Building
from bulou.policy import pack_in_force
from bulou.reporting import base_figures
from bulou.reporting.base_figures import BaseFigure, Doubt, Page, Scope, Why, scope_of
from bulou.requests.models import ResidentRequest
from bulou.requests.rules import LIVE as REQUESTS_LIVE
from bulou.restrictions.choices import State
from bulou.restrictions.models import Restriction
from bulou.restrictions.queries import holding
from bulou.rounds.models import Laboratory
from bulou.supplies.choices import Measure, NeedState, ProvisionState
from bulou.supplies.models import Batch, Need, Provision
from bulou.transfer.models import DriverShift, TransferDriver, Vehicle, VehicleShift
from bulou.units.models import Holding, Post, Shift, Staff, Unit

_OF_A_TERRITORY = {
    "roster", "tested", "exempt", "missing", "cases", "awaiting_diagnosis",
    "chases_open",
}  # fmt: skip

_ENDED = {NeedState.DELIVERED, NeedState.WITHDRAWN}


def whole(reader: Actor, *, at: datetime, unit: str = "") -> Page:
    """The page of a unit: the base figures of its lines, then what it has and what is open; at most fifty statements.

    ``NotFound`` unless all of it lies in the reader's jurisdiction. A unit that is no territory (a laboratory, a school)
    has no figures of people and ground: those are its territory's.
    """
    scope = scope_of(reader, unit)
    page = base_figures.page(reader, at=at, unit=unit)
    found = list(page.figures)
    if scope.own:
        people = _people(scope, at)
        found += [*people, *_ground(scope, at), _number(scope, at, int(people[0].value or 0))]
    else:
        found = [one for one in found if one.name not in _OF_A_TERRITORY]
    found += [*_hands(scope, at), *_laboratories(scope, at), *_beds(scope, at), *_wheels(scope, at)]
    found += [*_stock(scope, at), *_institutions(scope, at), *_bounds(scope, at), *_open(scope, at)]
    return Page(unit=page.unit, unit_name=page.unit_name, at=at, figures=tuple(found))


def _at(field: str, scope: Scope) -> Q:
    return at_places(field, scope.tops)


def _limit(name: str, at: datetime) -> timedelta | None:
    """After how long a figure counts as unconfirmed; None where the pack says nothing."""
    pack = pack_in_force(settings.BULOU_POLICY, clock.day_of(at))
    return timedelta(hours=float(pack.amount(name))) if name in pack.numbers else None


def _people(scope: Scope, at: datetime) -> list[BaseFigure]:
    people = Resident.objects.filter(at_places("place_code", scope.own), left_on=None)
    counted = people.aggregate(all=Count("pk"), frail=Count("pk", filter=vulnerable(on=clock.day_of(at))))
    households = people.exclude(household_id="").aggregate(n=Count(F("household_id"), distinct=True))["n"]
    source = "residents by place of stay, now"
    return [
        BaseFigure(name="residents", value=counted["all"], unit="people", as_of=at, source=source, link="people"),
        BaseFigure(name="households", value=households, unit="households", as_of=at, source=source, link="people"),
        BaseFigure(name="vulnerable", value=counted["frail"], unit="people", as_of=at, source=source, link="people"),
    ]


def _ground(scope: Scope, at: datetime) -> list[BaseFigure]:
    below = Unit.objects.filter(_at("code", scope)).exclude(code__in=scope.tops)
    buildings = Building.objects.filter(_at("community_id", scope)).count()
    return [
        BaseFigure(name="buildings", value=buildings, unit="buildings", as_of=at, source="register of places", link="parts"),
        BaseFigure(name="units_below", value=below.count(), unit="units", as_of=at, source="register of units", link="parts"),
    ]


def _number(scope: Scope, at: datetime, residents: int) -> BaseFigure:
    """The base number as its changes add up to, beside the people who are listed."""
    rows = BaseNumberChange.objects.filter(at_places("place_code", scope.own), changed_at__lte=at)
    summed = rows.aggregate(total=Sum("change"), last=Max("changed_at"))
    total, last = int(summed["total"] or 0), summed["last"]
    limit, doubt = _limit("base_number_confirmed_within", at), None
    if total != residents:
        doubt = Doubt(why=Why.DISAGREES, source="residents by place of stay, now", other=residents)
    elif limit is not None and (last is None or last < at - limit):
        doubt = Doubt(why=Why.OLD, source="base number by cause", since=last)
    return BaseFigure(
        name="base_number", value=total, unit="people", as_of=last or at, source="base number by cause", link="base_number",
        doubt=doubt,
    )  # fmt: skip


def _hands(scope: Scope, at: datetime) -> list[BaseFigure]:
    holds = Holding.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)
    works = Shift.objects.filter(Q(left_at=None) | Q(left_at__gt=at), starts_at__lte=at, ends_at__gt=at)
    here = {"post": OuterRef("pk")}
    posts = Post.objects.filter(_at("unit_id", scope)).aggregate(
        all=Count("pk"),
        filled=Count("pk", filter=Q(Exists(holds.filter(**here))) | Q(Exists(works.filter(**here)))),
        worked=Count("pk", filter=Q(Exists(works.filter(**here)))),
    )
    staff = Staff.objects.filter(_at("home_unit_id", scope)).count()
    return [
        _figure("staff", staff, "people", at, "register of staff by home unit", "posts"),
        _figure("posts", posts["all"], "posts", at, "posts and shifts", "posts"),
        _figure("posts_filled", posts["filled"], "posts", at, "posts and shifts", "posts"),
        _figure("posts_on_shift", posts["worked"], "posts", at, "posts and shifts", "posts"),
    ]


def _laboratories(scope: Scope, at: datetime) -> list[BaseFigure]:
    full = Q(full_since__lte=at) & (Q(full_until=None) | Q(full_until__gt=at))
    found = Laboratory.objects.filter(_at("unit_id", scope))
    sums = found.aggregate(all=Count("pk"), hourly=Sum("tubes_per_hour"), left=Sum("tubes_per_hour", filter=~full))
    return [
        _figure("laboratories", sums["all"], "laboratories", at, "register of laboratories", "chain"),
        _figure("laboratory_capacity", sums["hourly"] or 0, "tubes an hour", at, "register of laboratories", "chain"),
        _figure("laboratory_left", sums["left"] or 0, "tubes an hour", at, "laboratories' own word", "chain"),
    ]


def _beds(scope: Scope, at: datetime) -> list[BaseFigure]:
    sites = IsolationSite.objects.filter(_at("unit_id", scope) | at_places("place_code", scope.own))
    last = HeadCount.objects.filter(site=OuterRef("pk"), counted_at__lte=at).order_by("-counted_at")
    running = sites.filter(state=SiteState.OPEN)
    limit = _limit("counts_confirmed_within", at) or timedelta(days=36500)
    counted = running.annotate(
        counted=Subquery(last.values("counted_at")[:1]),
        apart=Subquery(last.values("present")[:1]) - Subquery(last.values("listed")[:1]),
    ).aggregate(
        n=Count("pk"), oldest=Min("counted"),
        old=Count("pk", filter=Q(counted=None) | Q(counted__lt=at - limit)),
        off=Sum("apart"), differ=Count("pk", filter=Q(counted__isnull=False) & ~Q(apart=0)),
    )  # fmt: skip
    rooms = Room.objects.filter(site__in=sites.values("pk")).aggregate(
        rooms=Count("pk"), all=Sum("beds"), free=Sum(F("beds") - F("taken"), filter=Q(offered=True))
    )
    inside = Stay.objects.filter(site_code__in=sites.values("pk"), state=StayState.ADMITTED).count()
    doubt = None
    if counted["differ"]:
        doubt = Doubt(why=Why.DISAGREES, source="head counts at the sites", other=inside + int(counted["off"] or 0))
    elif counted["old"]:
        doubt = Doubt(why=Why.OLD, source="head counts at the sites", other=counted["old"], since=counted["oldest"])
    return [
        _figure("isolation_sites", sites.count(), "sites", at, "register of isolation sites", "isolation"),
        _figure("isolation_open", counted["n"], "sites", at, "register of isolation sites", "isolation"),
        _figure("rooms", rooms["rooms"], "rooms", at, "rooms of isolation sites", "isolation"),
        _figure("beds", rooms["all"] or 0, "beds", at, "rooms of isolation sites", "isolation"),
        _figure("beds_free", rooms["free"] or 0, "beds", at, "rooms of isolation sites", "isolation"),
        _figure("in_isolation", inside, "people", at, "admissions and releases", "isolation", doubt),
    ]


def _wheels(scope: Scope, at: datetime) -> list[BaseFigure]:
    on = {"from_at__lte": at, "until_at__gt": at}
    vehicles = Vehicle.objects.filter(_at("unit_id", scope)).aggregate(
        all=Count("pk"),
        fit=Count("pk", filter=Q(out_since=None) | Q(out_since__gt=at)),
        room=Sum("seats", filter=Q(out_since=None) | Q(out_since__gt=at)),
        now=Count(
            "pk",
            filter=(Q(out_since=None) | Q(out_since__gt=at))
            & Q(Exists(VehicleShift.objects.filter(vehicle=OuterRef("pk"), **on))),
        ),
    )
    drivers = TransferDriver.objects.filter(_at("unit_id", scope)).aggregate(
        all=Count("pk"), now=Count("pk", filter=Q(Exists(DriverShift.objects.filter(driver=OuterRef("pk"), **on))))
    )
    source = "register of vehicles and drivers"
    return [
        _figure("vehicles", vehicles["all"], "vehicles", at, source, "transfer"),
        _figure("vehicles_fit", vehicles["fit"], "vehicles", at, source, "transfer"),
        _figure("seats", vehicles["room"] or 0, "seats", at, source, "transfer"),
        _figure("vehicles_now", vehicles["now"], "vehicles", at, "shifts of vehicles and drivers", "transfer"),
        _figure("drivers", drivers["all"], "people", at, source, "transfer"),
        _figure("drivers_now", drivers["now"], "people", at, "shifts of vehicles and drivers", "transfer"),
    ]


def _stock(scope: Scope, at: datetime) -> list[BaseFigure]:
    """What lies in the stores of the unit and those below it, and how many homes kept indoors got something."""
    there = Batch.objects.filter(_at("unit_id", scope), there__gt=0).aggregate(
        **{measure.value: Sum("there", filter=Q(good__measure=measure)) for measure in Measure},
        last=Max("came_at"),
        ends=Min("expires_on"),
    )
    places = Provision.objects.filter(_at("unit_id", scope)).exclude(state=ProvisionState.CLOSED)
    homes = places.aggregate(
        all=Sum("households"), reached=Sum("reached"), counted=Min("counted_at"),
        gaps=Count("pk", filter=Q(state=ProvisionState.UNCONFIRMED)),
    )  # fmt: skip
    last, source = there["last"] or at, "batches in the stores"
    counted = homes["counted"] or at
    return [
        _figure("stock_kilograms", round((there[Measure.GRAM] or 0) / 1000, 1), "kilograms", last, source, "stock"),
        _figure("stock_litres", round((there[Measure.MILLILITRE] or 0) / 1000, 1), "litres", last, source, "stock"),
        _figure("stock_pieces", there[Measure.PIECE] or 0, "pieces", last, source, "stock"),
        _figure("stock_ends", there["ends"].isoformat() if there["ends"] else None, "", last, source, "stock"),
        _figure("homes_indoors", homes["all"] or 0, "households", counted, "supplies of places kept indoors", "provisions"),
        _figure("homes_reached", homes["reached"] or 0, "households", counted, "deliveries with proof", "provisions"),
        _figure("places_unconfirmed", homes["gaps"], "places", at, "supplies of places kept indoors", "gaps"),
    ]


def _institutions(scope: Scope, at: datetime) -> list[BaseFigure]:
    limit = _limit("counts_confirmed_within", at) or timedelta(days=36500)
    running = ~Q(state=InstitutionState.CLOSED)
    sums = Institution.objects.filter(_at("unit_id", scope)).aggregate(
        all=Count("pk"), people=Sum("inside", filter=running), oldest=Min("counted_at", filter=running),
        old=Count("pk", filter=running & (Q(counted_at=None) | Q(counted_at__lt=at - limit))),
        stock=Min("stock_days", filter=running),
    )  # fmt: skip
    late = DailyReport.objects.filter(_at("unit_id", scope), state=ReportState.OWED, due_at__lt=at).count()
    matters = Matter.objects.filter(_at("unit_id", scope)).exclude(state=MatterState.ANSWERED).count()
    doubt = None
    if sums["old"]:
        doubt = Doubt(why=Why.OLD, source="the institutions' own counts", other=sums["old"], since=sums["oldest"])
    inside, as_of = sums["people"], sums["oldest"] or at
    stock = float(sums["stock"]) if sums["stock"] is not None else None
    return [
        _figure("institutions", sums["all"], "institutions", at, "register of institutions", "institutions"),
        _figure(
            "inside_institutions", inside or 0, "people", as_of, "the institutions' own counts", "institutions", doubt
        ),
        _figure("institution_stock", stock, "days", as_of, "the institutions' own counts", "institutions"),
        _figure("reports_late", late, "reports", at, "daily reports of institutions", "daily_reports"),
        _figure("matters_open", matters, "matters", at, "major matters of institutions", "matters"),
    ]  # fmt: skip


def _bounds(scope: Scope, at: datetime) -> list[BaseFigure]:
    """What is in force: a unit that is no territory has none."""
    rows = Restriction.objects.filter(at_places("place_code", scope.own))
    held = rows.filter(holding(at)).aggregate(
        people=Count("pk", filter=~Q(person_id="")), places=Count("pk", filter=Q(person_id=""))
    )
    waiting = rows.filter(state=State.PROPOSED).count()
    source = "register of restrictions"
    return [
        _figure("people_restricted", held["people"], "restrictions", at, source, "restrictions"),
        _figure("zones_in_force", held["places"], "measures", at, source, "zones"),
        _figure("restrictions_waiting", waiting, "restrictions", at, source, "proposed"),
    ]


def _open(scope: Scope, at: datetime) -> list[BaseFigure]:
    """What is open in the books of the lines, and what of it is late."""
    books: Sequence[tuple[str, str, type[Model], Sequence[str]]] = (
        ("requests", "residents' requests", ResidentRequest, sorted(REQUESTS_LIVE)),
        ("addressees", "orders received", Addressee, sorted(OPEN_LINKS)),
        ("care", "medical access", CareNeed, sorted(CARE_LIVE)),
        ("environment", "disinfection and sampling", Job, sorted(JOBS_LIVE)),
        ("hazards", "hazards and crowds", Hazard, sorted(HAZARDS_LIVE)),
        ("needs", "needs of households", Need, [one for one in NeedState if one not in _ENDED]),
    )
    found = []
    for book, source, model, live in books:
        rows: QuerySet[Model] = model._default_manager.filter(_at("unit_id", scope), state__in=live)  # noqa: SLF001 - Django's name
        counted = rows.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at)))
        found.append(_figure(f"{book}_open", counted["all"], "", at, source, book))
        found.append(_figure(f"{book}_late", counted["late"], "", at, source, book))
    return found


def _figure(
    name: str, value: float | str | None, unit: str, as_of: datetime, source: str, link: str, doubt: Doubt | None = None
) -> BaseFigure:
    return BaseFigure(name=name, value=value, unit=unit, as_of=as_of, source=source, link=link, doubt=doubt)
