"""The room's table: jobs at places."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.environment.choices import JobKind, JobState, Outcome
from bulou.ledger.columns import CodeField
from bulou.units.models import Unit, choices_of


class Job(models.Model):
    """Samples to take or surfaces to disinfect at one place; nobody enters again before somebody else signs that."""

    code = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=12, choices=choices_of(JobKind))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="environment_jobs")  # who does it
    place_code = CodeField()
    place = models.CharField(max_length=160)  # the flat, the bus, the market's stall
    reason = models.CharField(max_length=200)
    because = models.CharField(max_length=96, blank=True, default="")  # the record it comes from: case:…, environment:…
    state = models.CharField(max_length=10, choices=choices_of(JobState), default=JobState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=120, blank=True, default="")
    evidence = models.CharField(max_length=200, blank=True, default="")  # the record's number, the photograph's hash
    samples = models.IntegerField(null=True)
    reopens_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=choices_of(Outcome), blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(max_length=120, blank=True, default="")
    ended = models.CharField(max_length=200, blank=True, default="")  # why it was cancelled

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="environment_due"),
            models.Index(fields=("unit", "state"), name="environment_unit"),
            models.Index(fields=("place_code", "code"), name="environment_place"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "because"),
                condition=~Q(because="") & Q(state__in=(JobState.ASKED, JobState.UNDER_WAY)),
                name="environment_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(JobState.ASKED, JobState.UNDER_WAY, JobState.CANCELLED))
                | (Q(done_at__isnull=False) & ~Q(evidence="")),
                name="environment_done_has_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.CLEARED) | (Q(cleared_at__isnull=False) & ~Q(cleared_by="")),
                name="environment_cleared_is_signed",
            ),
            models.CheckConstraint(condition=~Q(state=JobState.CANCELLED) | ~Q(ended=""), name="environment_cancelled_why"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.kind} {self.place}"
