"""Warrants to search presences: asked, signed by another post, searched, ended; and every search for the auditor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import covers, may, permit
from bulou.duties.rows import pack_now
from bulou.investigation import presence_store, searching, warrants
from bulou.investigation.choices import WarrantState
from bulou.investigation.models import PresenceDay, Search, SearchHit, Warrant
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.ledger.models import Entry
from bulou.web.case_words import entry_note, person, signature, tag_words, warrant_chip
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.show.chase import WarrantPage, WarrantsPage
from bulou.web.show.duties import ActForm, Fact
from bulou.web.show.figures import Align, Cell, Chip, Column, Crumb, Empty, Pager, Row, State, Table
from bulou.web.show.words import count, late_words, list_words, time_of
from bulou.web.specimen_words import entry_steps
from bulou.web.views.case_forms import ReasonForm, SearchForm, SignForm
from bulou.web.views.case_steps import Do, Given, carried_out

PAGE = 50
MOST_HITS = 300


def _visible(by: Actor) -> QuerySet[Warrant]:
    """The warrants of the reader's units and cases, for whoever searches, signs or audits."""
    permit(by, Operation.SEE_WARRANTS)
    return Warrant.objects.filter(within(by, "unit", "case__place_code")).select_related("case")


@page
def overview(request: HttpRequest, by: Actor) -> HttpResponse:
    """Warrants and searches, the latest first: every search ever made stands here."""
    permit(by, Operation.SEE_SEARCHES)
    now = clock.city()
    after = request.GET.get("after", "")
    searches = Search.objects.filter(warrant__in=_visible(by).values("pk")).select_related("warrant").order_by("-id")
    if after:
        if not (after.isascii() and after.isdigit() and len(after) < 19):  # noqa: PLR2004 - the key's length
            raise InputFault(gettext("This is not a key of the list."), column="after")
        searches = searches.filter(pk__lt=int(after))
    rows = list(searches[: PAGE + 1])
    here = reverse("web:warrants")
    days = PresenceDay.objects.filter(unit=presence_store.city_of(by.unit)).order_by("-day")[:60]
    shown = WarrantsPage(
        warrants=_warrants(_visible(by).order_by("-asked_at", "code")[:PAGE], now),
        searches=_searches(rows[:PAGE], now),
        days=_days(list(days), now),
        note=gettext("every search is an entry of the ledger and is shown to everybody it found"),
        pager=Pager(
            shown=min(PAGE, len(rows)),
            first=here if after else "",
            following=f"{here}?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        ),
    )
    frame = framed(request, by, "warrants", title=gettext("Searches of presences"))
    return render(request, "web/warrants.html", {"frame": frame, "page": shown})


def _warrants(found: Sequence[Warrant] | QuerySet[Warrant], now: datetime) -> Table:
    return Table(
        caption=gettext("Warrants"),
        columns=(
            Column(label=gettext("Warrant"), lead=True),
            Column(label=gettext("Case")),
            Column(label=gettext("Purpose")),
            Column(label=gettext("Asked by")),
            Column(label=gettext("Signed by")),
            Column(label=gettext("Until")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.pk, href=reverse("web:warrant", args=[one.pk])),
                    Cell(text=one.case_id),
                    Cell(text=one.purpose),
                    Cell(text=signature(one.asked_by), note=time_of(one.asked_at, now)),
                    Cell(text=signature(one.signed_by) or "–", note=one.legal_basis),
                    Cell(text=time_of(one.ends_at, now)),
                    Cell(chip=warrant_chip(one.state, ended=one.ends_at <= now)),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("Nobody asked to search presences"), good=True),
    )


def _searches(found: Sequence[Search], now: datetime) -> Table:
    return Table(
        caption=gettext("Searches"),
        columns=(
            Column(label=gettext("When"), lead=True),
            Column(label=gettext("Warrant")),
            Column(label=gettext("By")),
            Column(label=gettext("Days read"), align=Align.NUMBER),
            Column(label=gettext("At least")),
            Column(label=gettext("Found"), align=Align.NUMBER),
            Column(label=gettext("Took")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=time_of(one.searched_at, now)),
                    Cell(text=one.warrant_id, href=reverse("web:warrant", args=[one.warrant_id])),
                    Cell(text=signature(one.searched_by)),
                    Cell(text=count(len(one.days)), note=list_words([one.days[0], one.days[-1]] if one.days else [])),
                    Cell(text=f"{one.min_minutes:g} min"),
                    Cell(text=" + ".join(count(number) for number in one.found) or "0"),
                    Cell(text=f"{one.elapsed_s:.1f} s"),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("Nobody searched yet"), good=True),
    )


def _days(found: Sequence[PresenceDay], now: datetime) -> Table:
    return Table(
        caption=gettext("Days of presences"),
        columns=(
            Column(label=gettext("Day"), lead=True),
            Column(label=gettext("Presences"), align=Align.NUMBER),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("Stored")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.day.isoformat()),
                    Cell(text=count(one.rows)),
                    Cell(text=count(one.people)),
                    Cell(text=time_of(one.stored_at, now), note=signature(one.stored_by)),
                    Cell(
                        chip=Chip(state=State.DONE, text=gettext("deleted by rule"))
                        if one.expired_at
                        else Chip(state=State.PLAIN, text=gettext("kept")),
                        note=time_of(one.expired_at, now) if one.expired_at else "",
                    ),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("No presences are kept"), good=True),
    )


@page
def warrant(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """One warrant, its searches and what the last of them found, masked."""
    row = _visible(by).filter(pk=code).first()
    if row is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    now = clock.city()
    log_read(reader=by, subject=f"person:{row.case.person_id}", purpose=f"warrant {row.pk}"[:80], at=now)
    searches = list(row.searches.select_related("warrant").order_by("-id")[:20])
    ended = row.ends_at <= now or row.state not in {WarrantState.ASKED, WarrantState.SIGNED}
    last = searches[0] if searches and may(by, Operation.SEARCH_PRESENCES) else None
    shown = WarrantPage(
        code=row.pk,
        what=gettext("Warrant to search presences"),
        about=row.purpose,
        chip=warrant_chip(row.state, ended=row.ends_at <= now),
        clock=time_of(row.ends_at, now) if ended else late_words(row.ends_at, now),
        clock_note=gettext("ends by itself on %(time)s") % {"time": time_of(row.ends_at, now)},
        late=False,
        facts=_facts(row, now),
        searches=_searches(searches, now),
        hits=_hits(last, now),
        hits_url=reverse("web:warrant_do", args=[row.pk, "list"]),
        hits_search=str(last.pk) if last else "",
        listable=last is not None and may(by, Operation.CHASE_CASE) and covers(by, row.unit),
        steps=entry_steps(
            list(Entry.objects.filter(subject=f"warrant:{row.pk}").order_by("happened_at", "id")[:40]), tag_words, entry_note
        ),
        acts=acts(row, by, now),
        closed=row.reason,
        reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)},
    )
    crumbs = (
        Crumb(label=gettext("Chase"), href=reverse("web:chase")),
        Crumb(label=row.case_id, href=reverse("web:case", args=[row.case_id])),
    )
    frame = framed(request, by, "warrants", title=row.pk, crumbs=(*crumbs, Crumb(label=row.pk)))
    return render(request, "web/warrant.html", {"frame": frame, "page": shown})


def _facts(row: Warrant, now: datetime) -> tuple[Fact, ...]:
    bases = pack_now(clock.day_of(now)).legal_bases
    return (
        Fact(label=gettext("Case"), value=row.case_id, href=reverse("web:case", args=[row.case_id])),
        Fact(label=gettext("Purpose"), value=row.purpose),
        Fact(label=gettext("Window"), value=f"{time_of(row.from_at, now)} – {time_of(row.until_at, now)}"),
        Fact(label=gettext("Asked by"), value=signature(row.asked_by), note=time_of(row.asked_at, now)),
        Fact(
            label=gettext("Signed by"),
            value=signature(row.signed_by) or "–",
            note=time_of(row.signed_at, now) if row.signed_at else "",
        ),
        Fact(label=gettext("Legal basis"), value=bases.get(row.legal_basis, row.legal_basis) or "–"),
    )


def _hits(last: Search | None, now: datetime) -> Table:
    found = list(SearchHit.objects.filter(search=last).order_by("ring", "-minutes", "person_id")[:MOST_HITS]) if last else []
    return Table(
        caption=gettext("Found by the last search"),
        columns=(
            Column(label=gettext("Person"), lead=True),
            Column(label=gettext("Ring"), align=Align.NUMBER),
            Column(label=pgettext("meeting", "Where")),
            Column(label=gettext("When")),
            Column(label=gettext("Minutes"), align=Align.NUMBER),
            Column(label=gettext("Listed")),
        ),
        rows=tuple(_hit(one, now) for one in found),
        empty=Empty(text=gettext("Nobody was found, or nobody searched yet")),
        foot=gettext("the first %(n)s are shown") % {"n": count(MOST_HITS)} if len(found) == MOST_HITS else "",
    )  # fmt: skip


def _hit(one: SearchHit, now: datetime) -> Row:
    through = gettext("through %(who)s") % {"who": person(one.source_person_id)} if one.ring > 1 else ""
    page_of = reverse("web:contact", args=[one.contact_id]) if one.contact_id else ""
    return Row(
        cells=(
            Cell(text=person(one.person_id), note=through),
            Cell(text=str(one.ring)),
            Cell(text=one.place),
            Cell(text=f"{time_of(one.from_at, now)}–{time_of(one.until_at, now)}"),
            Cell(text=f"{one.minutes:.0f}"),
            Cell(text=one.contact_id or "–", href=page_of),
        )
    )


def _sign(code: str, given: Given, by: Actor, at: datetime) -> None:
    warrants.sign_warrant(warrant=code, legal_basis=given["legal_basis"], by=by, at=at)


def _refuse(code: str, given: Given, by: Actor, at: datetime) -> None:
    warrants.refuse_warrant(warrant=code, reason=given["reason"], by=by, at=at)


def _end(code: str, given: Given, by: Actor, at: datetime) -> None:
    warrants.end_warrant(warrant=code, reason=given["reason"], by=by, at=at)


def _search(code: str, given: Given, by: Actor, at: datetime) -> None:
    searching.search_presences(warrant=code, min_minutes=given["min_minutes"], rings=given["rings"], by=by, at=at)


class _AnyBasis(SignForm):
    """The same, with the bases of the pack in force."""

    def __init__(self, *given: object, **named_: object) -> None:
        """The pack's bases."""
        super().__init__(list(pack_now(clock.day_of(clock.city())).legal_bases.items()), *given, **named_)


STEPS: Mapping[str, tuple[type[forms.Form], Do]] = {
    "sign": (_AnyBasis, _sign),
    "refuse": (ReasonForm, _refuse),
    "end": (ReasonForm, _end),
    "search": (SearchForm, _search),
}


def acts(row: Warrant, by: Actor, now: datetime) -> tuple[ActForm, ...]:
    """The steps that this reader may take now."""
    found: list[ActForm] = []

    def add(key: str, label: str, means: str, button: str, *, main: bool = False) -> None:
        url = reverse("web:warrant_do", args=[row.pk, key])
        form = STEPS[key][0](auto_id=f"{key}-%s")
        found.append(ActForm(key=key, label=label, means=means, url=url, form=form, button=button, main=main, open=main))

    here = covers(by, row.unit)
    live = row.ends_at > now
    if row.state == WarrantState.ASKED and live and here and may(by, Operation.SIGN_WARRANT) and by.post != row.asked_post:
        add("sign", gettext("Sign"), gettext("As another post; names the legal basis"), gettext("Sign"), main=True)
        add("refuse", gettext("Refuse"), gettext("With the reason"), gettext("Refuse"))
    if row.state == WarrantState.SIGNED and live and here and may(by, Operation.SEARCH_PRESENCES):
        add("search", gettext("Search"), gettext("Logged, and shown to everybody it finds"), gettext("Search"), main=True)
    if row.state in {WarrantState.ASKED, WarrantState.SIGNED} and live and here and may(by, Operation.SEARCH_PRESENCES):
        add("end", gettext("End it"), gettext("Nobody searches under it from now on"), gettext("End"))
    return tuple(found)


@require_POST
@page
def do(request: HttpRequest, by: Actor, code: str, step: str) -> HttpResponse:
    """One step on a warrant; listing people found names each of them, or all that are shown."""
    if step == "list":
        number = request.POST.get("search", "")
        if not (number.isascii() and number.isdigit() and len(number) < 19):  # noqa: PLR2004 - the key's length
            raise InputFault(gettext("There is no such search."), column="search")
        row = _visible(by).filter(pk=code, searches=int(number)).first()
        if row is None:
            message = "no such record"
            raise NotFound(message, remedy="Check the identifier.")
        hits = SearchHit.objects.filter(search=int(number), contact=None).order_by("ring", "-minutes", "person_id")
        people = list(hits[:MOST_HITS].values_list("person_id", flat=True))
        listed = searching.list_found(search=int(number), people=people, by=by, at=clock.city())
        messages.success(request, gettext("%(n)s people are contacts now.") % {"n": count(len(listed))})
    else:
        carried_out(request, STEPS, step, code, by)
    return HttpResponseRedirect(reverse("web:warrant", args=[code]))
