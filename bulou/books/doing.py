"""Carrying out a step of a book: what every line would check alike is checked here, then the line's own action runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from bulou.books.values import Field, Given, Kind, Step
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault
from bulou.units.models import Unit


@transaction.atomic
def carry_out(step: Step, *, code: str, given: Given, by: Actor, at: datetime) -> Model:
    """Call the step's action with what was given; returns the row.

    Optional numbers and times that were left out are None, texts blank. ``InputFault`` names the field of a unit that does
    not exist or of a place code that is none.
    """
    named = {str(given[one.name]) for one in step.takes if one.kind is Kind.UNIT and given[one.name]}
    units = set(Unit.objects.filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    for one in step.takes:
        _check(one, given[one.name], units)
    return step.act(code=code, **_said(step, given), by=by, at=at)


@transaction.atomic
def carry_out_many(step: Step, *, rows: Sequence[tuple[str, Given]], by: Actor, at: datetime) -> list[BulouError | None]:
    """The same for many rows of (code, what was given), by the step's action for many: what refuses each, or None."""
    if step.many is None:
        message = f"{step.name} takes one row at a time"
        raise TypeError(message)
    asked = [one.name for one in step.takes if one.kind is Kind.UNIT]
    named = {str(given[name]) for name in asked for _, given in rows}
    units = set(Unit.objects.filter(pk__in=named).values_list("pk", flat=True))
    answers: list[BulouError | None] = []
    good: list[dict[str, Any]] = []
    for code, given in rows:
        try:
            for one in step.takes:
                _check(one, given[one.name], units)
        except InputFault as fault:
            answers.append(fault)
            continue
        answers.append(None)
        good.append({"code": code, **_said(step, given)})
    made = iter(step.many(rows=good, by=by, at=at) if good else ())
    taken = [answer if answer is not None else next(made) for answer in answers]
    return [one if isinstance(one, BulouError) else None for one in taken]


def _check(one: Field, value: Any, units: Collection[str]) -> None:
    if one.kind is Kind.PLACE and value and not codes.is_place(value):
        message = f"{value!r} is not a place's code"
        raise InputFault(message, column=one.name, remedy="Write a division's code, or a building's below it.")
    if one.kind is Kind.UNIT and value and value not in units:
        message = f"no unit has the code {value!r}"
        raise InputFault(message, column=one.name, remedy="bulou export units shows the codes.")


def _said(step: Step, given: Given) -> dict[str, Any]:
    enums = {one.name: one.enum for one in step.takes if one.enum is not None and given[one.name]}
    return {name: enums[name](value) if name in enums else value for name, value in given.items()}
