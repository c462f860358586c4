"""Checkpoints with their shifts, passes, patrols: places and counts, never tracks of persons."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.orders.choices import PatrolFinding, PostState, Purpose, ShiftState
from bulou.units.models import Unit, choices_of


class Checkpoint(models.Model):
    """A place where people or goods are stopped: with a basis and an end of its own."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="checkpoints")
    place_code = CodeField()
    basis = models.CharField(max_length=200)
    exits = models.CharField(max_length=200)  # how fire engines and ambulances pass
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=120)
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=choices_of(PostState), default=PostState.IN_FORCE)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("ends_at", "code")
        indexes = (models.Index(fields=("ends_at", "code"), name="checkpoint_ends"),)
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("opened_at")), name="checkpoint_window"),
            models.CheckConstraint(condition=~Q(basis="") & ~Q(exits=""), name="checkpoint_basis"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CheckpointShift(models.Model):
    """One shift at a checkpoint, closed with counts: how many passed and were turned back, nobody's name."""

    code = models.CharField(max_length=32, primary_key=True)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="shifts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="checkpoint_shifts")
    place_code = CodeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=choices_of(ShiftState), default=ShiftState.OWED)
    hands = models.IntegerField(null=True)
    passed = models.IntegerField(null=True)
    turned_back = models.IntegerField(null=True)
    emergencies = models.IntegerField(null=True)  # let through at once
    note = models.CharField(max_length=200, blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    reported_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("due_at", "code"), name="checkpoint_shift_due"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state=ShiftState.DONE) | Q(passed__gte=0, turned_back__gte=0, reported_at__isnull=False),
                name="checkpoint_shift_counts",
            ),
        )

    def __str__(self) -> str:
        return self.code


class Pass(models.Model):
    """Leave to pass for a purpose, in given hours, until an end; its use is recorded nowhere."""

    code = models.CharField(max_length=24, primary_key=True)
    holder = models.CharField(max_length=40)  # a person's number, or the plate of a supply vehicle
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="passes")
    place_code = CodeField()
    purpose = models.CharField(max_length=8, choices=choices_of(Purpose))
    reason = models.CharField(max_length=200)
    hours = models.CharField(max_length=11)  # 06:00-09:00, local
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=choices_of(PostState), default=PostState.IN_FORCE)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-issued_at", "-code")
        indexes = (
            models.Index(fields=("-issued_at", "-code"), name="pass_issued"),
            models.Index(fields=("ends_at",), name="pass_ends"),
        )
        constraints = (models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="pass_window"),)

    def __str__(self) -> str:
        return self.code


class Patrol(models.Model):
    """A round on foot: route, time, finding; what was found has an owner and a clock."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="patrols")
    place_code = CodeField()
    route = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=choices_of(ShiftState), default=ShiftState.OWED)
    finding = models.CharField(max_length=12, choices=choices_of(PatrolFinding), blank=True, default="")
    what = models.CharField(max_length=200, blank=True, default="")
    walked_at = models.DateTimeField(null=True)
    walked_by = models.CharField(max_length=120, blank=True, default="")
    mended_at = models.DateTimeField(null=True)
    mended = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("due_at", "code"), name="patrol_due"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state=ShiftState.DONE) | (Q(walked_at__isnull=False) & ~Q(finding="")), name="patrol_says"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.route}"
