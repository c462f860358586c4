"""Plans, the trips they send, who sits where, who is left, and the stops for safety."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.transfer.choices import PlanState, RequestState, RiskClass, StopState, TripState
from bulou.transfer.models.fleet import TransferDriver, Vehicle
from bulou.transfer.models.people import TransferRequest
from bulou.units.models import Unit, choices_of

RUNNING = (TripState.PLANNED, TripState.BOARDING, TripState.UNDER_WAY, TripState.AT_DOOR)


class Plan(models.Model):
    """What the solver proposed for the open requests of a unit, and what a person made of it."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="transfer_plans")
    state = models.CharField(max_length=10, choices=choices_of(PlanState), default=PlanState.PROPOSED)
    made_at = models.DateTimeField()  # the instant as of which people, rooms, vehicles, drivers were read
    made_by = models.CharField(max_length=120)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    limits = models.JSONField(default=dict)  # the pack's numbers under which it was made
    content = models.JSONField(default=dict)  # the proposal itself, while it is one: trips, placements, reasons
    people = models.IntegerField(default=0)
    placed = models.IntegerField(default=0)
    bound = models.IntegerField(null=True)  # at most so many can be placed, proven
    seconds = models.FloatField(default=0)
    violations = models.JSONField(default=list)  # what the checker said, at the last look
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("-made_at", "code")
        indexes = (models.Index(fields=("unit", "-made_at"), name="plan_unit"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state=PlanState.PROPOSED, decided_at=None)
                | (~Q(state=PlanState.PROPOSED) & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="plan_decided_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return str(self.code)


class Trip(models.Model):
    """One vehicle with one driver to one receiver; ``taken`` seats are claimed by one conditional statement."""

    code = models.CharField(max_length=24, primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="trips")
    unit_code = CodeField()  # whose plan it is, for jurisdiction
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="trips")
    driver = models.ForeignKey(TransferDriver, null=True, on_delete=models.PROTECT, related_name="trips")
    receiver = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # the isolation site or the other city
    risk_class = models.CharField(max_length=10, choices=choices_of(RiskClass))
    seats = models.SmallIntegerField()
    taken = models.SmallIntegerField(default=0)
    leaves_at = models.DateTimeField()  # from the depot or the last receiver
    arrives_at = models.DateTimeField()  # at the receiver's door, by the plan
    free_at = models.DateTimeField()  # back in service after its disinfection
    km = models.FloatField(default=0)
    drive_minutes = models.FloatField(default=0)
    state = models.CharField(max_length=10, choices=choices_of(TripState), default=TripState.PLANNED)
    stopped = models.BooleanField(default=False)
    departed_at = models.DateTimeField(null=True)
    door_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("leaves_at", "code")
        indexes = (
            models.Index(fields=("vehicle", "leaves_at"), name="trip_vehicle"),
            models.Index(fields=("driver", "leaves_at"), name="trip_driver"),
            models.Index(fields=("receiver", "arrives_at"), condition=Q(state__in=RUNNING), name="trip_receiver"),
            models.Index(fields=("unit_code", "leaves_at"), name="trip_unit"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(taken__gte=0) & Q(taken__lte=F("seats")), name="trip_not_over"),
            models.CheckConstraint(
                condition=Q(arrives_at__gte=F("leaves_at")) & Q(free_at__gte=F("arrives_at")), name="trip_order"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(TripState.UNDER_WAY, TripState.AT_DOOR)) | Q(departed_at__isnull=False),
                name="trip_departed",
            ),
        )

    def __str__(self) -> str:
        return str(self.code)


class Leg(models.Model):
    """One person's seat on a trip and bed at its end; live until the trip ends for this person."""

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="legs")
    request = models.ForeignKey(TransferRequest, on_delete=models.PROTECT, related_name="legs")
    person_id = CodeField(max_length=40)
    room_id = CodeField(max_length=40)
    pickup_at = models.DateTimeField()
    arrive_at = models.DateTimeField()
    live = models.BooleanField(default=True)
    ended = models.CharField(max_length=14, choices=choices_of(RequestState), blank=True, default="")

    class Meta:
        ordering = ("trip", "pickup_at", "id")
        indexes = (models.Index(fields=("room_id",), condition=Q(live=True), name="leg_room"),)
        constraints = (
            models.UniqueConstraint(fields=("request",), condition=Q(live=True), name="leg_one_seat"),
            models.UniqueConstraint(fields=("person_id",), condition=Q(live=True), name="leg_person_once"),
            models.CheckConstraint(condition=Q(arrive_at__gte=F("pickup_at")), name="leg_order"),
        )

    def __str__(self) -> str:
        return f"{self.trip_id} {self.request_id}"


class LeftOut(models.Model):
    """Somebody whom a plan does not move, and why in plain words (未能安排者逐人说明)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="left")
    request = models.ForeignKey(TransferRequest, on_delete=models.PROTECT, related_name="left_out")
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ("plan", "id")
        constraints = (
            models.UniqueConstraint(fields=("plan", "request"), name="left_once"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(code=""), name="left_says_why"),
        )

    def __str__(self) -> str:
        return f"{self.plan_id} {self.request_id} {self.code}"


class SafetyStop(models.Model):
    """Somebody stopped a step for safety: it holds until a unit above answers, and is never a missed duty."""

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="stops")
    state = models.CharField(max_length=8, choices=choices_of(StopState), default=StopState.STANDING)
    reason = models.CharField(max_length=300)
    said_by = models.CharField(max_length=120)  # driver, nurse, carer: also somebody without an account
    stopped_at = models.DateTimeField()
    stopped_by = models.CharField(max_length=120)  # who entered it
    unit_code = CodeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")
    answer = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("-stopped_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("trip",), condition=Q(state=StopState.STANDING), name="stop_one_standing"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(said_by=""), name="stop_says_why"),
            models.CheckConstraint(
                condition=Q(state=StopState.STANDING, answered_at=None)
                | (~Q(state=StopState.STANDING) & Q(answered_at__isnull=False) & ~Q(answer="")),
                name="stop_answered",
            ),
        )

    def __str__(self) -> str:
        return f"{self.trip_id} {self.state}"
