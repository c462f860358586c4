"""Orders for tests: issued by the city or a district, opened down the chain."""

from __future__ import annotations

from bulou.duties.models import Duty, Notice
from bulou.orders import actions as orders
from bulou.orders.choices import Reach, Subject, Verb
from bulou.orders.models import Addressee
from tests import city as cities


def issue(city, *, by=cities.CITY, when=None, **given):
    """An order of the city to open sampling in a community of the east, unless said otherwise."""
    when = when or cities.at()
    said = {
        "number": "2022-1", "title": "停车场设采样点", "text": "十点前在停车场开设采样点。", "basis": "指挥部会议",
        "place_code": cities.EAST,
        "verb": Verb.OPEN, "subject": Subject.SAMPLING, "starts_at": when, "ends_at": cities.at(12), "due_at": cities.at(2),
        "reach": Reach.NAMED, "named": cities.COMMUNITY_A,
    }  # fmt: skip
    return orders.issue_order(**{**said, **given}, by=city.actor(by), at=when)


def link(order, unit):
    return order.addressees.get(unit=unit)


def read(city, order, unit, when):
    return orders.open_order(code=link(order, unit).pk, by=city.actor(unit), at=when)


def read_down(city, order, *, when=None):
    """Everybody on the way opens it at once."""
    for unit in order.addressees.order_by("code").values_list("unit_id", flat=True):
        read(city, order, unit, when or cities.at(0.1))
    return Addressee.objects.filter(order=order, leaf=True).order_by("code")


def owed(kind):
    return list(Duty.objects.filter(kind=kind, state="open").order_by("owner_id").values_list("owner_id", flat=True))


def told(kind):
    """Who was told about duties of a kind, and how many minutes after the city's start."""
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, int((one.due_at - cities.at()).total_seconds() // 60)) for one in found]
