"""Meetings and visits: frozen figures, decisions as duties, the sheet of the next meeting."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.duties.models import Duty
from bulou.ledger.columns import CodeField
from bulou.orders.choices import MeetingKind, Standing
from bulou.units.models import Unit, choices_of


class Meeting(models.Model):
    """A meeting, visit or call: its figures are frozen at its instant, its decisions are tasks."""

    code = models.CharField(max_length=24, primary_key=True)
    series = models.CharField(max_length=24)  # the code of the first of its series
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=choices_of(MeetingKind))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="meetings")
    place = models.CharField(max_length=120, blank=True, default="")
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="following")
    held_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    called_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("-held_at", "-code")
        indexes = (models.Index(fields=("-held_at", "-code"), name="meeting_held"),)
        constraints = (models.CheckConstraint(condition=Q(next_at=None) | Q(next_at__gt=F("held_at")), name="meeting_next"),)

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class MeetingFigure(models.Model):
    """One figure as it stood when the meeting began; later figures do not change it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="figures")
    name = models.CharField(max_length=40)
    value = models.IntegerField(null=True)
    as_of = models.DateTimeField()
    source = models.CharField(max_length=80)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("meeting", "name"), name="meeting_figure_once"),)

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.name}"


class Decision(models.Model):
    """What a meeting decided that a unit does (交办): a row linked to its duty; the duty says how it stands."""

    code = models.CharField(max_length=24, primary_key=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="decisions")
    place_code = CodeField()
    text = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="decision")
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("due_at", "code"), name="decision_due"),)

    def __str__(self) -> str:
        return f"{self.code} {self.unit_id}"


class SheetLine(models.Model):
    """How an earlier decision stood when the next meeting began (督办)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="sheet")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="sheets")
    standing = models.CharField(max_length=11, choices=choices_of(Standing))
    note = models.CharField(max_length=300, blank=True, default="")  # the proof, or the reason that was given

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("meeting", "decision"), name="sheet_once"),)

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.decision_id}"
