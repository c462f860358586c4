"""Lists of boxes and tubes for a reader, filtered by jurisdiction and paged by key."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.kernel import codes, keyset
from bulou.kernel.actor import Actor
from bulou.specimens.choices import BoxState, TransferState
from bulou.specimens.models import Box, BoxTransfer, Tube

_NEARLY_ALL = len("5201")  # a city or its province: all that is here, or nearly
UNDER_WAY = (BoxState.SEALED, BoxState.IN_TRANSIT)


def boxes(reader: Actor) -> QuerySet[Box]:
    """Boxes from the reader's sites, in its hands, meant for it, or offered to it now; the latest packed first."""
    permit(reader, Operation.SEE_CHAIN)
    offered = BoxTransfer.objects.filter(within(reader, "receiver_id"), state=TransferState.OFFERED)
    seen = within(reader, "unit_code", "holder_id", "laboratory_id") | Q(pk__in=offered.values("box_id"))
    return (Box.objects.all() if reader.unit == "CN" else Box.objects.filter(seen)).order_by("-packed_at", "box_id")


def tubes(reader: Actor) -> QuerySet[Tube]:
    """Tubes of the reader's sites, and those in boxes that it holds or tests; the latest collected first."""
    permit(reader, Operation.SEE_CHAIN)
    found = Tube.objects.order_by("-collected_at", "tube_id")
    if reader.unit == "CN":
        return found
    if len(reader.unit) <= _NEARLY_ALL:
        # The code is hidden from the index on it: for a whole city that index finds every row and then has to sort them,
        # while the index by time gives the first page at once. PostgreSQL knows from its figures, SQLite does not.
        low, high = codes.below(reader.unit)
        return found.alias(hidden=Concat("unit_code", Value(""))).filter(hidden__gte=low, hidden__lt=high)
    return found.filter(seen(reader))


def seen(reader: Actor) -> Q:
    """A territory sees what its sites collected; a team or laboratory also what is in its hands."""
    if ":" not in reader.unit:
        return within(reader, "unit_code")
    return within(reader, "unit_code", "box__holder_id", "box__laboratory_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFilter:
    """What a list of boxes shows."""

    state: str = ""
    round: str = ""
    unit: str = ""
    laboratory: str = ""
    without_laboratory: bool = False


def listed_boxes(reader: Actor, chosen: BoxFilter) -> QuerySet[Box]:
    """The boxes of a filter with site, holder and laboratory; page on with ``boxes_after``."""
    found = boxes(reader).select_related("site", "holder", "laboratory__unit")
    if chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.round:
        found = found.filter(round=chosen.round)
    if chosen.unit:
        low, high = codes.below(chosen.unit)
        found = found.filter(unit_code__gte=low, unit_code__lt=high)
    if chosen.laboratory:
        found = found.filter(laboratory=chosen.laboratory)
    if chosen.without_laboratory:
        found = found.filter(laboratory=None, state__in=UNDER_WAY)
    return found


def boxes_after(found: QuerySet[Box], key: str) -> QuerySet[Box]:
    """The rest of a list of boxes after a row's key: keyset paging."""
    if not key:
        return found
    at, pk = keyset.instant_of(key)
    return found.filter(Q(packed_at__lt=at) | Q(packed_at=at, box_id__gt=pk), packed_at__lte=at)


def box_key(row: Box) -> str:
    """The row's key for the next page."""
    return keyset.key(row.packed_at, row.pk)


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeFilter:
    """What a list of tubes shows."""

    state: str = ""
    outcome: str = ""
    round: str = ""
    unit: str = ""


def listed_tubes(reader: Actor, chosen: TubeFilter) -> QuerySet[Tube]:
    """The tubes of a filter with their sites; page on with ``tubes_after``."""
    found = tubes(reader).select_related("site")
    if chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.outcome:
        found = found.filter(outcome=chosen.outcome)
    if chosen.round:
        found = found.filter(round=chosen.round)
    if chosen.unit:
        low, high = codes.below(chosen.unit)
        found = found.filter(unit_code__gte=low, unit_code__lt=high)
    return found


def tubes_after(found: QuerySet[Tube], key: str) -> QuerySet[Tube]:
    """The rest of a list of tubes after a row's key: keyset paging."""
    if not key:
        return found
    at, pk = keyset.instant_of(key)
    return found.filter(Q(collected_at__lt=at) | Q(collected_at=at, tube_id__gt=pk), collected_at__lte=at)


def tube_key(row: Tube) -> str:
    """The row's key for the next page."""
    return keyset.key(row.collected_at, row.pk)
