"""Residents' own pages: file a request without log-in, follow it by its ticket; tries are limited, nothing is cached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from bulou.access.limits import address
from bulou.kernel import clock, codes
from bulou.kernel.actor import Door
from bulou.kernel.errors import InputFault, NotFound
from bulou.ledger.models import Entry
from bulou.requests import actions, doors, filing
from bulou.requests.book import CATEGORIES, REQUESTS, STATES
from bulou.requests.choices import Category, How, RequestState
from bulou.requests.filing import Told
from bulou.requests.models import ResidentRequest
from bulou.requests.rules import CONFIRMED_FROM, DISPUTED_FROM, LIVE
from bulou.web.frames import bare, named
from bulou.web.open_pages import districts, guarded, place_called, start
from bulou.web.show.duties import ActForm, Fact
from bulou.web.show.figures import Chip, State, state_of
from bulou.web.show.requests import AskPage, TicketPage
from bulou.web.show.words import late_words, time_of
from bulou.web.specimen_words import entry_steps

MADE = "bulou.ticket"  # the session's key for a ticket that is shown once
_LEVELS = {"community": codes.Level.COMMUNITY, "street": codes.Level.STREET, "district": codes.Level.DISTRICT}


class AskForm(forms.Form):
    """What is needed, where, and how to reach the person; only the need and the district must be said."""

    category = forms.ChoiceField(label=gettext_lazy("What is it about"), choices=lambda: list(CATEGORIES.items()))
    text = forms.CharField(
        label=gettext_lazy("What is needed"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("In your own words. In an emergency call 120 or 110 at once."),
    )  # fmt: skip
    district = forms.ChoiceField(label=gettext_lazy("District"), choices=districts)
    community = forms.CharField(
        label=gettext_lazy("Community or village"), max_length=80, required=False,
        help_text=gettext_lazy("As it is called at your door. If you do not know it, the district finds it."),
    )  # fmt: skip
    place = forms.CharField(label=gettext_lazy("Building, floor, door"), max_length=160, required=False)
    about = forms.ChoiceField(
        label=gettext_lazy("Is it a complaint about"), required=False,
        choices=lambda: [
            ("", gettext("nobody: something is needed")), ("community", gettext("the community")), ("street",
            gettext("the street office")),
            ("district", gettext("the district")),
        ],
        help_text=gettext_lazy("Whom you complain about does not see who you are; the unit above answers."),
    )  # fmt: skip
    behalf = forms.BooleanField(label=gettext_lazy("I write for somebody else"), required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Telephone"), max_length=24, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text=gettext_lazy("So that we can ask whether it was really done. Erased by rule some time after it is closed."),
    )  # fmt: skip


class TicketForm(forms.Form):
    """A ticket, typed in."""

    ticket = forms.CharField(label=gettext_lazy("The ticket that you were given"), max_length=40)


class WhyForm(forms.Form):
    """What is still missing."""

    why = forms.CharField(label=gettext_lazy("What is still missing"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


def _page(request: HttpRequest, form: AskForm, *, wrong: str = "", status: int = 200) -> HttpResponse:
    made = request.session.pop(MADE, "")
    shown = AskPage(
        form=form, url=reverse("web:ask"), door=TicketForm(), door_url=reverse("web:ask_open"), wrong=wrong, made=made,
        made_href=reverse("web:asked", args=[made]) if made else "",
    )  # fmt: skip
    return render(request, "web/ask.html", {"frame": bare(request, gettext("A request")), "page": shown}, status=status)


def _wrong(request: HttpRequest, *, wrong: str, status: int) -> HttpResponse:
    return _page(request, AskForm(initial=start(request)), wrong=wrong, status=status)


_guarded = guarded(_wrong, unknown=gettext_lazy("This ticket opens nothing. Check it, or ask the hotline for a new one."))


@_guarded
def ask(request: HttpRequest) -> HttpResponse:
    """File a request; the ticket is shown once, on the page that follows."""
    if request.method != "POST":
        return _page(request, AskForm(initial=start(request)))
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    doors.let_file(address(request))
    try:
        made = filing.file_publicly(_told(form.cleaned_data), door=Door.WEB, at=clock.city())
    except InputFault as fault:
        named_ = {"place_code": "community"}.get(fault.column, fault.column)
        form.add_error(named_ if named_ in form.fields else None, _said(fault))
        return _page(request, form, status=422)
    request.session[MADE] = made.plain_ticket  # type: ignore[attr-defined] # told once
    return HttpResponseRedirect(reverse("web:ask"))


def _said(fault: InputFault) -> str:
    return {
        "phone": gettext("This is not a telephone number. Write the digits, or leave it blank."),
        "text": gettext("Say what is needed."),
        "about": gettext("Say about whom: name the community, too, or choose a unit above it."),
    }.get(fault.column, fault.message)


def _told(given: dict[str, Any]) -> Told:
    place = place_called(given["district"], given["community"])
    level = given["about"] or ("community" if given["category"] == Category.CONDUCT else "")
    about = codes.up_to(place, _LEVELS[level]) if level else ""
    if level and not about:
        message = "the complaint names a unit that the place does not"
        raise InputFault(message, column="about")
    where = (
        given["place"]
        if place[:12] != given["district"] or not given["community"]
        else f"{given['community']} {given['place']}"
    )
    return Told(
        category=Category(given["category"]), text=given["text"], how=How.BEHALF if given["behalf"] else How.WEB,
        place_code=place,
        place=where, name=given["name"], phone=given["phone"], about=about,
    )  # fmt: skip


@require_POST
@_guarded
def ask_open(request: HttpRequest) -> HttpResponse:
    """Open a ticket that was typed in."""
    form = TicketForm(request.POST)
    ticket = form.cleaned_data["ticket"].strip().upper() if form.is_valid() else ""
    doors.with_ticket(address(request), lambda: filing.by_ticket(ticket))
    return HttpResponseRedirect(reverse("web:asked", args=[ticket]))


@_guarded
def asked(request: HttpRequest, ticket: str) -> HttpResponse:
    """How my request stands, and what I say to it."""
    row, now = doors.with_ticket(address(request), lambda: filing.by_ticket(ticket)), clock.city()
    live = row.state in LIVE
    state = RequestState(row.state)
    shown = TicketPage(
        heading=str(CATEGORIES[row.category]),
        chip=Chip(state=State(REQUESTS.looks[row.state].value), text=_stands(state)),
        until=time_of(row.due_at if live else row.confirmed_at or row.closed_at or row.due_at, now),
        left=late_words(row.due_at, now) if live else str(STATES[state]),
        late=live and state_of(row.due_at, now) is State.LATE,
        text=row.text,
        facts=_facts(row, state, now),
        steps=entry_steps(_story(row), _happened, lambda _: ""),
        acts=_acts(ticket, state),
        said={"confirm": gettext("Thank you. It is closed."),
        "dispute": gettext("It is owed again, and the unit above must look."),
              "reopen": gettext("It is open again.")}.get(request.GET.get("said", ""), ""),
    )  # fmt: skip
    return render(request, "web/asked.html", {"frame": bare(request, gettext("My request")), "page": shown})


def _stands(state: RequestState) -> str:
    """The state in the resident's words."""
    return {
        RequestState.RECEIVED: gettext("received, its owner is looked for"),
        RequestState.ASSIGNED: gettext("somebody owes it to you"),
        RequestState.DOING: gettext("being done"), RequestState.DONE_CLAIMED: gettext("the unit says that it is done: is it?"),
        RequestState.CONFIRMED: gettext("done, you confirmed it"),
        RequestState.DISPUTED: gettext("you said no: it is owed again"),
        RequestState.REFUSED: pgettext("request", "refused"), RequestState.HANDED_OVER: gettext("offered to the right unit"),
    }[state]  # fmt: skip


def _happened(tag: str) -> str:
    return {str(one): str(words) for one, words in REQUESTS.told.items()}.get(tag, "")


def _story(row: ResidentRequest) -> list[Entry]:
    """What happened, without what the desk alone needs."""
    tags = [str(tag) for tag in REQUESTS.told]
    return list(Entry.objects.filter(subject=filing.about(row.pk), tag__in=tags).order_by("happened_at", "id")[:40])


def _facts(row: ResidentRequest, state: RequestState, now: Any) -> tuple[Fact, ...]:
    found = [
        Fact(label=gettext("Whose it is"), value=named(row.unit.name, row.unit.name_en)),
        Fact(label=gettext("Filed"), value=time_of(row.filed_at, now)),
    ]
    if state is RequestState.REFUSED:
        found += [
            Fact(label=gettext("Why it is refused"), value=row.reason),
            Fact(label=gettext("Refused by"), value=row.closed_by),
        ]
    elif row.evidence and state in {RequestState.DONE_CLAIMED, RequestState.CONFIRMED}:
        found += [
            Fact(label=gettext("What the unit shows"), value=row.evidence),
            Fact(label=gettext("Said by"), value=row.closed_by),
        ]
    found.append(Fact(label=gettext("Number"), value=row.pk))
    return tuple(found)


def _acts(ticket: str, state: RequestState) -> tuple[ActForm, ...]:
    def act(key: str, label: str, means: str, form: forms.Form, *, main: bool = False, open_: bool = False) -> ActForm:
        url = reverse("web:asked_say", args=[ticket, key])
        return ActForm(key=key, label=label, means=means, url=url, form=form, button=label, main=main, open=open_)

    found = []
    if state in CONFIRMED_FROM:
        found.append(
            act("confirm", gettext("Yes, it is done"), gettext("It is closed with that"), forms.Form(), main=True, open_=True)
        )
    if state in DISPUTED_FROM:
        found.append(
            act("dispute", gettext("No, it is not"), gettext("It is owed again, and the unit above must look"), WhyForm())
        )
    if state is RequestState.CONFIRMED:
        found.append(act("reopen", gettext("Open it again"), gettext("When it has come again, within a week"), WhyForm()))
    return tuple(found)


@require_POST
@_guarded
def say(request: HttpRequest, ticket: str, step: str) -> HttpResponse:
    """Confirm, dispute or open again what the ticket opens."""
    form = WhyForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    at, door = clock.city(), Door.WEB
    does: dict[str, Callable[[], ResidentRequest]] = {
        "confirm": lambda: actions.confirm_by_ticket(ticket=ticket, door=door, at=at),
        "dispute": lambda: actions.dispute_by_ticket(ticket=ticket, why=why, door=door, at=at),
        "reopen": lambda: actions.reopen_by_ticket(ticket=ticket, why=why, door=door, at=at),
    }
    if step not in does:
        message = "no such record"
        raise NotFound(message, remedy="Check the address.")
    doors.with_ticket(address(request), does[step])
    return HttpResponseRedirect(f"{reverse('web:asked', args=[ticket])}?said={step}")
