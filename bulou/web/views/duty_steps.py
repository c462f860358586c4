"""The steps that a duty's owner, receiver or superior takes: which of them a reader is offered, and carrying them out."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from bulou.access.choices import Operation
from bulou.access.rules import covers, may
from bulou.duties import actions, handovers, queries, rules
from bulou.duties.choices import DutyState, HandoverState
from bulou.duties.models import Duty, Handover
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.web.reader import page
from bulou.web.show.duties import ActForm
from bulou.web.show.figures import Act


class WordsForm(forms.Form):
    """A reason in plain words."""

    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class EvidenceForm(forms.Form):
    """What shows that it is done."""

    ref = forms.CharField(label=gettext_lazy("Evidence"), max_length=120)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class UnitForm(forms.Form):
    """To which unit, and why."""

    to_unit = forms.CharField(label=gettext_lazy("Unit's code"), max_length=64)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


def _words(label: str, key: str) -> WordsForm:
    form = WordsForm(auto_id=f"{key}-%s")
    form.fields["reason"].label = label
    return form


def acts(row: Duty, by: Actor) -> tuple[ActForm, ...]:  # noqa: C901 - one condition for each step
    """The steps that this reader may take now, each with its form."""
    if row.state != DutyState.OPEN:
        return ()
    offer = Handover.objects.filter(duty=row, state=HandoverState.OFFERED).first()
    found: list[ActForm] = []

    def add(key: str, label: str, means: str, form: forms.Form, button: str, *, main: bool = False) -> None:
        url = reverse(f"web:duty_{key}", args=[row.pk])
        found.append(ActForm(key=key, label=label, means=means, url=url, form=form, button=button, main=main, open=main))

    if covers(by, row.owner_id) and may(by, Operation.ANSWER_DUTY):
        add(
            "fulfil", gettext("Fulfil"), gettext("with evidence; the duty ends"), EvidenceForm(auto_id="fulfil-%s"),
            gettext("Fulfil"), main=row.owner_id == by.unit,
        )  # fmt: skip
        add(
            "explain", gettext("Say why it waits"), gettext("the desk shows it beside the clock"),
            _words(gettext("Why"), "explain"), gettext("Say it"),
        )  # fmt: skip
    if covers(by, row.owner_id) and may(by, Operation.HAND_OVER) and offer is None:
        add(
            "handover", gettext("Hand over"), gettext("yours until they accept"), UnitForm(auto_id="handover-%s"),
            gettext("Offer"),
        )  # fmt: skip
    if offer is not None and covers(by, offer.receiver_id) and may(by, Operation.HAND_OVER):
        add(
            "refuse", gettext("Refuse the offer"), gettext("with a reason; refused twice, the common superior decides"),
            _words(gettext("Why it is not ours"), "refuse"), gettext("Refuse"),
        )  # fmt: skip
    if row.owner_id == by.unit and may(by, Operation.ANSWER_DUTY):
        add(
            "cannot", gettext("Cannot: no capacity"), gettext("keeps time and reason; the superior owes an answer"),
            _words(gettext("What is lacking"), "cannot"), gettext("Answer"),
        )  # fmt: skip
    if rules.is_above(by.unit, row.owner_id):
        if may(by, Operation.DECIDE_OWNER):
            add(
                "decide", gettext("Decide who owns it"), gettext("a unit above both sides decides; no acceptance is asked"),
                UnitForm(auto_id="decide-%s"), gettext("Decide"),
            )  # fmt: skip
        if may(by, Operation.TAKE_OVER):
            add("take", gettext("Take over"), gettext("you own it from now on"), forms.Form(), gettext("Take over"))
        if may(by, Operation.WAIVE_DUTY):
            add(
                "waive", gettext("Waive"), gettext("signed by a superior only, with a reason"),
                _words(gettext("Why nobody needs to do it"), "waive"), gettext("Waive"),
            )  # fmt: skip
    return tuple(found)


def quick(row: Duty, by: Actor) -> tuple[Act, ...]:
    """The one step that stands beside the headline: accept, withdraw, or see the thing itself."""
    if row.state != DutyState.OPEN:
        return ()
    offer = Handover.objects.filter(duty=row, state=HandoverState.OFFERED).first()
    if offer is not None and covers(by, offer.receiver_id):
        return (Act(label=gettext("Accept"), url=reverse("web:duty_accept", args=[row.pk]), main=True),)
    if offer is not None and row.owner_id == by.unit:
        return (Act(label=gettext("Withdraw the offer"), url=reverse("web:duty_withdraw", args=[row.pk])),)
    thing, _, key = row.about.partition(":")
    if thing == "box":
        return (Act(label=gettext("See the box"), url=reverse("web:box", args=[key]), main=True, get=True),)
    return ()


Change = Callable[[str, Actor, HttpRequest], None]


def step(change: Change) -> Callable[..., HttpResponse]:
    """A step on a duty: seen by the reader, carried out by the room's action, and back to the story."""

    @require_POST
    @page
    def taken(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
        queries.duty(by, id)
        change(id, by, request)
        messages.success(request, gettext("Done; it stands in the ledger."))
        return HttpResponseRedirect(reverse("web:duty", args=[id]))

    return taken


def _given(request: HttpRequest, name: str = "reason", *, needed: bool = True) -> str:
    found = request.POST.get(name, "").strip()
    if needed and not found:
        raise InputFault(gettext("This step needs words."), column=name, remedy=gettext("Go back and fill in the field."))
    return found


@step
def fulfil(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Close with evidence."""
    note = _given(request, "note", needed=False)
    actions.fulfil(duty_id=duty_id, kind="note", ref=_given(request, "ref"), note=note, by=by, at=clock.city())


@step
def explain(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Say why it waits."""
    actions.explain(duty_id=duty_id, why=_given(request), by=by, at=clock.city())


@step
def offer(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Offer to another unit."""
    note = _given(request, needed=False)
    to_unit = _given(request, "to_unit")
    handovers.offer_handover(duty_id=duty_id, to_unit=to_unit, note=note, by=by, at=clock.city())


@step
def accept(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Accept an offer."""
    del request
    handovers.accept_handover(duty_id=duty_id, by=by, at=clock.city())


@step
def refuse(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Refuse an offer."""
    handovers.refuse_handover(duty_id=duty_id, reason=_given(request), by=by, at=clock.city())


@step
def withdraw(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Take an offer back."""
    del request
    handovers.withdraw_handover(duty_id=duty_id, by=by, at=clock.city())


@step
def cannot(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """No capacity."""
    actions.answer_no_capacity(duty_id=duty_id, reason=_given(request), by=by, at=clock.city())


@step
def decide(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Decide the owner."""
    to_unit, reason = _given(request, "to_unit"), _given(request)
    handovers.decide_owner(duty_id=duty_id, to_unit=to_unit, reason=reason, by=by, at=clock.city())


@step
def take(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Take over."""
    del request
    actions.take_over(duty_id=duty_id, by=by, at=clock.city())


@step
def waive(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Waive."""
    actions.waive(duty_id=duty_id, reason=_given(request), by=by, at=clock.city())
