"""One restriction: whether it holds, on what it rests, its notice, its objections and its whole story; and a stopped list."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from bulou.access.actions import log_read
from bulou.duties import queries as duties
from bulou.duties.choices import DutyState
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.models import Entry
from bulou.policy import load_pack
from bulou.restrictions import queries, rules
from bulou.restrictions.choices import ListState
from bulou.restrictions.models import Restriction
from bulou.restrictions.wording import why as said
from bulou.web import actors, duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.restriction_words import appeal_words, chip_of, kind_name, lifting_words, notice_of, stamp, whom
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Cell, Chip, Column, Crumb, Empty, Row, State, Table
from bulou.web.show.register import RestrictionPage
from bulou.web.show.words import count, late_words, list_words, span_words, time_of
from bulou.web.specimen_words import entry_steps, tag_words
from bulou.web.views.restriction_steps import SHOWN_ONCE, acts, list_acts


@page
def restriction(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """One restriction; the reading is logged for the person concerned."""
    row = queries.one(by, code)
    now = clock.city()
    if row.person_id:
        log_read(reader=by, subject=f"person:{row.person_id}", purpose=f"restriction {row.pk}", at=now)
    holds = Restriction.objects.filter(queries.holding(now), pk=row.pk).exists()
    about = [rules.about(row.pk), *(f"appeal:{one}" for one in row.appeals.values_list("pk", flat=True))]
    owed = duties.visible(by).filter(state=DutyState.OPEN, about__in=about).select_related("owner").order_by("due_at", "id")
    entries = Entry.objects.filter(subject__in=about).order_by("happened_at", "id")
    secret = request.session.pop(SHOWN_ONCE, {}).get(row.pk, "")
    shown = RestrictionPage(
        code=row.pk,
        what=kind_name(row.kind),
        about=list_words([whom(row), row.place_code if row.person_id else ""]),
        chip=chip_of(row, holds=holds, now=now),
        clock=_clock(row, now, holds=holds),
        clock_note=_clock_note(row, now, holds=holds),
        late=False,
        facts=_facts(row),
        notice=notice_of(row),
        duties=duty_rows.rows(list(owed[:20]), by, now=now),
        appeals=_appeals(row, now),
        steps=entry_steps(list(entries[:60])),
        acts=acts(row, by, holds=holds),
        closed=lifting_words(row.lifting) if row.lifting else said(row.closed_why),
        secret=secret,
        secret_href=request.build_absolute_uri(reverse("web:own", args=[secret])) if secret else "",
        reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)} if row.person_id else "",
    )
    crumbs = (Crumb(label=gettext("Restrictions"), href=reverse("web:restrictions")), Crumb(label=row.pk))
    frame = framed(request, by, "restrictions", title=f"{shown.what} {row.pk}", crumbs=crumbs)
    return render(request, "web/restriction.html", {"frame": frame, "page": shown})


def _clock(row: Restriction, now: datetime, *, holds: bool) -> str:
    if holds:
        return late_words(row.ends_at, now)
    if row.closed_at is not None:
        return time_of(row.closed_at, now)
    return span_words(now - row.proposed_at) if row.approved_at is None else time_of(row.ends_at, now)


def _clock_note(row: Restriction, now: datetime, *, holds: bool) -> str:
    if holds:
        return gettext("ends by itself on %(time)s") % {"time": stamp(row.ends_at)}
    if row.approved_at is None and row.closed_at is None:
        return gettext("since it was proposed")
    del now
    return gettext("since then it holds nobody")


def _facts(row: Restriction) -> tuple[Fact, ...]:
    pack = load_pack(row.pack, row.pack_version)
    rule = pack.restrictions.get(row.kind)
    return (
        Fact(label=gettext("Why"), value=said(row.reason), note=named(rule.says_zh, rule.says_en) if rule else ""),
        Fact(label=gettext("Legal basis"), value=pack.legal_bases.get(row.legal_basis, row.legal_basis)),
        Fact(
            label=gettext("Evidence"),
            value=gettext("entry %(n)s of the ledger") % {"n": row.evidence_id},
            note=list_words(
                [tag_words(row.evidence.tag), row.evidence.subject, time_of(row.evidence.happened_at, clock.city())]
            ),
        ),
        Fact(
            label=gettext("From, until"),
            value=f"{stamp(row.starts_at)} – {stamp(row.ends_at)}",
            note=rule.source if rule else "",
        ),
        Fact(
            label=gettext("Proposed by"),
            value=named(row.proposed_unit.name, row.proposed_unit.name_en),
            note=list_words([actors.signed(row.proposed_by), stamp(row.proposed_at)]),
        ),
        Fact(
            label=gettext("Approved by"),
            value=named(row.approved_unit.name, row.approved_unit.name_en) if row.approved_unit else "–",
            note=list_words([actors.signed(row.approved_by), stamp(row.approved_at)]) if row.approved_at else "",
        ),
        Fact(
            label=gettext("Notice"),
            value=stamp(row.notified_at) if row.notified_at else gettext("not delivered yet"),
            note=row.notified_how,
        ),
    )


def _appeals(row: Restriction, now: datetime) -> Table:
    return Table(
        caption=gettext("Objections"),
        columns=(
            Column(label=gettext("Filed"), lead=True),
            Column(label=gettext("What it says")),
            Column(label=gettext("Answer")),
            Column(label=gettext("Lifts by itself")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=time_of(one.filed_at, now), note=one.filed_by),
                    Cell(text=one.text),
                    Cell(text=appeal_words(one.state), note=one.answer),
                    Cell(text=stamp(one.lifts_at)),
                )
            )
            for one in row.appeals.all()
        ),
        empty=Empty(text=gettext("Nobody objected")),
    )


@page
def proposed_list(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """A list that was proposed together: how many, against which limit, and what a second superior decides."""
    row = queries.proposed_list(by, code)
    now = clock.city()
    inside = queries.listed(by, queries.Filter(show="all", in_list=row.pk), at=now)
    shown = RestrictionPage(
        code=row.pk,
        what=gettext("A list of %(n)s restrictions") % {"n": count(row.people)},
        about=row.reason,
        chip=list_chip(row.state),
        clock=count(row.counted),
        clock_note=gettext("counted with the unit's other lists; the limit is %(n)s") % {"n": count(row.allowed)},
        late=False,
        facts=(
            Fact(label=gettext("Proposed by"), value=named(row.unit.name, row.unit.name_en), note=stamp(row.proposed_at)),
            Fact(label=gettext("Decided by"), value=row.decided_by or "–"),
        ),
        notice="",
        duties=duty_rows.rows(
            list(duties.visible(by).filter(about=f"list:{row.pk}", state=DutyState.OPEN).select_related("owner")), by, now=now
        ),
        appeals=_inside(list(inside[:20]), now),
        steps=entry_steps(list(Entry.objects.filter(subject=f"list:{row.pk}").order_by("id"))),
        acts=list_acts(row, by),
        closed="",
    )
    crumbs = (Crumb(label=gettext("Restrictions"), href=reverse("web:restrictions")), Crumb(label=row.pk))
    frame = framed(request, by, "restrictions", title=shown.what, crumbs=crumbs)
    return render(request, "web/restriction.html", {"frame": frame, "page": shown})


def list_chip(state: str) -> Chip:
    """Where a list stands."""
    return {
        ListState.FREE.value: Chip(state=State.LATER, text=gettext("within the limit")),
        ListState.STOPPED.value: Chip(state=State.SOON, text=gettext("stopped")),
        ListState.CONFIRMED.value: Chip(state=State.DONE, text=pgettext("page", "confirmed")),
        ListState.REJECTED.value: Chip(state=State.DONE, text=gettext("sent back")),
    }[state]


def _inside(rows: list[Restriction], now: datetime) -> Table:
    return Table(
        caption=gettext("The first of the list"),
        columns=(
            Column(label=gettext("Restriction"), lead=True),
            Column(label=gettext("Whom")),
            Column(label=gettext("Why")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=kind_name(row.kind), note=row.pk, href=reverse("web:restriction", args=[row.pk])),
                    Cell(text=whom(row), note=row.place_code[:12]),
                    Cell(text=said(row.reason)),
                    Cell(chip=chip_of(row, holds=False, now=now)),
                )
            )
            for row in rows
        ),
        empty=Empty(text=gettext("Nothing")),
    )
