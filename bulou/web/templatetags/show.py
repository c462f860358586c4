"""Filters with which templates write times and counts; the words themselves are in ``bulou.web.show.words``."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django import template
from django.forms import BoundField, CheckboxInput
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from bulou.kernel import clock
from bulou.web.case_words import setting_words
from bulou.web.show import words
from bulou.web.show.figures import Cell, Column, Row

register = template.Library()

register.filter("count", words.count)


@register.filter
def hhmm(at: datetime, now: datetime | None = None) -> str:
    """Clock time in the city's zone; with ``now``, the day too when it is another one."""
    return words.time_of(at, now)


@register.filter
def stamp(at: datetime) -> str:
    """Day and clock time with seconds in the city's zone: ``2022-09-16 14:26:03``."""
    return f"{clock.local(at):%Y-%m-%d %H:%M:%S}"


@register.filter
def iso(at: datetime) -> str:
    """The instant for a machine, for ``<time datetime>``."""
    return clock.local(at).isoformat(timespec="seconds")


@register.filter
def day(on: date) -> str:
    """A calendar day as the language writes it."""
    if (get_language() or "").startswith("zh"):
        return f"{on.year} 年 {on.month} 月 {on.day} 日"
    return f"{on.day} {on:%B %Y}"


@register.filter
def span(length: timedelta) -> str:
    """A span in words."""
    return words.span_words(length)


@register.filter
def described(field: BoundField) -> SafeString:
    """The field's widget, tied to its help and errors by ``aria-describedby`` and marked when it is wrong."""
    ids = [f"{field.id_for_label}-help"] if field.help_text else []
    attrs: dict[str, str | bool] = {}
    if field.errors:
        ids.append(f"{field.id_for_label}-error")
        attrs["aria-invalid"] = "true"
    if ids:
        attrs["aria-describedby"] = " ".join(ids)
    return field.as_widget(attrs=attrs)


@register.filter
def is_tick(field: BoundField) -> bool:
    """Whether the field is a single tick box, whose label stands after it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def under(row: Row, columns: tuple[Column, ...]) -> list[tuple[Column, Cell]]:
    """The cells of a row, each with the column it stands under."""
    return list(zip(columns, row.cells, strict=True))


@register.filter
def setting_name(setting: str) -> str:
    """A setting of transmission in words."""
    return setting_words(setting)
