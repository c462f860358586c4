"""The days at home: who waits to be accepted, who is watched, who is lost from sight; and the community's steps."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import covers, may
from bulou.isolation import actions, queries
from bulou.isolation import rows as stored
from bulou.isolation.choices import CheckKind, FollowUpState, Found
from bulou.isolation.models import FollowUp, FollowUpCheck
from bulou.isolation.rules import names
from bulou.kernel import clock, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.units.models import Unit
from bulou.web.frames import framed, named
from bulou.web.isolation_words import check_words, found_words, home_words
from bulou.web.reader import page
from bulou.web.show.figures import Act, Cell, Chip, Column, Empty, Figure, Pager, Row, State, Table, clock_chip
from bulou.web.show.isolation import HomesPage
from bulou.web.show.words import count, span_words, time_of

PAGE = 50


@page
def homes(request: HttpRequest, by: Actor) -> HttpResponse:
    """Who was released from or to here and is not done, the longest first; masked, and the reading is logged."""
    now = clock.city()
    after = request.GET.get("after", "")
    found = queries.follow_ups(by)
    if after:
        since, pk = keyset.instant_of(after)
        found = found.filter(Q(released_at__gt=since) | Q(released_at=since, code__gt=pk))
    rows = list(found[: PAGE + 1])
    shown = rows[:PAGE]
    log_read(reader=by, subject=f"people:{by.unit}", purpose="home after isolation", at=now, count=len(shown))
    here = reverse("web:isolation_home")
    following = f"{here}?{urlencode({'after': keyset.key(shown[-1].released_at, shown[-1].pk)})}" if len(rows) > PAGE else ""
    waiting, lost = queries.unaccepted(by).count(), queries.lost(by, at=now).count()
    page_ = HomesPage(
        figures=(
            Figure(label=gettext("Not accepted yet"), value=count(waiting), late=bool(waiting)),
            Figure(label=gettext("At home, watched"), value=count(queries.follow_ups(by).count() - waiting)),
            Figure(label=gettext("Lost from sight"), value=count(lost), late=bool(lost)),
        ),
        table=_table(by, shown, now),
        pager=Pager(shown=len(shown), first=here if after else "", following=following),
        reading=gettext("masked; every reading is logged"),
    )
    frame = framed(request, by, "isolation_home", title=gettext("Home after isolation"))
    return render(request, "web/isolation_home.html", {"frame": frame, "page": page_})


def _table(by: Actor, rows: list[FollowUp], now: datetime) -> Table:
    labels = stored.labels({one.person_id for one in rows})
    checks: dict[str, list[FollowUpCheck]] = defaultdict(list)
    for check in FollowUpCheck.objects.filter(follow_up__in=rows).order_by("day", "kind"):
        checks[check.follow_up_id].append(check)
    units = Unit.objects.in_bulk({one.accepted_unit or one.home_code for one in rows})
    return Table(
        caption=gettext("Home after isolation"),
        columns=(
            Column(label=gettext("Person"), lead=True), Column(label=gettext("Community")), Column(label=gettext("Released")),
            Column(label=gettext("State")), Column(label=gettext("Next")), Column(label="", bare=True),
        ),
        rows=tuple(
            _row(by, one, labels[one.person_id], checks[one.pk], units[one.accepted_unit or one.home_code], now) for one in rows
        ),
        empty=Empty(text=gettext("Nobody is on the way home"), good=True),
    )  # fmt: skip


def _row(by: Actor, one: FollowUp, label: str, checks: list[FollowUpCheck], home: Unit, now: datetime) -> Row:
    due = next((check for check in checks if check.done_at is None), None)
    done = sum(check.done_at is not None for check in checks)
    limit = stored.pack_at(now).duty(names.HOME_ACCEPTED).due_at({"released_at": one.released_at, "opened_at": one.released_at})
    offered = State.LATE if limit < now else State.SOON
    shape = {FollowUpState.OFFERED: offered, FollowUpState.LOST: State.LATE}.get(FollowUpState(one.state), State.LATER)
    waits = gettext("waits %(span)s") % {"span": span_words(now - one.released_at)} if one.accepted_at is None else ""
    return Row(
        cells=(
            Cell(text=label, note=one.pk),
            Cell(text=named(home.name, home.name_en), note=home.pk),
            Cell(text=time_of(one.released_at, now)),
            Cell(chip=Chip(state=shape, text=home_words(one.state)), note=waits),
            Cell(
                text=gettext("day %(day)d of %(days)d: %(what)s")
                % {"day": due.day, "days": one.days, "what": check_words(due.kind)},
                chip=clock_chip(due.due_at, now),
                note=gettext("%(n)d done") % {"n": done},
            )
            if due
            else Cell(),
            Cell(acts=_acts(by, one, due)),
        )
    )


def _acts(by: Actor, one: FollowUp, due: FollowUpCheck | None) -> tuple[Act, ...]:
    if not may(by, Operation.FOLLOW_UP) or not covers(by, one.accepted_unit or one.home_code):
        return ()
    url = reverse("web:isolation_home_step", args=[one.pk])
    if one.state == FollowUpState.OFFERED:
        return (Act(label=gettext("Accept"), url=url, main=True, fields=(("step", "accept"),), about=one.pk),)
    if due is None:
        return ()
    fields = (("day", str(due.day)), ("kind", due.kind))
    words = [Found.WELL, Found.SYMPTOMS, Found.NOT_FOUND] if due.kind == CheckKind.HEALTH else [Found.WELL]
    labels = {Found.WELL: gettext("Sampled") if due.kind == CheckKind.TEST else found_words(Found.WELL)}
    return tuple(
        Act(
            label=labels.get(word, found_words(word)), url=url, main=word is Found.WELL, about=one.pk,
            fields=(("step", "check"), ("found", word.value), *fields),
        )
        for word in words
    )  # fmt: skip


@require_POST
@page
def home_step(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """The community accepts somebody, or enters what it found on a day."""
    if not queries.follow_ups(by).filter(pk=code).exists():
        raise NotFound(gettext("no such record"))
    now, given = clock.city(), request.POST
    if given.get("step") == "accept":
        actions.accept_home(follow_up=code, by=by, at=now)
    else:
        try:
            day, kind, found = int(given.get("day", "")), CheckKind(given.get("kind", "")), Found(given.get("found", ""))
        except ValueError as fault:
            raise InputFault(gettext("say on which day what was found"), column="found") from fault
        actions.record_check(follow_up=code, day=day, kind=kind, found=found, note=given.get("note", ""), by=by, at=now)
    return HttpResponseRedirect(reverse("web:isolation_home"))
