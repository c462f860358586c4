"""Named reads over residents; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.kernel import codes, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.people.models import Resident


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which residents are listed: at or below a place, with a need."""

    place: str = ""
    need: str = ""


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
        if not codes.is_place(chosen.place):
            message = f"{chosen.place} is not a place code"
            raise InputFault(message, column="place", remedy="Give a division's code, or a building's or door's below it.")
        low, high = codes.below(chosen.place)
        found = found.filter(place_code__gte=low, place_code__lt=high)
    if chosen.need:
        found = found.filter(vulnerable__contains=chosen.need)
    return found.order_by("place_code", "person_id")


def after(found: QuerySet[Resident], key: str) -> QuerySet[Resident]:
    """The rest of the list after a row's key: as fast on the thousandth page."""
    if not key:
        return found
    place, person = keyset.text_of(key)
    return found.filter(Q(place_code__gt=place) | Q(place_code=place, person_id__gt=person), place_code__gte=place)


def key_of(row: Resident) -> str:
    """The row's key for the next page."""
    return keyset.key(row.place_code, row.person_id)
