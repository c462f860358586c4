"""The fleet and the receivers: vehicles, drivers, their shifts, pick-up points, and what other cities have agreed to."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.transfer import rows, rules
from bulou.transfer.choices import RiskClass, VehicleKind
from bulou.transfer.models import (
    DriverShift,
    OutsideRoom,
    PickupPoint,
    Receiver,
    TransferDriver,
    Vehicle,
    VehicleShift,
)
from bulou.units import queries as units

MOST_SEATS = 100


@transaction.atomic
def register_vehicle(
    *,
    vehicle_id: str,
    unit: str,
    kind: VehicleKind,
    seats: int,
    risk_class: RiskClass,
    x: float,
    y: float,
    by: Actor,
    at: datetime,
    features: tuple[str, ...] = (),
) -> Vehicle:
    """Enter a vehicle; the same again changes nothing, other content is a ``Conflict``."""
    permit(by, Operation.KEEP_VEHICLES, unit)
    if not 1 <= seats <= MOST_SEATS:
        message = f"{seats} seats"
        raise InputFault(message, column="seats", remedy=f"Give 1 to {MOST_SEATS} seats for passengers.")
    wanted = {
        "unit_id": units.unit(unit).code,
        "kind": kind.value,
        "seats": seats,
        "risk_class": risk_class.value,
        "features": ";".join(features)[:160],
        "x": float(x),
        "y": float(y),
    }
    made, fresh = Vehicle.objects.get_or_create(vehicle_id=vehicle_id, defaults=wanted)
    if not fresh:
        _same(made, wanted, vehicle_id)
        return made
    ledger.record(
        tag=Tag.VEHICLE_REGISTERED,
        subject=f"vehicle:{vehicle_id}",
        unit=unit,
        by=by,
        at=at,
        data={"kind": kind, "seats": seats},
    )
    return made


def _same(stands: object, wanted: dict[str, object], name: str) -> None:
    differing = [column for column, value in wanted.items() if getattr(stands, column) != value]
    if differing:
        column = differing[0].removesuffix("_id")
        message = f"{name} is entered with another {column}"
        raise Conflict(message, column=column, remedy="A second entry does not change what stands.")


@transaction.atomic
def register_driver(*, driver_id: str, unit: str, by: Actor, at: datetime, name: str = "", phone: str = "") -> TransferDriver:
    """Enter a driver; the same again changes nothing."""
    permit(by, Operation.KEEP_VEHICLES, unit)
    wanted: dict[str, object] = {"unit_id": units.unit(unit).code, "name": name[:80], "phone": phone[:32]}
    made, fresh = TransferDriver.objects.get_or_create(driver_id=driver_id, defaults=wanted)
    if not fresh:
        _same(made, {"unit_id": wanted["unit_id"]}, driver_id)
        return made
    ledger.record(tag=Tag.DRIVER_REGISTERED, subject=f"driver:{driver_id}", unit=unit, by=by, at=at)
    return made


@transaction.atomic
def plan_vehicle_shift(*, vehicle_id: str, from_at: datetime, until_at: datetime, by: Actor, at: datetime) -> VehicleShift:
    """When a vehicle may be sent; the same again changes nothing, an overlapping one is refused."""
    vehicle = Vehicle.objects.select_for_update(of=("self",), no_key=True).filter(pk=vehicle_id).first()
    if vehicle is None:
        raise rows.missing_record()
    permit(by, Operation.KEEP_VEHICLES, vehicle.unit_id)
    _ordered(from_at, until_at)
    same = VehicleShift.objects.filter(vehicle=vehicle, from_at=from_at, until_at=until_at).first()
    if same is not None:
        return same
    if VehicleShift.objects.filter(vehicle=vehicle, from_at__lt=until_at, until_at__gt=from_at).exists():
        message = f"{vehicle_id} has a shift in that time already"
        raise Refused(message, code="shift-overlaps", remedy="Two shifts of one vehicle do not overlap.")
    del at
    return VehicleShift.objects.create(vehicle=vehicle, from_at=from_at, until_at=until_at)


@transaction.atomic
def plan_driver_shift(
    *, driver_id: str, from_at: datetime, until_at: datetime, hours: float, by: Actor, at: datetime
) -> DriverShift:
    """When a driver is there and for how many hours at the wheel; never more than the pack allows in a day."""
    driver = TransferDriver.objects.select_for_update(of=("self",), no_key=True).filter(pk=driver_id).first()
    if driver is None:
        raise rows.missing_record()
    permit(by, Operation.KEEP_VEHICLES, driver.unit_id)
    _ordered(from_at, until_at)
    most = rows.pack_at(at).amount("transfer_driver_day")
    if not 0 <= hours <= most:
        message = f"{hours:g} hours at the wheel"
        raise InputFault(message, column="hours_left", remedy=f"Nobody drives more than {most:g} hours in a day.")
    same = DriverShift.objects.filter(driver=driver, from_at=from_at, until_at=until_at, hours=hours).first()
    if same is not None:
        return same
    if DriverShift.objects.filter(driver=driver, from_at__lt=until_at, until_at__gt=from_at).exists():
        message = f"{driver_id} has a shift in that time already"
        raise Refused(message, code="shift-overlaps", remedy="Two shifts of one driver do not overlap.")
    return DriverShift.objects.create(driver=driver, from_at=from_at, until_at=until_at, hours=hours)


def _ordered(from_at: datetime, until_at: datetime) -> None:
    if until_at <= from_at:
        message = "a shift ends after it begins"
        raise InputFault(message, column="shift_until")


@transaction.atomic
def set_pickup_point(*, place_code: str, x: float, y: float, by: Actor, at: datetime, name: str = "") -> PickupPoint:
    """Where the people of a place board; entered anew it moves."""
    permit(by, Operation.REQUEST_TRANSFER, place_code)
    if not codes.is_place(place_code):
        message = f"{place_code!r} is not a place code"
        raise InputFault(message, column="place_code", remedy="Write the code of a division or building.")
    made, _ = PickupPoint.objects.update_or_create(place_code=place_code, defaults={"x": x, "y": y, "name": name[:80]})
    ledger.record(
        tag=Tag.PICKUP_SET, subject=f"pickup:{place_code}", unit=place_code, by=by, at=at, data={"x": f"{x:g}", "y": f"{y:g}"}
    )
    return made


@transaction.atomic
def ask_receiver(
    *,
    unit: str,
    name: str,
    risk_class: RiskClass,
    rooms: int,
    beds: int,
    x: float,
    y: float,
    from_at: datetime,
    until_at: datetime,
    by: Actor,
    at: datetime,
    features: tuple[str, ...] = (),
) -> Receiver:
    """Ask another city for rooms; the agreement before anybody departs is a duty of the unit that asks."""
    permit(by, Operation.PLAN_TRANSFER, by.unit)
    _ordered(from_at, until_at)
    if rooms < 1 or beds < 1:
        message = "a receiver offers at least one room with one bed"
        raise InputFault(message, column="rooms")
    if Receiver.objects.filter(pk=unit).exists():
        message = f"{unit} is asked already"
        raise Conflict(message, column="unit", remedy="Open its agreement.")
    made = Receiver.objects.create(
        unit=units.unit(unit),
        name=name[:80],
        asked_by=by.unit,
        risk_class=risk_class.value,
        features=";".join(features)[:160],
        x=x,
        y=y,
        from_at=from_at,
        until_at=until_at,
    )
    OutsideRoom.objects.bulk_create(
        (OutsideRoom(room_id=f"{unit}/{number:05}", receiver=made, beds=beds) for number in range(1, rooms + 1)),
        batch_size=1000,
    )
    ledger.record(
        tag=Tag.RECEIVER_ASKED, subject=f"receiver:{unit}", unit=by.unit, by=by, at=at, data={"rooms": rooms, "beds": beds}
    )
    place = codes.territory(by.unit)
    open_duty(
        Owed(
            kind=rules.RECEIVER_AGREED,
            about=f"receiver:{unit}",
            label=name,
            place_code=place if codes.is_place(place) else "",
            owners={"explicit": by.unit},
        ),
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def agree_receiver(*, unit: str, accepted_by: str, record: bool, return_terms: str, by: Actor, at: datetime) -> Receiver:
    """Enter what the other city has agreed to: who accepted, whose record they stand on, who brings them home and when.

    What is entered once stays; the duty is done when all three are there.
    """
    row = _receiver(unit)
    permit(by, Operation.PLAN_TRANSFER, row.asked_by)
    if row.declined_at is not None:
        message = f"{row.name} has declined"
        raise Refused(message, code="declined", remedy="Ask anew.")
    if accepted_by.strip() and row.accepted_at is None:
        row.accepted_at, row.accepted_by = at, accepted_by.strip()[:120]
    if record and row.record_agreed_at is None:
        row.record_agreed_at = at
    if return_terms.strip() and row.return_agreed_at is None:
        row.return_agreed_at, row.return_terms = at, return_terms.strip()[:300]
    row.save()
    ledger.record(
        tag=Tag.RECEIVER_AGREED,
        subject=f"receiver:{unit}",
        unit=row.asked_by,
        by=by,
        at=at,
        data={"accepted": row.accepted_at, "record": row.record_agreed_at, "return": row.return_agreed_at},
    )
    if is_agreed(row):
        duties.fulfil_by_fact(
            kind=rules.RECEIVER_AGREED,
            about=f"receiver:{unit}",
            tag=Tag.RECEIVER_AGREED,
            ref=f"{row.accepted_by} · {row.return_terms}"[:100],
            by=by,
            at=at,
        )
    return row


def is_agreed(row: Receiver) -> bool:
    """Whether acceptance, record and return journey are all agreed."""
    return None not in {row.accepted_at, row.record_agreed_at, row.return_agreed_at} and row.declined_at is None


def _receiver(unit: str) -> Receiver:
    found = Receiver.objects.select_for_update(of=("self",), no_key=True).filter(pk=unit).first()
    if found is None:
        raise rows.missing_record()
    return found


@transaction.atomic
def decline_receiver(*, unit: str, reason: str, by: Actor, at: datetime) -> Receiver:
    """The other city says no, or no longer: its rooms are not offered any more, trips to it do not depart."""
    row = _receiver(unit)
    permit(by, Operation.PLAN_TRANSFER, row.asked_by)
    if not reason.strip():
        message = "a refusal needs a reason"
        raise InputFault(message, column="reason")
    row.declined_at, row.declined_reason = at, reason.strip()[:200]
    row.save(update_fields=("declined_at", "declined_reason"))
    entry = ledger.record(
        tag=Tag.RECEIVER_DECLINED, subject=f"receiver:{unit}", unit=row.asked_by, by=by, at=at, data={"reason": reason}
    )
    duties.fulfil_by_fact(
        kind=rules.RECEIVER_AGREED,
        about=f"receiver:{unit}",
        tag=Tag.RECEIVER_DECLINED,
        ref=f"declined entry:{entry.pk}",
        by=by,
        at=at,
    )
    return row
