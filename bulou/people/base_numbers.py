"""Named reads over base numbers (底数): how 61,204 became 60,987, by cause and by the places below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum
from django.db.models.functions import Substr

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.people.choices import DriftCause
from bulou.people.models import BaseNumberChange, Resident
from bulou.people.queries import at_places
from bulou.places.models import Area, AreaPart, Division

_NEXT = {2: 4, 4: 6, 6: 9, 9: 12}  # digits of a division's code → of those below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """People who came or went for one cause in the time that is looked at: ``added`` ≥ 0, ``taken`` ≤ 0."""

    cause: str
    added: int
    taken: int

    @property
    def change(self) -> int:
        """Both together."""
        return self.added + self.taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A place below: what it was, what it became."""

    code: str
    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """By how much it moved."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A base number between two instants; ``residents`` is counted from the rows of people, now."""

    place: str
    name: str
    since: datetime
    until: datetime
    before: int
    after: int
    now: int
    residents: int
    steps: tuple[Step, ...]
    parts: tuple[Part, ...]

    @property
    def holds(self) -> bool:
        """Whether before and the changes give after, the parts their whole, and the whole book the people who stay."""
        by_cause = self.before + sum(step.change for step in self.steps) == self.after
        by_part = not self.parts or (
            sum(part.before for part in self.parts) == self.before and sum(part.after for part in self.parts) == self.after
        )
        return by_cause and by_part and self.now == self.residents

    def as_json(self) -> dict[str, object]:
        """The keys of ``bulou base-number --json``."""
        return {
            "unit": self.place,
            "unit_name": self.name,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "before": self.before,
            "after": self.after,
            "residents": self.residents,
            "holds": self.holds,
            "changes": [{**asdict(step), "change": step.change} for step in self.steps],
            "parts": [{**asdict(part), "change": part.change} for part in self.parts],
        }


def movement(reader: Actor, place: str, *, since: datetime, until: datetime) -> Movement:
    """How the base number of a place or a named area moved in ``since < t ≤ until``; ``NotFound`` outside of the reader's.

    Moves within a place cancel out: they stand under *moved* with both signs, which is how a place's inner traffic shows.
    """
    permit(reader, Operation.SEE_FIGURES)
    if since > until:
        message = "the time ends before it begins"
        raise InputFault(message, column="since", remedy="Give the earlier instant first.")
    places, name = _places(place)
    permit(reader, Operation.SEE_FIGURES, *places[:1])
    for one in places:
        permit(reader, Operation.SEE_FIGURES, one)
    rows = BaseNumberChange.objects.filter(at_places("place_code", places)).order_by()
    after, now = _total(rows.filter(changed_at__lte=until)), _total(rows)
    between = rows.filter(changed_at__gt=since, changed_at__lte=until)
    steps = _steps(between)
    return Movement(
        place=place,
        name=name,
        since=since,
        until=until,
        before=_total(rows.filter(changed_at__lte=since)),
        after=after,
        now=now,
        residents=Resident.objects.filter(at_places("place_code", places), left_on=None).count(),
        steps=steps,
        parts=_parts(rows, places, since=since, until=until),
    )


def _places(place: str) -> tuple[list[str], str]:
    if codes.is_place(place):
        found = Division.objects.filter(pk=place).values_list("name", flat=True).first()
        if found is not None:
            return [place], found
    area = Area.objects.filter(pk=place).first()
    parts = list(AreaPart.objects.filter(area=place).order_by("place_code").values_list("place_code", flat=True))
    if area is None or not parts:
        message = "no such record"
        raise NotFound(message, remedy="Name a division's code, or an area whose parts are known.")
    return parts, area.name


def _total(rows: QuerySet[BaseNumberChange]) -> int:
    return int(rows.aggregate(total=Sum("change"))["total"] or 0)


def _steps(between: QuerySet[BaseNumberChange]) -> tuple[Step, ...]:
    added = dict(between.filter(change__gt=0).values_list("cause").annotate(total=Sum("change")))
    taken = dict(between.filter(change__lt=0).values_list("cause").annotate(total=Sum("change")))
    return tuple(
        Step(cause=cause.value, added=added.get(cause.value, 0), taken=taken.get(cause.value, 0))
        for cause in DriftCause
        if cause.value in added or cause.value in taken
    )


def _parts(rows: QuerySet[BaseNumberChange], places: Sequence[str], *, since: datetime, until: datetime) -> tuple[Part, ...]:
    """The divisions right below; of an area its parts."""
    if len(places) > 1:
        cut = max(map(len, places))
    elif len(places[0]) in _NEXT:
        cut = _NEXT[len(places[0])]
    else:
        return ()
    grouped = rows.annotate(part=Substr("place_code", 1, cut)).values_list("part")
    before = dict(grouped.filter(changed_at__lte=since).annotate(total=Sum("change")))
    after = dict(grouped.filter(changed_at__lte=until).annotate(total=Sum("change")))
    keys = sorted(before.keys() | after.keys())
    names = dict(Division.objects.filter(pk__in=keys).values_list("code", "name"))
    return tuple(Part(code=key, name=names.get(key, key), before=before.get(key, 0), after=after.get(key, 0)) for key in keys)


def names(places: Sequence[str]) -> dict[str, str]:
    """The names of divisions."""
    return dict(Division.objects.filter(pk__in=places).values_list("code", "name"))


def changes(reader: Actor) -> QuerySet[BaseNumberChange]:
    """Every step of the base numbers in the reader's jurisdiction, the earliest first."""
    permit(reader, Operation.SEE_FIGURES)
    return BaseNumberChange.objects.filter(within(reader, "place_code")).order_by("changed_at", "place_code", "id")
