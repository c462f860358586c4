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
    """One vehicle with one driver; ``taken`` seats are claimed by one conditional statement, never above ``seats``."""

    code = models.CharField(max_length=24, primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="trips")
    unit_code = CodeField()  # whose plan it is, for jurisdiction
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="trips")
    driver = models.ForeignKey(TransferDriver, on_delete=models.PROTECT, related_name="trips")
    risk_class = models.CharField(max_length=10, choices=choices_of(RiskClass))
    seats = models.SmallIntegerField()
    taken = models.SmallIntegerField(default=0)
    leaves_at = models.DateTimeField()  # by the plan
    ends_at = models.DateTimeField()  # at its last place; disinfection begins
    free_at = models.DateTimeField()  # after its disinfection
    km = models.FloatField(default=0)
    state = models.CharField(max_length=10, choices=choices_of(TripState), default=TripState.PLANNED)
    stopped = models.BooleanField(default=False)  # a stop for safety stands
    departed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("leaves_at", "code")
        indexes = (
            models.Index(fields=("vehicle", "leaves_at"), name="trip_vehicle"),
            models.Index(fields=("driver", "leaves_at"), name="trip_driver"),
            models.Index(fields=("unit_code", "leaves_at"), name="trip_unit"),
            models.Index(fields=("leaves_at", "code"), condition=Q(state__in=RUNNING), name="trip_running"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(taken__gte=0) & Q(taken__lte=F("seats")), name="trip_not_over"),
            models.CheckConstraint(condition=Q(ends_at__gte=F("leaves_at")) & Q(free_at__gte=F("ends_at")), name="trip_order"),
            models.CheckConstraint(
                condition=~Q(state__in=(TripState.UNDER_WAY, TripState.AT_DOOR)) | Q(departed_at__isnull=False),
                name="trip_departed",
            ),
        )

    def __str__(self) -> str:
        return str(self.code)


class TripStop(models.Model):
    """One stop of a trip by the plan, and at a receiver's door what really happened: stood there since, all in at."""

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="stops")
    number = models.SmallIntegerField()
    kind = models.CharField(max_length=8)  # the words of routing.allocation: start, pickup, dropoff, rest, end
    x = models.FloatField()
    y = models.FloatField()
    arrives_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    receiver = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="transfer_stops")
    door_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("trip", "number")
        indexes = (
            models.Index(fields=("receiver", "arrives_at"), name="stop_receiver"),
            models.Index(fields=("door_at",), condition=Q(door_at__isnull=False, done_at=None), name="stop_at_door"),
        )
        constraints = (
            models.UniqueConstraint(fields=("trip", "number"), name="stop_once"),
            models.CheckConstraint(condition=Q(leaves_at__gte=F("arrives_at")), name="stop_order"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(door_at__isnull=False), name="stop_door_first"),
        )

    def __str__(self) -> str:
        return f"{self.trip_id} {self.number} {self.kind}"


class Leg(models.Model):
    """One person's seat on a trip and bed at its end; live until the trip ends for this person."""

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="legs")
    request = models.ForeignKey(TransferRequest, on_delete=models.PROTECT, related_name="legs")
    person_id = CodeField(max_length=40)
    receiver = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # isolation site or other city
    room_id = CodeField(max_length=64)
    pickup_at = models.DateTimeField()
    arrive_at = models.DateTimeField()
    live = models.BooleanField(default=True)
    ended = models.CharField(max_length=14, choices=choices_of(RequestState), blank=True, default="")

    class Meta:
        ordering = ("trip", "pickup_at", "id")
        indexes = (
            models.Index(fields=("room_id",), condition=Q(live=True), name="leg_room"),
            models.Index(fields=("receiver", "arrive_at"), condition=Q(live=True), name="leg_receiver"),
        )
        constraints = (
            models.UniqueConstraint(fields=("request",), condition=Q(live=True), name="leg_one_seat"),
            models.UniqueConstraint(fields=("person_id",), condition=Q(live=True), name="leg_person_once"),
            models.CheckConstraint(condition=Q(arrive_at__gte=F("pickup_at")), name="leg_order"),
            models.CheckConstraint(condition=Q(live=True, ended="") | (Q(live=False) & ~Q(ended="")), name="leg_ended"),
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

    trip = models.ForeignKey(Trip, on_delete=models.PROTECT, related_name="safety_stops")
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


class ListDay(models.Model):
    """The transfer list of one district on one day (日清日结): how many lines were open at its end, how many without reason."""

    place_code = CodeField()  # the district
    day = models.DateField()
    closed_at = models.DateTimeField()
    requested = models.IntegerField()
    received = models.IntegerField()
    left = models.IntegerField()  # still open, with a reason
    unexplained = models.IntegerField()  # still open, without: each is a duty

    class Meta:
        ordering = ("-day", "place_code")
        constraints = (models.UniqueConstraint(fields=("place_code", "day"), name="list_day_once"),)

    def __str__(self) -> str:
        return f"{self.place_code} {self.day}"
