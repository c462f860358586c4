"""Named reads over residents; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.kernel import clock, codes, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.people import rules
from bulou.people.choices import Vulnerability
from bulou.people.models import Resident
from bulou.places.models import AreaPart
from bulou.policy import pack_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which residents are listed: at or below a place or in a named area, with a need on a day (today, if none is named)."""

    place: str = ""
    need: str = ""
    on: date | None = None


def limits(on: date) -> rules.Ages:
    """The birth dates from which on, and up to which, somebody is vulnerable by age on a day, as the pack has it."""
    pack = pack_in_force(settings.BULOU_POLICY, on)
    return rules.ages(on, aged_from=int(pack.amount("aged_from")), infant_under=int(pack.amount("infant_under")))


def flags(row: Resident, *, on: date) -> tuple[rules.Flag, ...]:
    """Why somebody is seen to first on a day: as entered, and by age; each with its source."""
    return rules.flags(
        given=row.vulnerable,
        birth_on=row.birth_on,
        kind=row.identity_kind,
        number=row.identity_number,
        limits=limits(on),
    )


def vulnerable(*, on: date) -> Q:
    """Residents with any need on a day, entered or by age."""
    ages = limits(on)
    return ~Q(vulnerable="") | Q(birth_on__lte=ages.aged_born_by) | Q(birth_on__gt=ages.infant_born_after)


def in_need(need: str, *, on: date) -> Q:
    """Residents with one need on a day, entered or by age."""
    found = Q(vulnerable__contains=need)
    if need == Vulnerability.AGED_80:
        found |= Q(birth_on__lte=limits(on).aged_born_by)
    elif need == Vulnerability.INFANT:
        found |= Q(birth_on__gt=limits(on).infant_born_after)
    return found


def at_places(field: str, places: Sequence[str]) -> Q:
    """Rows at or below any of some places."""
    found = Q(pk__in=[])
    for place in places:
        low, high = codes.below(place)
        found |= Q(**{f"{field}__gte": low, f"{field}__lt": high})
    return found


def visible(reader: Actor) -> QuerySet[Resident]:
    """The residents who stay in the reader's jurisdiction."""
    permit(reader, Operation.SEE_PEOPLE)
    return Resident.objects.all() if reader.unit == "CN" else Resident.objects.filter(within(reader, "place_code"))


def resident(reader: Actor, person_id: str) -> Resident:
    """One resident; somebody of another jurisdiction answers like nobody."""
    found = visible(reader).filter(pk=person_id).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def listed(reader: Actor, chosen: Filter) -> QuerySet[Resident]:
    """Who stays here now, by place and id; page on with ``after``."""
    found = visible(reader).filter(left_on=None)
    if chosen.place:
        places = [chosen.place] if codes.is_place(chosen.place) else _parts(chosen.place)
        found = found.filter(at_places("place_code", places))
    if chosen.need:
        found = found.filter(in_need(chosen.need, on=chosen.on or clock.day_of(clock.city())))
    return found.order_by("place_code", "person_id")


def _parts(area: str) -> list[str]:
    parts = list(AreaPart.objects.filter(area=area).values_list("place_code", flat=True))
    if not parts:
        message = f"{area} is neither a place code nor an area whose parts are known"
        raise InputFault(message, column="place", remedy="Give a division's code, or a building's or door's below it.")
    return parts


def after(found: QuerySet[Resident], key: str) -> QuerySet[Resident]:
    """The rest of the list after a row's key: as fast on the thousandth page."""
    if not key:
        return found
    place, person = keyset.text_of(key)
    return found.filter(Q(place_code__gt=place) | Q(place_code=place, person_id__gt=person), place_code__gte=place)


def key_of(row: Resident) -> str:
    """The row's key for the next page."""
    return keyset.key(row.place_code, row.person_id)


def same_number(reader: Actor, row: Resident) -> list[str]:
    """Other entries under the same identity number that the reader may see: one person entered twice."""
    if not row.identity_number:
        return []
    found = visible(reader).filter(identity_number=row.identity_number, left_on=None).exclude(pk=row.pk)
    return list(found.order_by("pk").values_list("pk", flat=True)[:20])


def entered_twice(reader: Actor, place: str) -> QuerySet[Resident]:
    """Who stays below a place under an identity number that another of them has too."""
    low, high = codes.below(place)
    here = visible(reader).filter(left_on=None, place_code__gte=low, place_code__lt=high).exclude(identity_number="")
    repeated = here.order_by().values("identity_number").annotate(n=Count("pk")).filter(n__gt=1).values("identity_number")
    return here.filter(identity_number__in=repeated).order_by("identity_number", "pk")
