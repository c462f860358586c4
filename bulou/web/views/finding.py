"""Search: by number, tube, box, unit, area or name; exact keys first, then beginnings."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import covers, may
from bulou.duties import queries
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.people.models import Resident
from bulou.places.models import Area
from bulou.specimens.models import Box, Tube
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.people_words import shown_id
from bulou.web.reader import page
from bulou.web.show.figures import Empty, clock_chip
from bulou.web.show.reading import Hit, HitGroup, SearchPage
from bulou.web.show.words import list_words, mask_name
from bulou.web.views import case_search

MOST_HITS = 8


@page
def search(request: HttpRequest, by: Actor) -> HttpResponse:
    """By number, tube, box, unit or name: exact keys first, then beginnings; personal finds are masked and logged."""
    query = request.GET.get("q", "").strip()[:80]
    asked = (_duties, case_search.hits, _chain, _units, _areas, _people)
    groups = [group for group in (ask(by, query) for ask in asked) if group]
    shown = SearchPage(
        query=query,
        groups=tuple(groups),
        empty=Empty(text=gettext("Nothing found"), note=gettext("Write a whole number, or the beginning of a name or code.")),
    )
    frame = framed(request, by, "", title=gettext("Search"), search=query)
    return render(request, "web/search.html", {"frame": frame, "page": shown})


def _duties(by: Actor, query: str) -> HitGroup | None:
    if not query or not may(by, Operation.SEE_DUTIES):
        return None
    seen = queries.visible(by).select_related("owner")
    rows = list(seen.filter(pk=query.upper())) or list(seen.filter(about__endswith=f":{query}").order_by("-opened_at")[:8])
    hits = tuple(
        Hit(label=duty_rows.says(row), href=duty_rows.href(row),
            note=list_words([duty_rows.label(row), named(row.owner.name, row.owner.name_en)]),
            chip=clock_chip(row.due_at, clock.city()) if row.state == "open" else None)
        for row in rows
    )  # fmt: skip
    return HitGroup(heading=gettext("Duties"), hits=hits, total=len(hits)) if hits else None


def _chain(by: Actor, query: str) -> HitGroup | None:
    if not query or not may(by, Operation.SEE_CHAIN):
        return None
    boxes = Box.objects.filter(within(by, "unit_code", "holder_id", "laboratory_id"), pk__startswith=query)[:MOST_HITS]
    tubes = Tube.objects.filter(within(by, "unit_code", "box__laboratory_id"), pk__startswith=query)[:MOST_HITS]
    hits = tuple(
        [Hit(label=row.pk, note=gettext("box"), href=reverse("web:box", args=[row.pk])) for row in boxes]
        + [Hit(label=row.pk, note=gettext("tube"), href=reverse("web:tube", args=[row.pk])) for row in tubes]
    )
    return HitGroup(heading=gettext("Specimens"), hits=hits, total=len(hits)) if hits else None


def _units(by: Actor, query: str) -> HitGroup | None:
    if not query:
        return None
    from bulou.units.models import Unit  # noqa: PLC0415 - only the search looks units up by name

    rows = Unit.objects.filter(within(by, "code"), name__startswith=query)[:MOST_HITS]
    hits = tuple(
        Hit(label=named(row.name, row.name_en), note=row.code, href=f"{reverse('web:duties')}?unit={row.code}") for row in rows
    )
    return HitGroup(heading=gettext("Units"), hits=hits, total=len(hits)) if hits else None


def _areas(by: Actor, query: str) -> HitGroup | None:
    """Named areas that lie in the reader's jurisdiction; one whose limits are not entered is a name, and says so."""
    if not query:
        return None
    known = Area.objects.filter(Q(name__contains=query) | Q(name_en__icontains=query) | Q(pk=query)).prefetch_related("parts")
    hits = tuple(
        Hit(label=named(area.name, area.name_en), note=note, href=f"{reverse('web:figures')}?unit={area.pk}" if inside else "")
        for area in known.order_by("code")[:MOST_HITS]
        for inside in [[part.place_code for part in area.parts.all()]]
        if all(covers(by, code) for code in inside)
        for note in [_limits(area, len(inside))]
    )
    return HitGroup(heading=gettext("Areas"), hits=hits, total=len(hits)) if hits else None


def _limits(area: Area, parts: int) -> str:
    if not parts:
        return gettext("a name; its limits are not entered")
    return gettext("approximate") if any(part.approximate for part in area.parts.all()) else area.pk


def _people(by: Actor, query: str) -> HitGroup | None:
    if len(query) < 2 or not may(by, Operation.SEE_PEOPLE):  # noqa: PLR2004 - a surname alone finds thousands
        return None
    seen = Resident.objects.filter(within(by, "place_code"), left_on=None)
    rows = list(seen.filter(pk=query)) or list(seen.filter(name__startswith=query).order_by("name", "pk")[:MOST_HITS])
    if not rows:
        return None
    log_read(reader=by, subject=f"search:{by.unit}", purpose="search", at=clock.city(), count=len(rows))
    hits = tuple(
        Hit(
            label=mask_name(row.name) or shown_id(row.pk),
            note=row.place_code,
            href=reverse("web:person", args=[row.pk]),
        )
        for row in rows
    )
    return HitGroup(heading=gettext("People"), hits=hits, total=len(hits))
