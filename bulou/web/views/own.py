"""The person's own page: opened by the code printed on a notice, without log-in; tries are limited, nothing is cached."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bulou.access.models import ReadLog
from bulou.kernel import clock
from bulou.kernel.errors import BulouError, NotFound
from bulou.policy import load_pack
from bulou.restrictions import actions
from bulou.restrictions.choices import AppealState
from bulou.restrictions.models import Appeal
from bulou.restrictions.notices import kind_words
from bulou.restrictions.own import Own, open_own
from bulou.restrictions.wording import why as said
from bulou.units.models import Unit
from bulou.web.frames import bare, named
from bulou.web.restriction_words import appeal_words, chip_of, notice_of, stamp
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Cell, Column, Empty, Row, Table
from bulou.web.show.register import OwnDoorPage, OwnPage
from bulou.web.show.words import late_words, time_of

TRIES, WITHIN_S = 20, 600  # wrong codes from one address; operational, no document. A code has 78 bits without it.


class CodeForm(forms.Form):
    """The code of a notice."""

    code = forms.CharField(label=gettext_lazy("The code on your notice"), max_length=40)


class ObjectForm(forms.Form):
    """An objection in the person's own words."""

    text = forms.CharField(label=gettext_lazy("What is wrong"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 4}))


def _limited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrong codes are counted by address; above the limit nobody there is answered until the time has passed."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = f"bulou.own:{request.META.get('REMOTE_ADDR', '')}"
        if cache.get(key, 0) >= TRIES:
            return _door(request, gettext("Too many wrong codes. Try again in ten minutes, or ask your community."), status=429)
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            cache.add(key, 0, WITHIN_S)
            cache.incr(key)
            return _door(
                request, gettext("This code opens nothing. Check it, or ask your community for a new one."), status=404
            )
        except BulouError as fault:
            return _door(request, fault.message, status=409)

    return never_cache(guarded)


def _door(request: HttpRequest, wrong: str, *, status: int = 200) -> HttpResponse:
    shown = OwnDoorPage(form=CodeForm(), url=reverse("web:own_door"), wrong=wrong)
    frame = bare(request, gettext("My notice"))
    return render(request, "web/own_door.html", {"frame": frame, "page": shown}, status=status)


@_limited
def door(request: HttpRequest) -> HttpResponse:
    """Where the code is typed in."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"].strip().upper()
        open_own(code, at=clock.city())
        return HttpResponseRedirect(reverse("web:own", args=[code]))
    return _door(request, "")


@_limited
def own(request: HttpRequest, code: str) -> HttpResponse:
    """What restricts me, why, until when, by whom, on what law, who looked at my data, and how I object."""
    now = clock.city()
    found = open_own(code, at=now)
    row = found.restriction
    pack = load_pack(row.pack, row.pack_version)
    rule = pack.restrictions.get(row.kind)
    asked = any(one.state == AppealState.OPEN for one in found.appeals)
    proposer, approver = row.proposed_unit, row.approved_unit
    shown = OwnPage(
        heading=kind_words(row.kind),
        chip=chip_of(row, holds=found.holds, now=now),
        until=stamp(row.ends_at if found.holds else row.closed_at or row.ends_at),
        left=late_words(row.ends_at, now) if found.holds else gettext("it holds you no longer"),
        facts=(
            Fact(label=gettext("Why"), value=said(row.reason), note=named(rule.says_zh, rule.says_en) if rule else ""),
            Fact(label=gettext("Legal basis"), value=pack.legal_bases.get(row.legal_basis, row.legal_basis)),
            Fact(label=gettext("Proposed by"), value=named(proposer.name, proposer.name_en)),
            Fact(label=gettext("Approved by"), value=named(approver.name, approver.name_en) if approver else "–"),
            Fact(label=gettext("The rule's longest time"), value=_days(row.longest_s), note=rule.source if rule else ""),
            Fact(label=gettext("Number"), value=row.pk),
        ),
        notice=notice_of(row),
        appeals=_appeals(found),
        reads=_reads(found.reads),
        form=ObjectForm() if found.holds and not asked else None,
        url=reverse("web:own_object", args=[code]),
        said=request.GET.get("said", "") and gettext("Your objection is filed. Another unit must answer it."),
    )
    return render(request, "web/own.html", {"frame": bare(request, gettext("My notice")), "page": shown})


def _days(seconds: int) -> str:
    return gettext("%(n)s days") % {"n": f"{seconds / 86_400:g}"}


def _appeals(found: Own) -> Table:
    def row(one: Appeal) -> Row:
        return Row(
            cells=(
                Cell(text=stamp(one.filed_at)),
                Cell(text=one.text),
                Cell(text=appeal_words(one.state), note=one.answer),
                Cell(text=stamp(one.answer_by)),
                Cell(text=stamp(one.lifts_at)),
            )
        )

    return Table(
        caption=gettext("My objections"),
        columns=(
            Column(label=gettext("Filed"), lead=True),
            Column(label=gettext("What it says")),
            Column(label=gettext("Answer")),
            Column(label=gettext("Answer due")),
            Column(label=gettext("Lifts by itself")),
        ),
        rows=tuple(row(one) for one in found.appeals),
        empty=Empty(text=gettext("You have not objected")),
    )


def _purpose(text: str) -> str:
    """Why somebody looked, in words."""
    if text.startswith("restriction "):
        return gettext("read this restriction")
    return {"page": gettext("read my page"), "list": gettext("read a list"), "export": gettext("took a list out")}.get(
        text, text
    )


def _reads(reads: tuple[ReadLog, ...]) -> Table:
    units = Unit.objects.in_bulk({one.unit for one in reads})

    def name(code: str) -> str:
        return named(units[code].name, units[code].name_en) if code in units else code

    return Table(
        caption=gettext("Who looked at my data"),
        columns=(Column(label=gettext("When"), lead=True), Column(label=gettext("Unit")), Column(label=gettext("Purpose"))),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=time_of(one.read_at, clock.city())),
                    Cell(text=name(one.unit)),
                    Cell(text=_purpose(one.purpose)),
                )
            )
            for one in reads
        ),
        empty=Empty(text=gettext("Nobody yet")),
    )


@require_POST
@_limited
def file_objection(request: HttpRequest, code: str) -> HttpResponse:
    """Object; the answer is another unit's duty, and silence lifts."""
    form = ObjectForm(request.POST)
    if form.is_valid():
        actions.appeal_by_code(secret=code, text=form.cleaned_data["text"], at=clock.city())
        return HttpResponseRedirect(f"{reverse('web:own', args=[code])}?said=1")
    return HttpResponseRedirect(reverse("web:own", args=[code]))
