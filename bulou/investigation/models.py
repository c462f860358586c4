"""Cases. Detected, diagnosed and reported are three instants."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.investigation.choices import CaseStatus, ChaseStep, FoundWhere
from bulou.ledger.columns import CodeField
from bulou.units.models import choices_of


class Case(models.Model):
    """A person with a positive single test: one open case per person."""

    code = models.CharField(max_length=24, primary_key=True)
    person_id = models.CharField(max_length=40)
    place_code = CodeField()  # place of stay
    tube_id = models.CharField(max_length=40)
    sampled_at = models.DateTimeField()
    detected_at = models.DateTimeField()  # the laboratory's positive
    diagnosed_at = models.DateTimeField(null=True)
    # What the experts first said: the day's figure stays what it was when the case is converted later.
    diagnosed_as = models.CharField(max_length=12, choices=choices_of(CaseStatus), blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    converted_at = models.DateTimeField(null=True)  # asymptomatic → confirmed, counted once
    released_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=12, choices=choices_of(CaseStatus), default=CaseStatus.PRELIMINARY)
    found_where = models.CharField(max_length=12, choices=choices_of(FoundWhere), default=FoundWhere.UNKNOWN)
    laboratories = models.CharField(max_length=160, blank=True, default="")  # ';'-joined: who reported the positive

    class Meta:
        ordering = ("-detected_at", "code")
        indexes = (
            models.Index(fields=("place_code", "-detected_at"), name="case_place"),
            models.Index(fields=("status", "diagnosed_at"), name="case_status"),
            models.Index(fields=("person_id", "-detected_at"), name="case_person"),
            models.Index(fields=("tube_id",), name="case_tube"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("person_id",),
                condition=Q(released_at=None) & ~Q(status=CaseStatus.EXCLUDED),
                name="case_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.PRELIMINARY, diagnosed_at=None, diagnosed_as="")
                | (~Q(status=CaseStatus.PRELIMINARY) & Q(diagnosed_at__isnull=False) & ~Q(diagnosed_as="")),
                name="case_diagnosed",
            ),
        )

    def __str__(self) -> str:
        return self.code


class ChaseStepDone(models.Model):
    """One step of a case's chase with its instant: result → found → held → investigated → contacts listed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=16, choices=choices_of(ChaseStep))
    done_at = models.DateTimeField()
    done_by = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("case", "done_at", "id")
        constraints = (models.UniqueConstraint(fields=("case", "step"), name="chase_step_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"
