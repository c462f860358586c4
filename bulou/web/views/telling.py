"""Without an account: ask a question or name a rumour and read what was answered; report a danger or a crowd."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bulou.access.limits import address
from bulou.duties.opening import existing_owners
from bulou.hazards import actions as hazards
from bulou.hazards.book import KINDS as DANGERS
from bulou.hazards.choices import HazardKind
from bulou.hazards.choices import How as Came
from bulou.kernel import clock, codes
from bulou.kernel.actor import Door
from bulou.kernel.errors import InputFault
from bulou.notices import actions as notices
from bulou.notices import queries
from bulou.notices.book import KINDS, VERDICTS
from bulou.notices.choices import AskedKind, How, QuestionState
from bulou.notices.models import AskedQuestion
from bulou.requests import doors
from bulou.requests.filing import resident
from bulou.requests.rules import read_phone
from bulou.web.frames import bare, named
from bulou.web.open_pages import districts, guarded, let_read, place_called, start
from bulou.web.place_words import division_names, place_words
from bulou.web.show.door import Answer, AnswersPage, HazardPage
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Chip, State
from bulou.web.show.words import time_of

ASKED, REPORTED = "bulou.question", "bulou.hazard"  # the session's keys for a number that is shown once
MOST = 50


class _Where(forms.Form):
    """The district and the community, as they are called."""

    district = forms.ChoiceField(label=gettext_lazy("District"), choices=districts)
    community = forms.CharField(label=gettext_lazy("Community or village"), max_length=80, required=False)


class QuestionForm(_Where):
    """What is asked or told; nobody's name."""

    kind = forms.ChoiceField(label=gettext_lazy("What is it"), choices=lambda: list(KINDS.items()))
    text = forms.CharField(
        label=gettext_lazy("In your words"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Please write nobody's name. Who asks is not kept."),
    )  # fmt: skip
    field_order = ("kind", "text", "district", "community")


class HazardForm(_Where):
    """What is dangerous, and where."""

    kind = forms.ChoiceField(label=gettext_lazy("What is it"), choices=lambda: list(DANGERS.items()))
    what = forms.CharField(
        label=gettext_lazy("What do you see"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("If a life is in danger call 119, 120 or 110 first."),
    )  # fmt: skip
    people = forms.IntegerField(
        label=gettext_lazy("How many people"), min_value=0, max_value=500_000, required=False,
        help_text=gettext_lazy("Of a crowd; an estimate will do"),
    )  # fmt: skip
    place = forms.CharField(
        label=gettext_lazy("Where exactly"), max_length=160, help_text=gettext_lazy("The gate, the stairs, the street")
    )
    phone = forms.CharField(
        label=gettext_lazy("Telephone"), max_length=24, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text=gettext_lazy("Only if we may ask back. Erased by rule some time after it is over."),
    )  # fmt: skip
    hidden = forms.BooleanField(
        label=gettext_lazy("In confidence: whom it concerns does not see that I said it"), required=False
    )
    field_order = ("kind", "what", "people", "district", "community", "place", "phone", "hidden")


def _answers(request: HttpRequest, *, form: QuestionForm | None = None, wrong: str = "", status: int = 200) -> HttpResponse:
    now = clock.city()
    place = request.GET.get("place", "")
    place = place if codes.is_place(place) else ""
    found = list(queries.answers(place)[: MOST + 1])
    names = division_names([place]) if place else {}
    page = AnswersPage(
        form=form or QuestionForm(initial=start(request)), url=request.get_full_path(), wrong=wrong,
        made=_became(request.session.pop(ASKED, ""), now), answers=tuple(_answer(row, now) for row in found[:MOST]),
        empty=gettext("Nothing has been answered for %(place)s yet.") % {"place": place_words(place, names)} if place
        else gettext("Nothing has been answered yet."),
        more=gettext("These are the latest %(number)d.") % {"number": MOST} if len(found) > MOST else "",
    )  # fmt: skip
    return render(
        request, "web/answers.html", {"frame": bare(request, gettext("Questions and rumours")), "page": page}, status=status
    )


def _became(code: str, now: Any) -> str:
    row = AskedQuestion.objects.filter(pk=code).select_related("unit").first() if code else None
    if row is None:
        return ""
    if row.state == QuestionState.ANSWERED:
        return gettext("This was asked before. The answer stands below: “%(text)s”") % {"text": row.text}
    said = {"unit": named(row.unit.name, row.unit.name_en), "at": time_of(row.due_at, now), "code": row.pk}
    return gettext("Taken down as %(code)s. %(unit)s answers here by %(at)s; if it does not, the unit above is told.") % said


def _answer(row: AskedQuestion, now: Any) -> Answer:
    word = VERDICTS[row.verdict] if row.verdict else KINDS[row.kind]
    chip = Chip(state=State.PLAIN, text=str(word))
    return Answer(
        question=row.text, chip=chip, answer=named(row.answer_zh, row.answer_en),
        facts=(
            Fact(label=gettext("It rests on"), value=row.evidence),
            Fact(label=gettext("Who answered"), value=named(row.unit.name, row.unit.name_en),
                 note=time_of(row.answered_at or now, now)),
        ),
    )  # fmt: skip


@guarded(_answers)
def answers(request: HttpRequest) -> HttpResponse:
    """Read what was answered, and ask."""
    if request.method != "POST":
        let_read(request)
        return _answers(request)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _answers(request, form=form, status=422)
    doors.let_file(address(request))
    given = form.cleaned_data
    place = place_called(given["district"], given["community"])
    row = notices.ask_openly(
        kind=AskedKind(given["kind"]), text=given["text"], how=How.WEB, place_code=place, by=resident(Door.WEB, place),
        at=clock.city(),
    )  # fmt: skip
    request.session[ASKED] = row.pk
    return HttpResponseRedirect(f"{reverse('web:answers')}?place={place}")


def _danger(request: HttpRequest, *, form: HazardForm | None = None, wrong: str = "", status: int = 200) -> HttpResponse:
    made = request.session.pop(REPORTED, None) or ("", "")
    page = HazardPage(
        form=form or HazardForm(initial={**start(request)}),
        url=reverse("web:hazard_report"),
        wrong=wrong,
        made=made[0],
        said=made[1],
    )
    frame = bare(request, gettext("A danger or a crowd"))
    return render(request, "web/hazard_report.html", {"frame": frame, "page": page}, status=status)


@guarded(_danger)
def hazard(request: HttpRequest) -> HttpResponse:
    """Report a danger or a crowd; its number is shown once."""
    if request.method != "POST":
        return _danger(request)
    form = HazardForm(request.POST)
    if not form.is_valid():
        return _danger(request, form=form, status=422)
    doors.let_file(address(request))
    given = form.cleaned_data
    place = place_called(given["district"], given["community"])
    unit, now = existing_owners([place])[place], clock.city()
    try:
        row = hazards.report_openly(
            kind=HazardKind(given["kind"]), unit=unit, place_code=place, place=given["place"], what=given["what"], how=Came.WEB,
            people=given["people"],
            in_confidence=given["hidden"], phone=read_phone(given["phone"]), by=resident(Door.WEB, unit),
            at=now,
        )  # fmt: skip
    except InputFault as fault:
        words = {
            "people": gettext("Say how many people there are; an estimate will do."),
            "phone": gettext("This is not a telephone number. Write the digits, or leave it blank."),
        }
        form.add_error(fault.column if fault.column in form.fields else None, words.get(fault.column, fault.message))
        return _danger(request, form=form, status=422)
    said = gettext("%(unit)s owes that it is over by %(at)s; if nobody goes, the unit above is told.") % {
        "unit": named(row.unit.name, row.unit.name_en), "at": time_of(row.due_at, now),
    }  # fmt: skip
    request.session[REPORTED] = [row.pk, said]
    return HttpResponseRedirect(reverse("web:hazard_report"))
