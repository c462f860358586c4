"""Isolation sites: the list, one site with its next hours and its steps, and the days at home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation as Op
from bulou.access.queries import within
from bulou.access.rules import may
from bulou.duties import queries as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.isolation import actions, queries
from bulou.isolation import rows as stored
from bulou.isolation.choices import FindingState, NeedKind, PartyKind, RoomState, SiteState
from bulou.isolation.models import Finding, InfectionReview, IsolationSite, SiteParty, Stay
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.isolation_words import need_words, party_words, site_chip
from bulou.web.reader import page
from bulou.web.show.duties import ActForm, Fact
from bulou.web.show.figures import Act, Chip, Crumb, Figure, Pager, State
from bulou.web.show.isolation import SitePage, SitesPage
from bulou.web.show.words import count, list_words, share, span_words, time_of
from bulou.web.views.isolation_tables import (
    Hours,
    doors_table,
    findings_table,
    floors_table,
    reviews_table,
    rooms_table,
    sites_table,
)

PAGE = 50
BESIDE = 12  # rows of the lists beside the sites
ROOMS = 60
OWED = 8
INDICATOR = timedelta(days=14)


@page
def sites(request: HttpRequest, by: Actor) -> HttpResponse:
    """The sites of the reader, by code, with what is free by class; doors, findings and reviews beside them."""
    now = clock.city()
    after = request.GET.get("after", "")
    found = queries.sites(by).exclude(state=SiteState.CLOSED)
    rows = list(found.filter(pk__gt=after)[: PAGE + 1] if after else found[: PAGE + 1])
    shown = rows[:PAGE]
    held = queries.occupancy(by, at=now)
    free: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for room in queries.free_rooms(by, at=now):
        free[room.site_id][room.risk_class] += room.free
    doors = queries.doors(by, at=now)
    findings = list(
        Finding.objects.filter(within(by, "site_id")).exclude(state=FindingState.CLOSED).select_related("site")[:BESIDE]
    )
    late = Finding.objects.filter(within(by, "site_id"), state=FindingState.OPEN, fix_by__lte=now).count()
    reviews = InfectionReview.objects.filter(within(by, "site_code"), concluded_at=None).select_related("stay")
    here = reverse("web:isolation")
    names = dict(queries.sites(by).filter(pk__in=list(doors)).values_list("unit_id", "name"))
    page_ = SitesPage(
        figures=_figures(held, doors, late, reviews.count()),
        doors=doors_table(doors.values(), names, now),
        sites=sites_table(shown, held, free),
        pager=Pager(
            shown=len(shown), total=len(held), first=here if after else "",
            following=f"{here}?{urlencode({'after': shown[-1].pk})}" if len(rows) > PAGE else "",
        ),
        findings=findings_table(findings, now),
        reviews=reviews_table(list(reviews.prefetch_related("links")[:BESIDE]), now),
        acts=(Act(label=gettext("Home after isolation"), url=reverse("web:isolation_home"), get=True),)
        if may(by, Op.SEE_GUESTS)
        else (),
    )  # fmt: skip
    frame = framed(request, by, "isolation", title=gettext("Isolation sites"), live=True)
    return render(request, "web/isolation.html", {"frame": frame, "page": page_})


def _figures(held: dict[str, queries.Occupancy], doors: dict[str, queries.Door], late: int, reviews: int) -> tuple[Figure, ...]:
    beds, taken = sum(one.beds for one in held.values()), sum(one.taken for one in held.values())
    waiting = sum(one.people for one in doors.values())
    return (
        Figure(label=gettext("Free beds"), value=count(sum(one.free for one in held.values())), href="#sites"),
        Figure(label=gettext("Beds taken"), value=share(taken, beds), note=f"{count(taken)} / {count(beds)}", href="#sites"),
        Figure(label=gettext("Expected"), value=count(sum(one.reserved for one in held.values()))),
        Figure(
            label=gettext("At a door"),
            value=count(waiting),
            href="#doors",
            chip=Chip(state=State.SOON, text=gettext("somebody waits")) if waiting else None,
        ),
        Figure(label=gettext("Findings late"), value=count(late), href="#findings", late=bool(late)),
        Figure(label=gettext("Infected inside, perhaps"), value=count(reviews), href="#reviews"),
    )


class HeadsForm(forms.Form):
    """How many are really there."""

    present = forms.IntegerField(label=gettext_lazy("People counted from door to door"), min_value=0, max_value=100_000)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class NeedForm(forms.Form):
    """What a guest asks for."""

    stay = forms.CharField(label=gettext_lazy("Room or stay"), max_length=40)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    text = forms.CharField(label=gettext_lazy("What"), max_length=300)

    def __init__(self, *given: object, **named_: object) -> None:
        """The kinds in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        self.fields["kind"].choices = [(one.value, need_words(one.value)) for one in NeedKind]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """What a guest got or was told."""

    need = forms.ChoiceField(label=gettext_lazy("Whose need"))
    answer = forms.CharField(label=gettext_lazy("What the guest got, or was told"), max_length=300)

    def __init__(self, needs: list[tuple[str, str]], *given: object) -> None:
        """The open needs of the site."""
        super().__init__(*given)  # type: ignore[arg-type]
        self.fields["need"].choices = needs  # type: ignore[attr-defined]


@page
def one(request: HttpRequest, by: Actor, site: str) -> HttpResponse:
    """One site: occupancy against the list, the next three hours, findings, parties, and the manager's steps."""
    now = clock.city()
    row = queries.site(by, site)
    held = queries.occupancy(by, at=now, units=[site])[site]
    sees = may(by, Op.SEE_GUESTS)
    hours = queries.next_hours(by, site, at=now) if sees else None
    rooms = list(row.rooms.exclude(state=RoomState.READY).order_by("ready_at", "room_id")[:ROOMS])
    steps = {"admit": Op.ADMIT_GUEST, "door": Op.ADMIT_GUEST, "release": Op.RELEASE_GUEST}
    mine = {step for step, operation in steps.items() if may(by, operation)}
    shown = SitePage(
        crumbs=(Crumb(label=gettext("Isolation sites"), href=reverse("web:isolation")), Crumb(label=row.name)),
        name=row.name,
        code=row.pk,
        chip=site_chip(row.state),
        note=row.reason,
        figures=_site_figures(by, row, held, now),
        hours=Hours(hours, site, now, labels=_labels(hours), may=mine).tables() if hours else (),
        rooms=rooms_table(rooms, site, now, may_keep=may(by, Op.KEEP_ROOMS)),
        floors=floors_table(queries.floors(by, site)),
        findings=findings_table(row.findings.exclude(state=FindingState.CLOSED)[:BESIDE], now, of_one=True),
        reviews=reviews_table(_reviews(site), now),
        duties=duty_rows.rows(_owed(by, site), by, now=now) if may(by, Op.SEE_DUTIES) else (),
        parties=_parties(row),
        facts=_facts(row, now),
        forms=_forms(by, site, hours),
        reading=_logged(by, site, hours, now),
    )
    frame = framed(request, by, "isolation", title=row.name)
    return render(request, "web/isolation_site.html", {"frame": frame, "page": shown})


def _logged(by: Actor, site: str, hours: queries.NextHours | None, now: datetime) -> str:
    """People are shown masked, and that they were is noted."""
    if hours is None:
        return ""
    seen = {one.person_id for one in (*hours.arrivals, *hours.releases)} | {one.person_id for one in hours.gone}
    seen |= {one.stay.person_id for one in hours.needs}
    log_read(reader=by, subject=f"isolation:{site}", purpose="site page", at=now, count=len(seen) + len(hours.tests))
    return gettext("masked; this reading was logged at %(time)s") % {"time": time_of(now)}


def _labels(hours: queries.NextHours) -> dict[str, str]:
    stays: list[Stay] = [*hours.arrivals, *hours.releases]
    stays += [one.stay for one in hours.needs]
    stays += [one.stay for one in hours.tests]
    stays += [one.stay for one in hours.gone]
    return stored.labels({one.person_id for one in stays})


def _reviews(site: str) -> list[InfectionReview]:
    return list(InfectionReview.objects.filter(site_code=site).select_related("stay").prefetch_related("links")[:BESIDE])


def _owed(by: Actor, site: str) -> list[Duty]:
    found = duties.visible(by).filter(owner=site, state=DutyState.OPEN).select_related("owner").order_by("due_at", "id")
    return list(found[:OWED])


def _site_figures(by: Actor, row: IsolationSite, held: queries.Occupancy, now: datetime) -> tuple[Figure, ...]:
    last = row.head_counts.first()
    differs = last is not None and (last.present != last.listed or bool(last.absent or last.unlisted))
    door = queries.doors(by, at=now).get(row.pk)
    inside = queries.acquired_inside(by, row.pk, since=now - INDICATOR, at=now)
    return (
        Figure(label=gettext("On the list"), value=count(held.admitted), note=gettext("%(n)d beds") % {"n": held.beds}),
        Figure(
            label=gettext("Really there"),
            value=count(last.present) if last else "–",
            note=gettext("counted %(time)s") % {"time": time_of(last.counted_at, now)} if last else gettext("never counted"),
            late=differs,
            chip=Chip(state=State.LATE, text=gettext("differs from the list")) if differs else None,
        ),
        Figure(label=gettext("Free beds"), value=count(held.free)),
        Figure(label=gettext("Expected"), value=count(held.reserved)),
        Figure(
            label=pgettext("isolation", "At the door"),
            value=count(held.at_door),
            note=gettext("longest: %(span)s") % {"span": span_words(now - door.since)} if door else "",
            late=door is not None and now - door.since > timedelta(minutes=15),
        ),
        Figure(
            label=gettext("Infected inside, per 1,000 guest-days"),
            value="–" if inside.per_thousand is None else f"{inside.per_thousand:.1f}",
            note=gettext("%(n)d reviews in 14 days") % {"n": inside.reviews},
        ),
    )


def _parties(row: IsolationSite) -> tuple[Fact, ...]:
    now = {one.kind: one for one in SiteParty.objects.filter(site=row, until_at=None).select_related("unit")}
    return tuple(
        Fact(
            label=party_words(kind.value),
            value=now[kind].person_name if kind in now else gettext("nobody named"),
            note=list_words([named(now[kind].unit.name, now[kind].unit.name_en), now[kind].phone]) if kind in now else "",
        )
        for kind in PartyKind
    )


def _facts(row: IsolationSite, now: datetime) -> tuple[Fact, ...]:
    survey = row.surveys.first()
    steps = (
        (gettext("Proposed"), row.proposed_at), (gettext("Surveyed"), row.surveyed_at), (gettext("Rebuilt"), row.rebuilt_at),
        (pgettext("isolation", "Accepted"), row.accepted_at), (pgettext("isolation", "Opened"), row.opened_at),
    )  # fmt: skip
    facts = [Fact(label=label, value=time_of(at, now)) for label, at in steps if at is not None]
    if survey is not None:
        said = gettext("%(lifts)d lifts, %(m)d m to the next dwelling, %(rooms)d rooms") % {
            "lifts": survey.lifts, "m": survey.distance_m, "rooms": survey.rooms,
        }  # fmt: skip
        facts.append(Fact(label=gettext("Survey"), value=said, note=survey.faults))
    if row.opens_within_min:
        facts.append(Fact(label=gettext("Opens within"), value=span_words(timedelta(minutes=row.opens_within_min))))
    return (*facts, Fact(label=gettext("Place code"), value=row.place_code, note=row.address))


def _forms(by: Actor, site: str, hours: queries.NextHours | None) -> tuple[ActForm, ...]:
    found = []
    if may(by, Op.ADMIT_GUEST):
        found.append(
            ActForm(
                key="heads", label=gettext("Count who is there"), means=gettext("A difference from the list is owed at once"),
                url=reverse("web:isolation_step", args=[site, "heads"]), form=HeadsForm(), button=gettext("Enter"), main=True,
            )
        )  # fmt: skip
    if may(by, Op.CARE_FOR_GUEST) and hours is not None:
        needs = [(one.pk, f"{one.stay.room_id} · {need_words(one.kind)}") for one in hours.needs]
        if needs:
            found.append(
                ActForm(
                    key="answer", label=gettext("Answer a guest"), means=gettext("What the guest got, or was told"),
                    url=reverse("web:isolation_step", args=[site, "answer"]), form=AnswerForm(needs), button=gettext("Enter"),
                )
            )  # fmt: skip
        found.append(
            ActForm(
                key="need", label=gettext("Write down what a guest asks for"), means=gettext("Its clock runs from now"),
                url=reverse("web:isolation_step", args=[site, "need"]), form=NeedForm(), button=gettext("Enter"),
            )
        )  # fmt: skip
    return tuple(found)


def _stay_of(site: str, given: str) -> str:
    """A stay by its code, or by the room in which one guest lies."""
    found = list(
        Stay.objects.filter(site_code=site, room=given, state__in=("at_door", "admitted")).values_list("pk", flat=True)
    )
    if len(found) > 1:
        raise InputFault(gettext("several guests lie in this room"), column="stay", remedy=gettext("Name the stay."))
    return found[0] if found else given


@require_POST
@page
def step(request: HttpRequest, by: Actor, site: str, step: str) -> HttpResponse:
    """One step of the manager, then back to the site."""
    row = queries.site(by, site)
    now, given = clock.city(), request.POST
    stay = given.get("stay", "")

    def count_heads() -> None:
        form = HeadsForm(given)
        if not form.is_valid():
            raise InputFault(gettext("enter how many people were counted"), column="present")
        actions.count_heads(unit=row.pk, present=form.cleaned_data["present"], note=form.cleaned_data["note"], by=by, at=now)

    def ask() -> None:
        form = NeedForm(given)
        if not form.is_valid():
            raise InputFault(gettext("say whose need it is, of which kind, and what"), column="text")
        wanted = form.cleaned_data
        actions.ask_need(
            stay=_stay_of(row.pk, wanted["stay"]), kind=NeedKind(wanted["kind"]), text=wanted["text"], by=by, at=now
        )

    steps: dict[str, Callable[[], object]] = {
        "door": lambda: actions.arrive_at_door(stays=[stay], by=by, at=now),
        "admit": lambda: actions.admit_guest(stay=stay, by=by, at=now),
        "release": lambda: actions.release_guest(stay=stay, by=by, at=now),
        "disinfect": lambda: actions.record_disinfection(room_id=given.get("room", ""), by=by, at=now),
        "answer": lambda: actions.answer_need(need=given.get("need", ""), answer=given.get("answer", ""), by=by, at=now),
        "heads": count_heads,
        "need": ask,
    }
    if step not in steps:
        raise NotFound(gettext("no such record"))
    steps[step]()
    return HttpResponseRedirect(reverse("web:isolation_site", args=[row.pk]))
