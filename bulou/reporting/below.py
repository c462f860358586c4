"""The units right below one, and the posts of its own: where a base figure leads when it is asked whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import Count, Model, Q, QuerySet, Sum
from django.db.models.functions import Substr

from bulou.duties.models import Duty
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.people.models import BaseNumberChange, Resident
from bulou.people.queries import at_places
from bulou.places.models import Building
from bulou.reporting.base_figures import scope_of
from bulou.units import queries as units
from bulou.units.models import Post, Unit
from bulou.units.rules import Attendance

MOST = 200  # units or buildings that one page shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A unit right below: people by its base number (None for a unit that is no territory), open and late duties, posts."""

    code: str
    name: str
    name_en: str
    people: int | None
    open: int
    late: int
    posts: int

    def as_json(self) -> dict[str, object]:
        """Its values by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A building: floors by the register, and who stays there now."""

    code: str
    name: str
    floors: int
    people: int
    households: int


def parts(reader: Actor, *, at: datetime, unit: str = "") -> tuple[list[Part], int]:
    """The units right below, at most ``MOST``, and how many there are; eight statements however large the unit.

    Of a named area: its own parts. ``NotFound`` unless all of it lies in the reader's jurisdiction.
    """
    rows, number = units_below(reader, unit=unit)
    people = _by_part(BaseNumberChange.objects.filter(changed_at__lte=at), "place_code", rows, Sum("change"))
    owed = Duty.objects.filter(opened_at__lte=at).filter(Q(closed_at=None) | Q(closed_at__gt=at))
    opened = _by_part(owed, "owner_id", rows, Count("pk"))
    late = _by_part(owed.filter(due_at__lt=at), "owner_id", rows, Count("pk"))
    posts = _by_part(Post.objects.all(), "unit_id", rows, Count("pk"))
    shown = [
        Part(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            people=people.get(row.code, 0) if codes.territory(row.code) == row.code else None,
            open=opened.get(row.code, 0),
            late=late.get(row.code, 0),
            posts=posts.get(row.code, 0),
        )
        for row in rows
    ]
    return shown, number


def units_below(reader: Actor, *, unit: str = "") -> tuple[list[Unit], int]:
    """The units right below, at most ``MOST``, and how many there are; of a named area its own parts.

    ``NotFound`` unless all of it lies in the reader's jurisdiction.
    """
    scope = scope_of(reader, unit)
    found = Unit.objects.filter(pk__in=scope.tops) if scope.tops != (scope.top,) else Unit.objects.filter(parent=scope.top)
    rows = list(found.order_by("code")[:MOST])
    return rows, found.count() if len(rows) == MOST else len(rows)


def _by_part(rows: QuerySet[Model], field: str, below: list[Unit], total: Sum | Count) -> Mapping[str, int]:
    """A sum for each part and all below it; parts whose codes are of one length are one grouped statement."""
    found: dict[str, int] = {}
    for length in sorted({len(one.code) for one in below}):
        alike = [one.code for one in below if len(one.code) == length]
        low, high = codes.below(alike[0])[0], codes.below(alike[-1])[1]
        grouped = (
            rows.filter(**{f"{field}__gte": low, f"{field}__lt": high})
            .annotate(part=Substr(field, 1, length))
            .order_by()
            .values_list("part")
            .annotate(total=total)
        )
        found |= {code: int(number) for code, number in grouped.filter(part__in=alike)}
    return found


def houses(reader: Actor, *, unit: str = "") -> list[House]:
    """The buildings of a community with who stays there, at most ``MOST``; nothing for a larger unit. Two statements."""
    scope = scope_of(reader, unit)
    communities = [one for one in scope.own if len(one) == 12]  # noqa: PLR2004 - digits of a community's code
    if not communities:
        return []
    rows = list(Building.objects.filter(community__in=communities).order_by("code")[:MOST])
    counted = {
        code: (people, households)
        for code, people, households in Resident.objects.filter(at_places("place_code", communities), left_on=None)
        .annotate(house=Substr("place_code", 1, 17))
        .order_by()
        .values_list("house")
        .annotate(people=Count("pk"), households=Count("household_id", distinct=True, filter=~Q(household_id="")))
    }
    return [
        House(code=row.code, name=row.name, floors=row.floors, people=people, households=households)
        for row in rows
        for people, households in (counted.get(row.code, (0, 0)),)
    ]


def posts(reader: Actor, *, at: datetime, unit: str = "") -> list[tuple[Post, list[Attendance]]]:
    """The posts of the unit itself, each with who stands in it at the instant; three statements."""
    scope = scope_of(reader, unit)
    present = units.attendances([scope.top], at=at).get(scope.top, []) if len(scope.tops) == 1 else []
    rows = list(Post.objects.filter(unit=scope.top).order_by("pk")[:MOST])
    return [(row, [one for one in present if one.post_id == row.pk]) for row in rows]
