"""Rooms and who stays in them; the database holds that beds are never over and classes never mix."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.isolation.choices import LeaveReason, RiskClass, RoomState, StayState
from bulou.isolation.models.sites import IsolationSite
from bulou.ledger.columns import CodeField
from bulou.units.models import choices_of

LIVE = (StayState.RESERVED, StayState.AT_DOOR, StayState.ADMITTED)  # holds a bed
IN_ROOM = StayState.ADMITTED


class Room(models.Model):
    """A room with its beds; ``taken`` is claimed by one conditional statement, never above ``beds``.

    Two triggers of the migration hold what a row alone cannot: the live stays of a room are no more than its beds, and all
    of one class.
    """

    room_id = CodeField(max_length=40, primary_key=True)
    site = models.ForeignKey(IsolationSite, on_delete=models.PROTECT, related_name="rooms")
    risk_class = models.CharField(
        max_length=10, choices=choices_of(RiskClass), blank=True, default=""
    )  # blank: any, one at a time
    beds = models.SmallIntegerField()
    shared = models.BooleanField(default=False)  # people who do not belong together may share it (方舱)
    floor = models.SmallIntegerField(default=1)
    air = models.CharField(max_length=24, blank=True, default="")  # the air or exhaust system that it shares with others
    features = models.CharField(max_length=160, blank=True, default="")  # ';'-joined: wheelchair, dialysis, infant, …
    opens_at = models.DateTimeField(null=True)  # offered within this window; null: without that end
    closes_at = models.DateTimeField(null=True)
    offered = models.BooleanField(default=False)  # the site takes people in; set and cleared with the site's state
    state = models.CharField(max_length=12, choices=choices_of(RoomState), default=RoomState.READY)
    ready_at = models.DateTimeField(null=True)  # while disinfected: when it is expected to be done
    reason = models.CharField(max_length=200, blank=True, default="")  # why it is blocked
    taken = models.SmallIntegerField(default=0)
    class_now = models.CharField(max_length=10, choices=choices_of(RiskClass), blank=True, default="")
    group_now = CodeField(max_length=48, blank=True, default="")  # of a room that is not shared

    class Meta:
        ordering = ("site", "room_id")
        indexes = (
            models.Index(fields=("site", "floor", "room_id"), name="room_site"),
            models.Index(fields=("risk_class", "site"), condition=Q(offered=True, taken__lt=F("beds")), name="room_free"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(beds__gte=1) & Q(beds__lte=2000), name="room_beds"),
            models.CheckConstraint(condition=Q(taken__gte=0) & Q(taken__lte=F("beds")), name="room_not_over"),
            models.CheckConstraint(
                condition=Q(taken=0, class_now="", group_now="") | (Q(taken__gt=0) & ~Q(class_now="")), name="room_class_now"
            ),
            models.CheckConstraint(
                condition=Q(risk_class="") | Q(class_now="") | Q(class_now=F("risk_class")), name="room_of_its_class"
            ),
            models.CheckConstraint(condition=Q(shared=True) | Q(taken=0) | ~Q(group_now=""), name="room_group_now"),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")), name="room_window"
            ),
            models.CheckConstraint(
                condition=~Q(state=RoomState.DISINFECTING) | Q(ready_at__isnull=False), name="room_disinfected_when"
            ),
            models.CheckConstraint(condition=~Q(state=RoomState.BLOCKED) | ~Q(reason=""), name="room_blocked_why"),
        )

    def __str__(self) -> str:
        return str(self.room_id)


class Stay(models.Model):
    """Somebody's bed in a room: reserved, at the door, admitted; released, moved, left. One live stay per person."""

    code = models.CharField(max_length=24, primary_key=True)
    person_id = CodeField(max_length=40)
    group_id = CodeField(max_length=48)  # who travels and stays together
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="stays")
    site_code = CodeField()  # the site's unit, for jurisdiction
    risk_class = models.CharField(max_length=10, choices=choices_of(RiskClass))
    needs = models.CharField(max_length=160, blank=True, default="")
    basis = models.CharField(max_length=96)  # case:C…, contact:…: because of which fact
    home_code = CodeField()  # where the person goes home to
    sender = CodeField(blank=True, default="")  # the unit that brings the person
    trip = models.CharField(max_length=40, blank=True, default="")  # the vehicle's trip: who sat in one bus
    clock_from = models.DateTimeField()  # last exposure, or the positive: the days count from here
    state = models.CharField(max_length=10, choices=choices_of(StayState), default=StayState.RESERVED)
    reserved_at = models.DateTimeField()
    expected_at = models.DateTimeField()
    door_at = models.DateTimeField(null=True)
    admitted_at = models.DateTimeField(null=True)
    release_at = models.DateTimeField(null=True)  # when the pack's days end
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True, default="")
    left_for = models.CharField(max_length=16, choices=choices_of(LeaveReason), blank=True, default="")
    next_stay = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="stay_before")

    class Meta:
        ordering = ("expected_at", "code")
        indexes = (
            models.Index(fields=("site_code", "state", "expected_at"), name="stay_site"),
            models.Index(fields=("room",), condition=Q(state__in=LIVE), name="stay_room_live"),
            models.Index(fields=("site_code", "release_at"), condition=Q(state=StayState.ADMITTED), name="stay_release"),
            models.Index(fields=("home_code", "-ended_at"), name="stay_home"),
            models.Index(fields=("person_id", "-reserved_at"), name="stay_person"),
            models.Index(fields=("trip",), condition=~Q(trip=""), name="stay_trip"),
        )
        constraints = (
            models.UniqueConstraint(fields=("person_id",), condition=Q(state__in=LIVE), name="stay_one_live"),
            models.CheckConstraint(
                condition=(Q(state__in=LIVE) & Q(ended_at=None)) | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
                name="stay_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(StayState.ADMITTED, StayState.RELEASED))
                | (Q(admitted_at__isnull=False) & Q(release_at__isnull=False)),
                name="stay_admitted",
            ),
            models.CheckConstraint(condition=~Q(state=StayState.AT_DOOR) | Q(door_at__isnull=False), name="stay_at_door"),
            models.CheckConstraint(
                condition=Q(admitted_at=None) | Q(door_at=None) | Q(admitted_at__gte=F("door_at")), name="stay_door_first"
            ),
            models.CheckConstraint(
                condition=~Q(state=StayState.LEFT) | (~Q(left_for="") & ~Q(end_reason="")), name="stay_left_why"
            ),
        )

    def __str__(self) -> str:
        return str(self.code)
