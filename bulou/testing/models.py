"""Visits to the missing, self-tests, and the derived progress of a round."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.ledger.columns import CodeField
from bulou.rounds.models import TestingRound
from bulou.testing.choices import AntigenOutcome, VisitOutcome
from bulou.units.models import Unit, choices_of


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
    place_code = CodeField(default="")  # of the roster
    outcome = models.CharField(max_length=10, choices=choices_of(AntigenOutcome))
    reported_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("round", "person_id"), name="antigen_person"),
            models.Index(fields=("-reported_at", "-id"), name="antigen_latest"),
        )

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


class KitDelivery(models.Model):
    """Self-test kits at every door of a community in an antigen round (抗原试剂到户): how many households have theirs."""

    code = models.CharField(max_length=96, primary_key=True)
    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="kit_deliveries")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="kit_deliveries")  # who brings them
    place_code = CodeField()
    households = models.IntegerField()  # of the roster, when the round opened
    delivered = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=200, blank=True, default="")  # the last delivery's

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("due_at", "code"), name="kits_due"),)
        constraints = (
            models.UniqueConstraint(fields=("round", "place_code"), name="kits_once"),
            models.CheckConstraint(
                condition=Q(delivered__gte=0) & Q(delivered__lte=models.F("households")), name="kits_never_more_than_doors"
            ),
            models.CheckConstraint(condition=Q(delivered=0) | ~Q(evidence=""), name="kits_with_evidence"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.delivered}/{self.households}"

    @property
    def state(self) -> str:
        """``owed`` until every household has its kit."""
        return "done" if self.delivered >= self.households else "owed"

    @property
    def missing(self) -> int:
        """Households without a kit."""
        return self.households - self.delivered
