"""How a base number became another: by cause, and place by place down to the community."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext

from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.people import base_numbers
from bulou.people.base_numbers import Movement
from bulou.web.frames import framed
from bulou.web.people_words import cause_words
from bulou.web.reader import page
from bulou.web.show.figures import Align, Cell, Column, Crumb, Empty, Row, Table
from bulou.web.show.reading import Equation, MovementPage, Term
from bulou.web.show.words import count

DAYS = (1, 7, 30, 90)


class SpanForm(forms.Form):
    """Which place, over how many days."""

    place = forms.CharField(label=gettext_lazy("Place or area"), required=False, max_length=32)
    days = forms.TypedChoiceField(label=gettext_lazy("Days"), coerce=int, empty_value="7", required=False)

    def __init__(self, *given: object, **named: object) -> None:
        """The spans that are offered."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        self.fields["days"].choices = [(days, str(days)) for days in DAYS]  # type: ignore[attr-defined]


def signed(number: int) -> str:
    """A change with its sign, zero without."""
    return f"{number:+,}" if number else "0"


def address(place: str, days: int) -> str:
    """The page of a place over so many days."""
    return f"{reverse('web:base_number')}?{urlencode({'place': place, 'days': days})}"


@page
def base_number(request: HttpRequest, by: Actor) -> HttpResponse:
    """The base number's movement in a place; every place below leads to its own."""
    form = SpanForm(request.GET or {"place": "", "days": 7})
    given = form.cleaned_data if form.is_valid() else {}
    place, days = given.get("place") or codes.territory(by.unit), int(given.get("days") or 7)
    now = clock.city()
    found = base_numbers.movement(by, place, since=now - timedelta(days=days), until=now)
    shown = MovementPage(
        place=found.name,
        since=clock.local(found.since),
        until=clock.local(found.until),
        form=form,
        equation=equation(found),
        causes=causes(found),
        parts=_parts(found, days),
    )
    frame = framed(request, by, "figures", title=gettext("Base number"), crumbs=_crumbs(by, place, days))
    return render(request, "web/base_number.html", {"frame": frame, "page": shown})


def equation(found: Movement) -> Equation:
    """Before and the changes give after; and all changes ever are the people who stay there."""
    terms = [Term(sign="", label=gettext("before"), value=count(found.before))]
    for step in found.steps:
        sign = "−" if step.change < 0 else "+"
        terms.append(Term(sign=sign, label=cause_words(step.cause), value=count(abs(step.change))))
    difference = ""
    if not found.holds:
        said = gettext("the changes give %(changes)s, and %(people)s people stay there")
        difference = said % {"changes": count(found.now), "people": count(found.residents)}
    return Equation(
        label=gettext("Base number of %(place)s") % {"place": found.name},
        terms=tuple(terms),
        result_label=gettext("now"),
        result=count(found.after),
        holds=found.holds,
        difference=difference,
    )


def causes(found: Movement) -> Table:
    """Who came and who went, by cause."""
    return Table(
        caption=gettext("By cause"),
        columns=(
            Column(label=gettext("Cause"), lead=True),
            Column(label=gettext("Came"), align=Align.NUMBER),
            Column(label=gettext("Went"), align=Align.NUMBER),
            Column(label=pgettext("base number", "Change"), align=Align.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=cause_words(step.cause)),
                    Cell(text=signed(step.added)),
                    Cell(text=signed(step.taken)),
                    Cell(text=signed(step.change)),
                )
            )
            for step in found.steps
        ),
        empty=Empty(text=gettext("Nobody came and nobody went"), good=True),
    )


def _parts(found: Movement, days: int) -> Table:
    return Table(
        caption=gettext("By place"),
        columns=(
            Column(label=gettext("Place"), lead=True),
            Column(label=gettext("Before"), align=Align.NUMBER),
            Column(label=gettext("After"), align=Align.NUMBER),
            Column(label=pgettext("base number", "Change"), align=Align.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=part.name, href=address(part.code, days)),
                    Cell(text=count(part.before)),
                    Cell(text=count(part.after)),
                    Cell(text=signed(part.change)),
                )
            )
            for part in found.parts
        ),
        empty=Empty(text=gettext("No places below"), note=gettext("Changes are kept by community.")),
    )


def _crumbs(by: Actor, place: str, days: int) -> tuple[Crumb, ...]:
    """The places above this one that the reader may see."""
    if not codes.is_place(place):
        return ()
    above = [code for code in reversed(codes.chain(place)[1:]) if codes.is_below(code, by.unit) and code != "CN"]
    names = base_numbers.names(above)
    return tuple(Crumb(label=names.get(code, code), href=address(code, days)) for code in above)
