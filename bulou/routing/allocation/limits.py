"""Limits from a policy pack's numbers (``transfer_…``), given as plain values so that this room knows no pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from bulou.kernel.errors import PolicyFault
from bulou.routing.allocation.values import NEEDS, Demand, Limits, NeedRule, RiskClass

NEED = "transfer_need_"
Number = tuple[object, str]  # value and unit


def _amount(value: object, _: str) -> float:
    return float(str(value))


def _whole(value: object, _: str) -> int:
    return int(str(value))


def _length(value: object, unit: str) -> timedelta:
    return timedelta(**{unit: float(str(value))})


def _hour(value: object, _: str) -> time:
    minutes = round(float(str(value)) * 60)
    return time(minutes // 60 % 24, minutes % 60)


def _classes(value: object, _: str) -> frozenset[RiskClass]:
    return frozenset(RiskClass(word) for word in str(value).split())


# The pack's name → the field and how its value is read.
_FIELDS: Mapping[str, tuple[str, Callable[[object, str], Any]]] = {
    "transfer_speed": ("speed_kmh", _amount),
    "transfer_stop": ("per_stop", _length),
    "transfer_stop_person": ("per_person", _length),
    "transfer_turn_round": ("turn_round", _length),
    "transfer_coach_over": ("coach_over_seats", _whole),
    "transfer_coach_stop_from": ("coach_stop_from", _hour),
    "transfer_coach_stop_until": ("coach_stop_until", _hour),
    "transfer_night_from": ("night_from", _hour),
    "transfer_night_until": ("night_until", _hour),
    "transfer_wheel_day": ("continuous_day", _length),
    "transfer_wheel_night": ("continuous_night", _length),
    "transfer_rest": ("rest", _length),
    "transfer_driver_day": ("driver_hours", _amount),
    "transfer_on_board": ("on_board", _length),
    "transfer_route": ("route_km", _amount),
    "transfer_shared_room_classes": ("shared_room_classes", _classes),
    "transfer_weight_case": ("weight_case", _amount),
    "transfer_weight_need": ("weight_need", _amount),
    "transfer_weight_waiting": ("weight_waiting", _amount),
}
_CITY: Mapping[str, tuple[str, Callable[[object, str], Any]]] = {
    "transfer_trunk_from": ("trunk_from_km", _amount),
    "transfer_trunk_speed": ("trunk_kmh", _amount),
    "transfer_seat_share": ("seat_share", _amount),
}


def limits_from(numbers: Mapping[str, Number], *, city: bool = False) -> Limits:
    """The limits that a pack's numbers say; what it does not say stays as ``Limits`` has it.

    ``numbers``: name → value and unit. ``city``: also trunk roads and the share of seats in use, of which files say
    nothing: there a leg has one speed and ``seats`` are the seats in use (CONTRACT). ``PolicyFault``: a value that cannot
    be read.
    """
    found: dict[str, Any] = {}
    needs = dict(NEEDS)
    known = {**_FIELDS, **_CITY} if city else _FIELDS
    for name, (value, unit) in numbers.items():
        try:
            if name.startswith(NEED):
                needs[name.removeprefix(NEED)] = need_rule(str(value))
            elif name in known:
                field, read = known[name]
                found[field] = read(value, unit)
        except (TypeError, ValueError) as fault:
            message = f"the number {name} of the pack cannot be read: {value!r} {unit}"
            raise PolicyFault(message, remedy="Correct the pack.") from fault
    return replace(Limits(), **found, needs=needs)


def need_rule(words: str) -> NeedRule:
    """``room vehicle? companion carer``: where a need must be met (``?``: where it is offered), and whom it asks for."""
    asked = set(words.split())
    unknown = asked - {"room", "room?", "vehicle", "vehicle?", "companion", "carer", "none"}
    if unknown:
        message = f"not a demand: {', '.join(sorted(unknown))}"
        raise ValueError(message)

    def demand(word: str) -> Demand:
        return Demand.ALWAYS if word in asked else Demand.IF_OFFERED if f"{word}?" in asked else Demand.NEVER

    return NeedRule(demand("room"), demand("vehicle"), "companion" in asked, "carer" in asked)
