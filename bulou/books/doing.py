"""Carrying out a step of a book: what every line would check alike is checked here, then the line's own action runs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Model

from bulou.books.values import Given, Kind, Step
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.units.models import Unit


@transaction.atomic
def carry_out(step: Step, *, code: str, given: Given, by: Actor, at: datetime) -> Model:
    """Call the step's action with what was given; returns the row.

    Optional numbers and times that were left out are None, texts blank. ``InputFault`` names the field of a unit that does
    not exist or of a place code that is none.
    """
    for one in step.takes:
        value = given[one.name]
        if one.kind is Kind.PLACE and value and not codes.is_place(value):
            message = f"{value!r} is not a place's code"
            raise InputFault(message, column=one.name, remedy="Write a division's code, or a building's below it.")
        if one.kind is Kind.UNIT and value and not Unit.objects.filter(pk=value).exists():
            message = f"no unit has the code {value!r}"
            raise InputFault(message, column=one.name, remedy="bulou export units shows the codes.")
    enums = {one.name: one.enum for one in step.takes if one.enum is not None and given[one.name]}
    said = {name: enums[name](value) if name in enums else value for name, value in given.items()}
    return step.act(code=code, **said, by=by, at=at)
