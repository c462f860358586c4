"""Duties, who owned them when, offers, evidence, and who was told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.duties.choices import DutyState, HandoverState, NoticeState, TenureHow
from bulou.ledger.columns import CodeField
from bulou.units.models import Post, Unit, choices_of


class Duty(models.Model):
    """Something owed: what (kind), about what, by which unit and post, since when, until when, and how it ended."""

    id = models.CharField(max_length=20, primary_key=True)
    kind = models.CharField(max_length=48)
    line = models.CharField(max_length=4)  # D1 … D22
    pack = models.CharField(max_length=48)
    pack_version = models.CharField(max_length=24)  # an old duty keeps its old clock
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="duties", db_index=False)
    owner_post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="duties")
    issuer = CodeField(blank=True, default="")  # the unit that gave the task (交办)
    about = models.CharField(max_length=96)  # box:BX-000012, round:R1@520102016001
    label = models.CharField(max_length=200)  # the same for people's eyes; never a name in clear
    place_code = CodeField(blank=True, default="")  # place of the event
    why = models.CharField(max_length=300, blank=True, default="")  # the last known reason for a delay, in plain words
    facts = models.JSONField(default=dict)  # the instants and values from which the clock was computed
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    act_at = models.DateTimeField(null=True)  # when the sweep must look again
    state = models.CharField(max_length=12, choices=choices_of(DutyState), default=DutyState.OPEN)
    closed_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=300, blank=True, default="")  # evidence, reason or successor
    closed_by = models.CharField(max_length=120, blank=True, default="")
    refusals = models.SmallIntegerField(default=0)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        indexes = (
            models.Index(fields=("act_at",), condition=Q(state=DutyState.OPEN), name="duty_act"),
            models.Index(fields=("owner", "due_at", "id"), condition=Q(state=DutyState.OPEN), name="duty_owner_due"),
            models.Index(fields=("due_at", "id"), condition=Q(state=DutyState.OPEN), name="duty_due"),
            models.Index(fields=("place_code", "due_at"), condition=Q(state=DutyState.OPEN), name="duty_place_due"),
            models.Index(fields=("kind", "about"), name="duty_about"),
            models.Index(fields=("owner", "-opened_at", "id"), name="duty_owner_all"),
            models.Index(fields=("-closed_at",), condition=~Q(state=DutyState.OPEN), name="duty_closed"),
        )
        constraints = (
            models.UniqueConstraint(fields=("kind", "about"), condition=Q(state=DutyState.OPEN), name="duty_once"),
            models.CheckConstraint(
                condition=Q(state=DutyState.OPEN, closed_at=None, proof="")
                | (~Q(state=DutyState.OPEN) & Q(closed_at__isnull=False) & ~Q(proof="")),
                name="duty_closes_with_proof",
            ),
            models.CheckConstraint(condition=Q(state=DutyState.OPEN) | Q(act_at=None), name="duty_closed_rests"),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.owner_id}"


class Tenure(models.Model):
    """An interval in which one unit owns a duty; together they cover the duty's whole life without gap."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="tenures")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=12, choices=choices_of(TenureHow))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("duty", "id")
        constraints = (
            models.UniqueConstraint(fields=("duty",), condition=Q(ends_at=None), name="tenure_one_owner"),
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gte=models.F("starts_at")), name="tenure_order"),
        )

    def __str__(self) -> str:
        return f"{self.duty_id} {self.unit_id}"


class Handover(models.Model):
    """An offer of a duty from its owner to another unit, and the answer."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="handovers")
    sender = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=choices_of(HandoverState), default=HandoverState.OFFERED)
    offered_at = models.DateTimeField()
    offered_by = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True, default="")
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("receiver", "offered_at"), condition=Q(state=HandoverState.OFFERED), name="offer_to"),)
        constraints = (
            models.UniqueConstraint(fields=("duty",), condition=Q(state=HandoverState.OFFERED), name="offer_once"),
            models.CheckConstraint(
                condition=Q(state=HandoverState.OFFERED, answered_at=None)
                | (~Q(state=HandoverState.OFFERED) & Q(answered_at__isnull=False)),
                name="offer_answered",
            ),
        )

    def __str__(self) -> str:
        return f"{self.duty_id} {self.sender_id} → {self.receiver_id}"


class Evidence(models.Model):
    """What shows that a duty is being done or was done: a scan, a count, a photo's hash, a reply."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=48)  # the ledger tag, or note, photo, count, no_capacity
    ref = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True, default="")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.duty_id} {self.kind} {self.ref}"


class Notice(models.Model):
    """One line in a unit's inbox: exactly one per duty and step."""

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="notices")
    step = models.CharField(max_length=48)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notices")
    told = models.CharField(max_length=80, blank=True, default="")  # who was on duty there at that instant
    due_at = models.DateTimeField()
    told_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=choices_of(NoticeState))
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("unit", "-id"), name="notice_unit"),
            models.Index(fields=("told_at",), condition=Q(read_at=None, state=NoticeState.SENT), name="notice_unread"),
            models.Index(fields=("unit", "read_at"), condition=Q(read_at__isnull=False), name="notice_read"),
        )
        constraints = (models.UniqueConstraint(fields=("duty", "step"), name="notice_once"),)

    def __str__(self) -> str:
        return f"{self.duty_id} {self.step} → {self.unit_id}"


class Heartbeat(models.Model):
    """The sweep's own sign of life: when it is silent every page says so."""

    name = models.CharField(max_length=24, primary_key=True)
    beat_at = models.DateTimeField()  # wall clock
    city_at = models.DateTimeField()
    lag_s = models.FloatField(default=0)
    acted = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at:%H:%M:%S}"
