"""A row of every book of supplies; see ``scenes``."""

from __future__ import annotations

from bulou.supplies import actions as supplies
from bulou.supplies.choices import GoodKind, Measure, Proof, Way
from bulou.supplies.models import Good, Point, Supplier
from tests import city as cities


def good(city, unit, secret, name="大米"):
    """Each unit's own catalogue; a superior's is no secret below it: whoever asks chooses from it."""
    del secret
    found = Good.objects.filter(unit=unit, name=name).first()
    return (found or supplies.list_good(
        unit=unit, name=name, kind=GoodKind.FOOD, measure=Measure.GRAM, usual=5_000,
        by=city.actor(cities.CITY), at=cities.at(),
    )).pk  # fmt: skip


def supplier(city, unit, secret):
    found = Supplier.objects.filter(unit=unit, name="粮油公司").first()
    return (found or supplies.list_supplier(
        unit=unit, name="粮油公司", note=secret, by=city.actor(cities.CITY), at=cities.at()
    )).pk  # fmt: skip


def purchase(city, unit, secret):
    return supplies.order_goods(
        unit=unit, supplier=supplier(city, unit, secret), good=good(city, unit, secret, "面条"), quantity=90_000,
        expected_at=cities.at(6), by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def batch(city, unit, secret):
    return supplies.take_in(
        unit=unit, good=good(city, unit, secret, "面条"), came=90_000, origin=secret, by=city.actor(cities.CITY), at=cities.at()
    ).pk


def household_need(city, unit, secret):
    return supplies.ask_need(
        unit=unit, place_code=unit, household_id=f"H-{unit}", good=good(city, unit, secret, "面条"), quantity=1_000, how=Way.PHONE,
        note=secret, by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def delivery(city, unit, secret):
    row, by = household_need(city, unit, secret), city.actor(cities.CITY)
    supplies.pick_need(code=row, batch=batch(city, unit, secret), by=by, at=cities.at())
    return supplies.deliver_need(need=row, proof_kind=Proof.SIGNATURE, proof=secret, by=by, at=cities.at()).pk


def entitlement(city, unit, secret):
    return supplies.keep_entitlement(
        unit=unit, place_code=unit, household_id=secret, good=good(city, unit, secret, "面条"), quantity=1_000, every_days=3,
        since_on=cities.at().date(), by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def provision(city, unit, secret):
    return supplies.open_provision(place_code=unit, because=secret, by=city.actor(cities.CITY), at=cities.at()).pk


def point(city, unit, secret):
    found = Point.objects.filter(unit=unit).first()
    return (found or supplies.open_point(
        unit=unit, place_code=unit, name=secret, crowd=20, leader="团长", by=city.actor(cities.CITY), at=cities.at()
    )).pk  # fmt: skip


def slot(city, unit, secret):
    hour = 4 if secret == "booked" else 8
    return supplies.open_slot(
        point=point(city, unit, secret), starts_at=cities.at(hour), ends_at=cities.at(hour + 1), places=2, by=city.actor(cities.CITY),
        at=cities.at(),
    ).pk  # fmt: skip


def booking(city, unit, secret):
    return supplies.book_slot(
        slot=slot(city, unit, "booked"), household_id=f"{secret}-{unit}", by=city.actor(cities.CITY), at=cities.at()
    ).pk


SCENES = {
    "goods": good,
    "suppliers": supplier,
    "purchases": purchase,
    "supplies": batch,
    "needs": household_need,
    "deliveries": delivery,
    "entitlements": entitlement,
    "provisions": provision,
    "points": point,
    "slots": slot,
    "bookings": booking,
}
