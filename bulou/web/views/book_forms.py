"""Forms made from what a step takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from bulou.books import reading
from bulou.books.values import Book, Field, Given, Kind, Step
from bulou.kernel import clock
from bulou.kernel.actor import Actor

_INSTANT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _field(one: Field, by: Actor) -> forms.Field:  # noqa: PLR0911 - one answer for each kind
    said: dict[str, Any] = {"label": one.label, "required": one.needed, "help_text": one.help}
    choices = one.options(by) if one.options is not None else list(one.words.items()) if one.words else None
    if choices is not None:
        return forms.ChoiceField(choices=choices if one.needed else [("", "–"), *choices], **said)
    match one.kind:
        case Kind.INSTANT:
            return forms.DateTimeField(widget=_INSTANT, **said)
        case Kind.DAY:
            return forms.DateField(widget=_DAY, **said)
        case Kind.NUMBER:
            return forms.IntegerField(min_value=0, max_value=one.most, **said)
        case Kind.AMOUNT:
            return forms.DecimalField(max_value=one.most, decimal_places=3, max_digits=14, **said)
        case Kind.YES:
            return forms.BooleanField(**{**said, "required": False})
        case Kind.LONG:
            return forms.CharField(max_length=one.most, widget=forms.Textarea(attrs={"rows": 4}), **said)
        case _:
            return forms.CharField(max_length=one.most, **said)


def step_form(step: Step, by: Actor, *, given: Mapping[str, Any] | None = None) -> forms.Form:
    """The form of what the step takes; bound when something was given."""
    form = forms.Form(given, auto_id=f"{step.name}-%s")
    for one in step.takes:
        form.fields[one.name] = _field(one, by)
    return form


def given_of(step: Step, form: forms.Form) -> Given:
    """What a valid form holds, as the step's action takes it: instants in UTC."""
    return {
        one.name: clock.as_utc(value) if isinstance(value := form.cleaned_data[one.name], datetime) else value
        for one in step.takes
    }


def filter_form(book: Book, given: Mapping[str, Any]) -> forms.Form:
    """The list's filters: each column of few words, and the unit or place below which the rows lie."""
    form = forms.Form(given)
    if offered := reading.shows(book):
        words = {reading.OPEN: gettext("What is open"), reading.LATE: gettext("What is late")}
        shows = [("", gettext("All")), *((one, words[one]) for one in offered)]
        form.fields["show"] = forms.ChoiceField(label=gettext_lazy("Show"), required=False, choices=shows)
    for one in book.filters:
        choices = [("", gettext("All")), *one.words.items()]
        form.fields[one.name] = forms.ChoiceField(label=one.label, required=False, choices=choices)  # type: ignore[arg-type]
    if book.search:
        form.fields["q"] = forms.CharField(label=gettext_lazy("Name, or what people call it"), required=False, max_length=80)
    form.fields["unit"] = forms.CharField(label=gettext_lazy("Unit's code"), required=False, max_length=64)
    return form
