"""Today's rules for one door, without an account: what holds, on what basis, until when; where to turn; no person in it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext

from bulou.books.facts import pack_at
from bulou.kernel import clock, codes
from bulou.notices.models import NoticeText, PlainNotice
from bulou.places.models import Building, Division
from bulou.reporting.door import Door, door
from bulou.rounds.models import Site
from bulou.web.frames import bare, in_chinese, named
from bulou.web.open_pages import called, districts, guarded, let_read, start
from bulou.web.place_words import division_names, place_words
from bulou.web.restriction_words import kind_name
from bulou.web.show.door import DoorPage, Link, Rule
from bulou.web.show.duties import Fact
from bulou.web.show.words import time_of
from bulou.zones.notices import basis_words, level_words

_BUILDINGS = 60


class DoorForm(forms.Form):
    """Where the door is, as it is called."""

    district = forms.ChoiceField(label=gettext_lazy("District"), choices=districts)
    community = forms.CharField(label=gettext_lazy("Community or village"), max_length=80)
    building = forms.CharField(
        label=gettext_lazy("Building"), max_length=40, required=False, help_text=gettext_lazy("Its number, as at its door")
    )


def _page(request: HttpRequest, *, wrong: str = "", status: int = 200, **shown: object) -> HttpResponse:
    given = request.GET if "community" in request.GET else None
    form = shown.pop("form", None) or DoorForm(given, initial=start(request))
    page = DoorPage(form=form, url=reverse("web:door"), wrong=wrong, **shown)  # type: ignore[arg-type] # as the page names them
    return render(
        request, "web/door.html", {"frame": bare(request, gettext("Today's rules for my door")), "page": page}, status=status
    )


@guarded(_page)
def show(request: HttpRequest) -> HttpResponse:
    """The form; with ``?place=`` the statement for that community or building."""
    let_read(request)
    place = request.GET.get("place", "")
    if place:
        return _stated(request, place)
    if "community" not in request.GET:
        return _page(request)
    form = DoorForm(request.GET)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    found = called(form.cleaned_data["district"], form.cleaned_data["community"])
    if not found:
        return _page(request, form=form, wrong=gettext("No community of this district is called so."), status=404)
    if len(found) > 1:
        choices = tuple(Link(label=named(zh, en), href=_href(code)) for code, zh, en in found)
        return _page(request, form=form, choices=choices, choices_head=gettext("Several are called so. Which one?"))
    return HttpResponseRedirect(_href(_building(found[0][0], form.cleaned_data["building"]) or found[0][0]))


def _href(place: str) -> str:
    return f"{reverse('web:door')}?{urlencode({'place': place})}"


def _building(community: str, word: str) -> str:
    """The building of that number or name; blank when there is none."""
    said = word.strip()
    number = "".join(one for one in said if one.isascii() and one.isdigit())
    if not said:
        return ""
    known = Q(name=said) | (Q(pk=f"{community}-{int(number):04}") if 0 < len(number) <= 4 else Q())  # noqa: PLR2004 - digits of a building
    return Building.objects.filter(known, community=community).values_list("pk", flat=True).first() or ""


def _stated(request: HttpRequest, place: str) -> HttpResponse:
    code = codes.up_to(place, codes.Level.BUILDING) or place if codes.is_place(place) else ""
    community = Division.objects.filter(pk=code[:12], level=codes.Level.COMMUNITY).first()
    if community is None or (len(code) > len(community.pk) and not Building.objects.filter(pk=code).exists()):
        return _page(request, form=DoorForm(), wrong=gettext("There is no such place. Look it up here."), status=404)
    now = clock.city()
    found = door(code, at=now)
    names = division_names([code])
    return _page(
        request,
        place=place_words(code, names),
        stated=gettext("As recorded at %(at)s. It may change: look again, or call.")
        % {"at": f"{clock.local(now):%Y-%m-%d %H:%M}"},
        free=gettext("No zone, measure, order or notice that binds you is recorded for this door at this time.")
        if found.free else "",
        rules=_rules(found, now), there=_there(found, now), links=_links(code), form=DoorForm(initial=_initial(request)),
        choices=_buildings(code), choices_head=gettext("Choose your building: some rules hold for one building only."),
    )  # fmt: skip


def _initial(request: HttpRequest) -> dict[str, str]:
    said = start(request)
    return {**said, "building": said.get("place", "")}


def _buildings(place: str) -> tuple[Link, ...]:
    """The buildings to choose from, while none is chosen."""
    if codes.up_to(place, codes.Level.BUILDING):
        return ()
    found = Building.objects.filter(community=place).order_by("code").values_list("code", "name")[:_BUILDINGS]
    return tuple(Link(label=name, href=_href(code)) for code, name in found)


def _until(at: datetime, now: datetime) -> Fact:
    return Fact(label=gettext("Ends"), value=time_of(at, now))


def _rules(found: Door, now: datetime) -> tuple[Rule, ...]:
    bases = pack_at(now).legal_bases
    more: dict[str, list[tuple[str, str, str]]] = {}
    for one in NoticeText.objects.filter(notice__in=[row.pk for row in found.notices]).order_by("language"):
        more.setdefault(one.notice_id, []).append((one.language, one.title, one.text))
    object_ = Fact(
        label=gettext("To object"), value=gettext("At your community, by telephone or on paper, or on the page of your notice")
    )
    rules = [_told(row, tuple(more.get(row.pk, ())), now) for row in found.notices]
    rules += [
        Rule(
            kind=gettext("Zone"),
            title=f"{zone.name}: {level_words(zone.level)}",
            text=zone.notice_zh if in_chinese() else zone.notice_en,
            facts=(
                Fact(label=gettext("Legal basis"), value=basis_words(zone)),
                Fact(label=gettext("Ends"), value=gettext("When it is lowered by the rule")),
                object_,
            ),
        )
        for zone in found.zones
    ]
    rules += [
        Rule(
            kind=gettext("Measure"),
            title=kind_name(row.kind),
            text=row.notice_zh if in_chinese() else row.notice_en,
            facts=(
                Fact(label=gettext("Legal basis"), value=bases.get(row.legal_basis, row.legal_basis)),
                _until(row.ends_at, now),
                object_,
            ),
        )
        for row in found.measures
    ]
    rules += [
        Rule(
            kind=gettext("Order"), title=row.title, text=gettext("It is in force; its plain notice is being written."),
            facts=(
                Fact(label=gettext("Legal basis"), value=f"{row.number} · {row.basis}"), _until(row.ends_at, now),
                Fact(label=gettext("Ordered by"), value=named(row.issuer.name, row.issuer.name_en)), object_,
            ),
        )
        for row in found.orders
    ]  # fmt: skip
    return tuple(rules)


def _told(row: PlainNotice, others: tuple[tuple[str, str, str], ...], now: datetime) -> Rule:
    return Rule(
        kind=pgettext("notices", "Notice"), title=named(row.title_zh, row.title_en), text=named(row.text_zh, row.text_en),
        others=others, facts=(
            Fact(label=gettext("Legal basis"), value=row.basis), _until(row.ends_at, now),
            Fact(label=gettext("Told by"), value=named(row.unit.name, row.unit.name_en),
                 note=f"{row.pk} · {time_of(row.published_at or now, now)}"),
            Fact(label=gettext("Whom to call"), value=row.call), Fact(label=gettext("To object"), value=row.object_to),
        ),
    )  # fmt: skip


def _there(found: Door, now: datetime) -> tuple[Fact, ...]:
    """Where to be sampled, where supplies are handed over, whom to call."""
    there = [
        Fact(
            label=gettext("Test round"),
            value=named(row.name, row.name_en),
            note=gettext("until %(at)s") % {"at": time_of(row.deadline_at, now)},
        )
        for row in found.rounds
    ]
    there += [Fact(label=gettext("Sampling"), value=one.name, note=_queue(one, now)) for one in found.sites]
    if found.rounds and not found.sites:
        there.append(Fact(label=gettext("Sampling"), value=gettext("No site near you is open now")))
    there += [Fact(label=gettext("Supplies"), value=one.name) for one in found.points]
    there += [
        Fact(
            label=gettext("Free slot"), value=f"{time_of(one.starts_at, now)}–{time_of(one.ends_at, now)}", note=one.point.name
        )
        for one in found.slots
    ]
    owner, called_ = found.owner, found.called
    there.append(
        Fact(
            label=gettext("Whom to call"),
            value=f"{named(called_.name, called_.name_en)} {called_.phone}" if called_ else named(owner.name, owner.name_en),
            note=""
            if called_
            else gettext("No telephone number is entered: go there, ask the building captain, or write below"),
        )
    )
    return tuple(there)  # fmt: skip


def _queue(site: Site, now: datetime) -> str:
    until = gettext("until %(at)s") % {"at": time_of(site.closes_at, now)}
    if site.wait_minutes is None or site.queue_at is None:
        return until
    waits = gettext("waiting %(minutes)d minutes, said at %(at)s") % {
        "minutes": site.wait_minutes,
        "at": time_of(site.queue_at, now),
    }
    return f"{until} · {waits}"


def _links(place: str) -> tuple[Link, ...]:
    query = urlencode({"place": place})
    return (
        Link(label=gettext("I need help"), href=f"{reverse('web:ask')}?{query}", note=gettext("A request, with a ticket")),
        Link(label=gettext("There is a danger or a crowd"), href=f"{reverse('web:hazard_report')}?{query}"),
        Link(
            label=gettext("A question, or a rumour"),
            href=f"{reverse('web:answers')}?{query}",
            note=gettext("With what was answered"),
        ),
        Link(label=gettext("I object to a notice of my own"), href=reverse("web:own_door")),
    )
