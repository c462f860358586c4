"""Vehicles, drivers, and the receivers in other cities."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.transfer.choices import RiskClass, VehicleKind
from bulou.units.models import Unit, choices_of


class Vehicle(models.Model):
    """A vehicle of the fleet: seats behind the partition, which class it may carry, what it can take."""

    vehicle_id = CodeField(max_length=40, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="vehicles")
    kind = models.CharField(max_length=10, choices=choices_of(VehicleKind))
    seats = models.SmallIntegerField()  # for passengers, the driver's and the escort's apart
    risk_class = models.CharField(max_length=10, choices=choices_of(RiskClass))
    features = models.CharField(max_length=160, blank=True, default="")  # ';'-joined: wheelchair, negative_pressure, …
    x = models.FloatField()
    y = models.FloatField()
    out_since = models.DateTimeField(null=True)  # broken or withdrawn
    out_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("vehicle_id",)
        indexes = (models.Index(fields=("unit",), name="vehicle_unit"),)
        constraints = (
            models.CheckConstraint(condition=Q(seats__gte=1) & Q(seats__lte=100), name="vehicle_seats"),
            models.CheckConstraint(condition=Q(out_since=None) | ~Q(out_reason=""), name="vehicle_out_says_why"),
        )

    def __str__(self) -> str:
        return str(self.vehicle_id)


class VehicleShift(models.Model):
    """When a vehicle may be sent."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="shifts")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        ordering = ("vehicle", "from_at")
        constraints = (
            models.UniqueConstraint(fields=("vehicle", "from_at"), name="vehicle_shift_once"),
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="vehicle_shift_order"),
        )

    def __str__(self) -> str:
        return f"{self.vehicle_id} {self.from_at:%m-%d %H:%M}"


class TransferDriver(models.Model):
    """Somebody who drives for the transfer; the hours at the wheel are a limit that no deadline overrides."""

    driver_id = CodeField(max_length=40, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="drivers")
    name = models.CharField(max_length=80, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        ordering = ("driver_id",)
        indexes = (models.Index(fields=("unit",), name="driver_unit"),)

    def __str__(self) -> str:
        return str(self.driver_id)


class DriverShift(models.Model):
    """When a driver is there, and how many hours at the wheel were left when the shift began."""

    driver = models.ForeignKey(TransferDriver, on_delete=models.PROTECT, related_name="shifts")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    hours = models.FloatField()

    class Meta:
        ordering = ("driver", "from_at")
        constraints = (
            models.UniqueConstraint(fields=("driver", "from_at"), name="driver_shift_once"),
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="driver_shift_order"),
            models.CheckConstraint(condition=Q(hours__gte=0) & Q(hours__lte=24), name="driver_hours"),
        )

    def __str__(self) -> str:
        return f"{self.driver_id} {self.from_at:%m-%d %H:%M}"


class Receiver(models.Model):
    """Another city that takes people in; acceptance, record and return journey are agreed before departure.

    The city's own sites are not entered here: they are isolation's.
    """

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, primary_key=True, related_name="receiver")
    name = models.CharField(max_length=80)
    asked_by = CodeField()  # the unit of ours that owes the agreement
    risk_class = models.CharField(max_length=10, choices=choices_of(RiskClass))
    features = models.CharField(max_length=160, blank=True, default="")
    x = models.FloatField()
    y = models.FloatField()
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=120, blank=True, default="")  # who over there said yes
    record_agreed_at = models.DateTimeField(null=True)  # whose line list they stand on, and until when
    return_agreed_at = models.DateTimeField(null=True)  # who brings them home, and when
    return_terms = models.CharField(max_length=300, blank=True, default="")
    declined_at = models.DateTimeField(null=True)
    declined_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("unit",)
        constraints = (
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="receiver_order"),
            models.CheckConstraint(condition=Q(accepted_at=None) | ~Q(accepted_by=""), name="receiver_accepted_by"),
            models.CheckConstraint(condition=Q(return_agreed_at=None) | ~Q(return_terms=""), name="receiver_return_terms"),
            models.CheckConstraint(condition=Q(declined_at=None) | ~Q(declined_reason=""), name="receiver_declined_why"),
        )

    def __str__(self) -> str:
        return str(self.unit_id)


class OutsideRoom(models.Model):
    """A room that another city offers; ``taken`` is claimed by one conditional statement, never above ``beds``."""

    room_id = CodeField(max_length=64, primary_key=True)
    receiver = models.ForeignKey(Receiver, on_delete=models.PROTECT, related_name="rooms")
    beds = models.SmallIntegerField(default=2)
    taken = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ("room_id",)
        constraints = (
            models.CheckConstraint(condition=Q(beds__gte=1) & Q(beds__lte=20), name="outside_beds"),
            models.CheckConstraint(condition=Q(taken__gte=0) & Q(taken__lte=F("beds")), name="outside_not_over"),
        )

    def __str__(self) -> str:
        return str(self.room_id)
