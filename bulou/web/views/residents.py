"""Residents by form: entering somebody, changing what is known, births, departures, deaths, returns, double entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from bulou.access.choices import Operation
from bulou.access.rules import may, permit
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault
from bulou.people import actions
from bulou.people.actions import About
from bulou.people.choices import DriftCause, IdentityKind, Vulnerability
from bulou.people.models import Resident
from bulou.web.frames import framed
from bulou.web.people_words import cause_words, document_words
from bulou.web.reader import page
from bulou.web.show.duties import ActForm
from bulou.web.show.reading import ResidentFormPage
from bulou.web.views.round_tables import needs_words

_DATE = {"type": "date"}


def _date(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"))


class PersonForm(forms.Form):
    """What is known of a person; an empty field leaves what stands (masked things are never shown to be copied)."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=80)
    identity_kind = forms.ChoiceField(label=gettext_lazy("Document"), required=False)
    identity_number = forms.CharField(label=gettext_lazy("Identity number"), required=False, max_length=40)
    birth_on = _date(gettext_lazy("Born on"), required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), required=False, max_length=32)
    household_id = forms.CharField(label=gettext_lazy("Household"), required=False, max_length=40)
    guardian_id = forms.CharField(label=gettext_lazy("Guardian's person number"), required=False, max_length=40)
    vulnerable = forms.MultipleChoiceField(
        label=gettext_lazy("Needs"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"})
    )

    def __init__(self, *given: object, **named: object) -> None:
        """The choices in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        kinds = [(kind.value, document_words(kind.value)) for kind in IdentityKind]
        self.fields["identity_kind"].choices = [("", gettext("by the number")), *kinds]  # type: ignore[attr-defined]
        needs = [(need.value, needs_words(need.value)) for need in Vulnerability]
        self.fields["vulnerable"].choices = needs  # type: ignore[attr-defined]

    def about(self) -> About:
        """What is given; empty fields are left out, the needs always stand as ticked."""
        given = {name: value for name, value in self.cleaned_data.items() if name in _FIELDS and value}
        return About(**{**given, "vulnerable": ";".join(self.cleaned_data["vulnerable"])})


_FIELDS = frozenset({"name", "identity_kind", "identity_number", "birth_on", "phone", "household_id", "guardian_id"})


class RegisterForm(PersonForm):
    """Somebody new."""

    person_id = forms.CharField(label=gettext_lazy("Person number"), max_length=40)
    place_code = forms.CharField(label=gettext_lazy("Place code"), max_length=21)
    cause = forms.ChoiceField(label=gettext_lazy("Why now"))
    since_on = _date(gettext_lazy("Here since"), required=False)
    field_order = ("person_id", "place_code", "cause", "since_on")

    def __init__(self, *given: object, **named: object) -> None:
        """The causes in the reader's language."""
        super().__init__(*given, **named)
        causes = (DriftCause.REGISTERED, DriftCause.ARRIVED, DriftCause.FOUND)
        self.fields["cause"].choices = [(cause.value, cause_words(cause.value)) for cause in causes]  # type: ignore[attr-defined]


class ChangeForm(PersonForm):
    """The same for somebody who stands, and a move."""

    place_code = forms.CharField(label=gettext_lazy("Place code"), required=False, max_length=21)


class EndForm(forms.Form):
    """Why somebody is on no base number any more."""

    cause = forms.ChoiceField(label=gettext_lazy("Why"))
    on = _date(gettext_lazy("On"))
    same_as = forms.CharField(label=gettext_lazy("Entered twice: the entry that stays"), required=False, max_length=40)
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=300)

    def __init__(self, *given: object, **named: object) -> None:
        """The causes in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        causes = (DriftCause.LEFT, DriftCause.DIED, DriftCause.DUPLICATE, DriftCause.CORRECTED)
        self.fields["cause"].choices = [(cause.value, cause_words(cause.value)) for cause in causes]  # type: ignore[attr-defined]


class ReturnForm(forms.Form):
    """Where somebody who had left stays now."""

    place_code = forms.CharField(label=gettext_lazy("Place code"), required=False, max_length=21)


class BirthForm(forms.Form):
    """A newborn in this person's care."""

    person_id = forms.CharField(label=gettext_lazy("Person number of the child"), max_length=40)
    birth_on = _date(gettext_lazy("Born on"))
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=80)


def acts(row: Resident, by: Actor) -> tuple[ActForm, ...]:
    """The steps on a person that this reader may take."""
    if not may(by, Operation.KEEP_PEOPLE):
        return ()
    found: list[ActForm] = []

    def add(key: str, label: str, means: str, form: forms.Form, button: str) -> None:
        url = reverse(f"web:person_{key}", args=[row.pk])
        found.append(ActForm(key=key, label=label, means=means, url=url, form=form, button=button))

    if row.left_on is not None:
        form = ReturnForm(auto_id="return-%s", initial={"place_code": row.place_code})
        add("return", gettext("Is here again"), gettext("back on the base number"), form, gettext("Record"))
        return tuple(found)
    stands = {"household_id": row.household_id, "vulnerable": row.vulnerable.split(";"), "place_code": row.place_code}
    change = ChangeForm(auto_id="change-%s", initial=stands)
    add(
        "change", gettext("Change or move"), gettext("the person stays the same; empty fields stay as they are"), change,
        gettext("Save the change"),
    )  # fmt: skip
    add(
        "birth", gettext("Record a birth"), gettext("a child in this person's care, without papers yet"),
        BirthForm(auto_id="birth-%s"), gettext("Record"),
    )  # fmt: skip
    end = EndForm(auto_id="end-%s", initial={"on": clock.day_of(clock.city())})
    add("end", gettext("Left, died, entered twice"), gettext("off the base number, never deleted"), end, gettext("Record"))
    return tuple(found)


@page
def register(request: HttpRequest, by: Actor) -> HttpResponse:
    """Enter somebody; what is wrong stands beside its field, and nothing that was written is lost."""
    permit(by, Operation.KEEP_PEOPLE)
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = actions.register_resident(
                person_id=given["person_id"].strip(), place_code=given["place_code"].strip(), about=form.about(),
                cause=DriftCause(given["cause"]), since_on=given["since_on"], by=by, at=clock.city(),
            )  # fmt: skip
        except (InputFault, Conflict) as fault:
            form.add_error(fault.column if fault.column in form.fields else None, f"{fault.message}. {fault.remedy}")
        else:
            messages.success(request, gettext("Done; it stands in the ledger."))
            return HttpResponseRedirect(reverse("web:person", args=[row.pk]))
    frame = framed(request, by, "people", title=gettext("Enter a resident"))
    shown = ResidentFormPage(form=form, url=reverse("web:people_register"))
    return render(request, "web/resident_form.html", {"frame": frame, "page": shown})


Step = Callable[[str, forms.Form, Actor], str]


def _step(kind: type[forms.Form]) -> Callable[[Step], Callable[..., HttpResponse]]:
    """A step on a person: the form read, the room's action, and back to the page that the step names."""

    def made(do: Step) -> Callable[..., HttpResponse]:
        @require_POST
        @page
        def taken(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
            form = kind(request.POST)
            permit(by, Operation.KEEP_PEOPLE)
            if not form.is_valid():
                column, words = next(iter(form.errors.items()))
                raise InputFault(str(words[0]), column=str(form.fields[column].label), remedy=gettext("Go back and mend it."))
            back = do(id, form, by)
            messages.success(request, gettext("Done; it stands in the ledger."))
            return HttpResponseRedirect(reverse("web:person", args=[back]))

        return taken

    return made


@_step(ChangeForm)
def change(person_id: str, form: forms.Form, by: Actor) -> str:
    """Correct, complete, move."""
    if not isinstance(form, ChangeForm):
        raise TypeError
    actions.change_resident(
        person_id=person_id, about=form.about(), place_code=form.cleaned_data["place_code"].strip(), by=by, at=clock.city()
    )
    return person_id


@_step(EndForm)
def end(person_id: str, form: forms.Form, by: Actor) -> str:
    """Off the base number, with its cause."""
    given, now = form.cleaned_data, clock.city()
    cause = DriftCause(given["cause"])
    if cause is DriftCause.LEFT:
        actions.record_departure(person_id=person_id, on=given["on"], by=by, at=now)
    elif cause is DriftCause.DIED:
        actions.record_death(person_id=person_id, on=given["on"], by=by, at=now)
    else:
        same_as = given["same_as"].strip()
        if (cause is DriftCause.DUPLICATE) != bool(same_as):
            message = gettext("Entered twice names the entry that stays, a mistake names none.")
            raise InputFault(message, column="same_as", remedy=gettext("Go back and mend it."))
        actions.strike_resident(person_id=person_id, same_as=same_as, reason=given["reason"], by=by, at=now)
    return person_id


@_step(ReturnForm)
def come_back(person_id: str, form: forms.Form, by: Actor) -> str:
    """On the base number again."""
    actions.record_return(person_id=person_id, place_code=form.cleaned_data["place_code"].strip(), by=by, at=clock.city())
    return person_id


@_step(BirthForm)
def birth(person_id: str, form: forms.Form, by: Actor) -> str:
    """A child in this person's care; its own page follows."""
    given = form.cleaned_data
    made = actions.record_birth(
        person_id=given["person_id"].strip(), guardian_id=person_id, birth_on=given["birth_on"], name=given["name"], by=by,
        at=clock.city(),
    )  # fmt: skip
    return made.pk
