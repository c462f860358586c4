"""The room's tables: risk points, dangers, and what people said of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.hazards.choices import Cause, CheckResult, HazardKind, HazardState, How, PointState
from bulou.ledger.columns import CodeField
from bulou.units.models import Unit, choices_of


class RiskPoint(models.Model):
    """A place that is looked at again and again (风险点): an exit behind a fence, a generator, the spot where queues form."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="risk_points")
    place_code = CodeField()
    place = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=choices_of(HazardKind))
    every_days = models.SmallIntegerField()
    state = models.CharField(max_length=8, choices=choices_of(PointState), default=PointState.WATCHED)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=120)
    next_at = models.DateTimeField()  # the check that is due next
    owed_for = models.DateTimeField(null=True)  # the check that is a duty already
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=120, blank=True, default="")
    result = models.CharField(max_length=8, choices=choices_of(CheckResult), blank=True, default="")
    finding = models.CharField(max_length=300, blank=True, default="")  # the last one
    ended = models.CharField(max_length=200, blank=True, default="")  # why nobody looks any more

    class Meta:
        ordering = ("next_at", "code")
        indexes = (
            models.Index(fields=("next_at", "code"), condition=Q(state=PointState.WATCHED), name="risk_point_next"),
            models.Index(fields=("unit", "state"), name="risk_point_unit"),
            models.Index(fields=("place_code", "code"), name="risk_point_place"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(every_days__gte=1), name="risk_point_is_checked"),
            models.CheckConstraint(condition=~Q(state=PointState.REMOVED) | ~Q(ended=""), name="risk_point_removed_why"),
            models.CheckConstraint(condition=~Q(result=CheckResult.WRONG) | ~Q(finding=""), name="risk_point_finding"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.kind} {self.place}"


class Hazard(models.Model):
    """A crowd or another danger: whose it is, who stands in, counts at report and at close, its cause, the proof of its end."""

    code = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=12, choices=choices_of(HazardKind))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="hazards")
    fallback = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="hazards_stood_in")  # goes when nobody does
    place_code = CodeField()
    place = models.CharField(max_length=160)
    what = models.CharField(max_length=300)
    how = models.CharField(max_length=8, choices=choices_of(How))
    in_confidence = models.BooleanField(default=False)  # whom it concerns does not see who said it
    point = models.ForeignKey(RiskPoint, null=True, on_delete=models.PROTECT, related_name="hazards")
    state = models.CharField(max_length=8, choices=choices_of(HazardState), default=HazardState.REPORTED)
    people = models.IntegerField(null=True)  # of a crowd, as first reported
    reported_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True)  # of a crowd: somebody goes by then, or whoever stands in is owed
    unanswered_at = models.DateTimeField(null=True)
    going_at = models.DateTimeField(null=True)
    going_by = models.CharField(max_length=120, blank=True, default="")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, blank=True, default="")
    people_left = models.IntegerField(null=True)  # of a crowd, at the close
    cause = models.CharField(max_length=8, choices=choices_of(Cause), blank=True, default="")
    because = models.CharField(max_length=96, blank=True, default="")  # the record behind the cause: request:…, supply:…
    photo = models.CharField(max_length=64, blank=True, default="")  # its SHA-256
    witness = models.CharField(max_length=120, blank=True, default="")
    result = models.CharField(max_length=200, blank=True, default="")
    reopened = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="hazard_due"),
            models.Index(fields=("unit", "state"), name="hazard_unit"),
            models.Index(fields=("fallback", "state"), name="hazard_fallback"),
            models.Index(fields=("place_code", "code"), name="hazard_place"),
            models.Index(fields=("answer_by",), condition=Q(state=HazardState.REPORTED), name="hazard_answer"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=(HazardState.OVER, HazardState.ABSENT))
                | (Q(closed_at__isnull=False) & (~Q(photo="") | ~Q(witness=""))),
                name="hazard_closed_with_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(kind=HazardKind.CROWD)
                | (Q(people__isnull=False) & (~Q(state=HazardState.OVER) | (Q(people_left__isnull=False) & ~Q(cause="")))),
                name="hazard_crowd_is_counted",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.kind} {self.place}"


class HazardReport(models.Model):
    """Who said it: one danger may be reported by many. A hidden one is read by who took it down, and never by the owner."""

    code = models.CharField(max_length=24, primary_key=True)
    hazard = models.ForeignKey(Hazard, on_delete=models.PROTECT, related_name="reports")
    how = models.CharField(max_length=8, choices=choices_of(How))
    name = models.CharField(max_length=80, blank=True, default="")  # blank: nobody asked
    phone = models.CharField(max_length=24, blank=True, default="")
    what = models.CharField(max_length=300, blank=True, default="")
    people = models.IntegerField(null=True)
    hidden = models.BooleanField(default=False)
    kept = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="hazard_reports")  # who may read it
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ("-reported_at", "code")
        indexes = (
            models.Index(fields=("-reported_at", "-code"), name="hazard_report_at"),
            models.Index(fields=("kept", "hazard"), name="hazard_report_kept"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.hazard_id}"
