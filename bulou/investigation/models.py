"""Cases. Detected, diagnosed and reported are three instants."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.investigation.choices import CaseStatus, FoundWhere
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
        )
        constraints = (
            models.UniqueConstraint(fields=("person_id",), condition=Q(released_at=None), name="case_one_open"),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.PRELIMINARY, diagnosed_at=None)
                | (~Q(status=CaseStatus.PRELIMINARY) & Q(diagnosed_at__isnull=False)),
                name="case_diagnosed",
            ),
        )

    def __str__(self) -> str:
        return self.code
