"""Visits to the missing, self-tests, and the derived progress of a round."""

from __future__ import annotations

from django.db import models

from bulou.ledger.columns import CodeField
from bulou.rounds.models import TestingRound
from bulou.testing.choices import AntigenOutcome, VisitOutcome
from bulou.units.models import choices_of


class Visit(models.Model):
    """What a worker found at a missing person's door; seen by the round's unit only, expires with the round."""

    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="visits", db_index=False)
    person_id = CodeField(max_length=40)
    outcome = models.CharField(max_length=10, choices=choices_of(VisitOutcome))
    note = models.CharField(max_length=200, blank=True, default="")
    appointed_at = models.DateTimeField(null=True)
    visited_at = models.DateTimeField()
    visited_by = models.CharField(max_length=120)

    class Meta:
        indexes = (models.Index(fields=("round", "person_id", "-id"), name="visit_person"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.person_id} {self.outcome}"


class AntigenReport(models.Model):
    """A self-test's result in an antigen round; a positive opens a PCR visit and is no case by itself."""

    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="antigen_reports", db_index=False)
    person_id = CodeField(max_length=40)
    outcome = models.CharField(max_length=10, choices=choices_of(AntigenOutcome))
    reported_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("round", "person_id"), name="antigen_person"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.person_id} {self.outcome}"


class Progress(models.Model):
    """The derived figures of a round in one place at an instant; a view, always rebuilt from roster and tubes."""

    round = models.ForeignKey(TestingRound, on_delete=models.CASCADE, related_name="progress", db_index=False)
    place_code = CodeField()
    as_of = models.DateTimeField()
    roster = models.IntegerField()
    tested = models.IntegerField()
    exempt = models.IntegerField()
    missing = models.IntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("round", "place_code", "as_of"), name="progress_once"),)
        indexes = (models.Index(fields=("round", "as_of", "place_code"), name="progress_latest"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.place_code} {self.missing}"
