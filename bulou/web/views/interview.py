"""The interview of a case by the pack's form: what is answered is shown to who chases the case, and logged."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.investigation import interviews, queries
from bulou.investigation.models import Interview
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.policy.choices import AnswerType
from bulou.policy.forms import Question
from bulou.web.case_words import person
from bulou.web.frames import framed, in_chinese
from bulou.web.reader import page
from bulou.web.show.chase import InterviewPage
from bulou.web.show.figures import Crumb
from bulou.web.show.words import time_of
from bulou.web.views.case import section_words

LONG = 60  # a question longer than this gets a field of several lines


class InterviewForm(forms.Form):
    """The pack's questions as fields; none is required here: an interview is taken in parts."""

    def __init__(self, questions: list[Question], *given: object, **named: object) -> None:
        """One field for each question."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        known = {one.id: one for one in questions}
        for one in questions:
            self.fields[one.id] = _field(one, known)


def _field(one: Question, known: Mapping[str, Question]) -> forms.Field:
    label = one.asks_zh if in_chinese() else one.asks_en
    options = [(option.value, option.says_zh if in_chinese() else option.says_en) for option in one.options]
    before = known.get(one.asked_if[0]) if one.asked_if else None
    asks = (before.asks_zh if in_chinese() else before.asks_en) if before else ""
    help_text = gettext("Asked only by the answer to: %(what)s") % {"what": asks} if asks else ""
    said: dict[str, Any] = {"label": f"{label} *" if one.required else label, "required": False, "help_text": help_text}
    if one.type in {AnswerType.YES_NO, AnswerType.CHOICE}:
        choices = options or [("yes", gettext("yes")), ("no", gettext("no"))]
        return forms.ChoiceField(choices=[("", "–"), *choices], **said)
    if one.type is AnswerType.CHOICES:
        several = forms.SelectMultiple(attrs={"size": min(6, len(options))})
        return forms.MultipleChoiceField(choices=options, widget=several, **said)
    wide = forms.Textarea(attrs={"rows": 2}) if len(one.asks_en) > LONG else forms.TextInput()
    widgets: dict[AnswerType, forms.Widget] = {
        AnswerType.DATE: forms.DateInput(attrs={"type": "date"}),
        AnswerType.INSTANT: forms.DateTimeInput(attrs={"type": "datetime-local"}),
        AnswerType.NUMBER: forms.NumberInput(attrs={"step": "any"}),
    }
    return forms.CharField(widget=widgets.get(one.type, wide), max_length=2000, **said)


@page
def interview(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """Read and take the answers of a case's interview."""
    row = queries.case(by, code)
    permit(by, Operation.CHASE_CASE, row.place_code)
    now = clock.city()
    held = Interview.objects.filter(case=row).first()
    questions = list(interviews.form_of(held).values())
    if request.method == "POST":
        given = {one.id: _given(request, one) for one in questions}
        held = interviews.record_interview(
            case=code, answers={name: value for name, value in given.items() if value}, by=by, at=now
        )
        messages.success(request, _said(held))
        return HttpResponseRedirect(reverse("web:case", args=[code]))
    answers = interviews.answers_of(held) if held else {}
    log_read(reader=by, subject=f"person:{row.person_id}", purpose=f"interview {row.pk}"[:80], at=now)
    form = InterviewForm(questions, initial={name: _shown(value) for name, value in answers.items()})
    shown = InterviewPage(
        code=row.pk,
        heading=gettext("Interview of %(person)s") % {"person": person(row.person_id)},
        note=_said(held) if held else gettext("not begun"),
        sections=tuple(
            (section_words(section), tuple(form[one.id] for one in members))
            for section, members in groupby(questions, key=lambda one: one.section)
        ),
        form=form,
        url=reverse("web:interview", args=[row.pk]),
        back=reverse("web:case", args=[row.pk]),
        reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)},
    )
    crumbs = (Crumb(label=gettext("Chase"), href=reverse("web:chase")), Crumb(label=row.pk, href=shown.back))
    frame = framed(request, by, "chase", title=shown.heading, crumbs=(*crumbs, Crumb(label=gettext("Interview"))))
    return render(request, "web/interview.html", {"frame": frame, "page": shown})


def _given(request: HttpRequest, one: Question) -> object:
    if one.type is AnswerType.CHOICES:
        return request.POST.getlist(one.id)
    return request.POST.get(one.id, "")


def _shown(value: object) -> object:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str) and len(value) > 16 and value[10:11] == "T":  # noqa: PLR2004 - an instant: as the field writes it
        return value[:16]
    return value


def _said(held: Interview) -> str:
    if held.missing:
        return gettext("%(answered)d answered, %(missing)d required ones missing") % {
            "answered": held.answered, "missing": held.missing,
        }  # fmt: skip
    return gettext("%(answered)d answered, nothing required is missing") % {"answered": held.answered}
