"""Residents and households by place of stay."""

from __future__ import annotations

from django.db import models

from bulou.ledger.columns import CodeField
from bulou.people.choices import DriftCause, IdentityKind
from bulou.people.rules import WITHOUT_NUMBER

_NUMBERLESS = [kind.value for kind in WITHOUT_NUMBER]


class Resident(models.Model):
    """Somebody who stays in the city, registered or not; ``person_id`` is the public key that files use.

    ``place_code`` is the place of *stay*, as deep as it is known; no foreign key, because six million rows are loaded
    by set and checked against the divisions as a set.
    """

    person_id = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80, blank=True, default="")
    identity_kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in IdentityKind])
    identity_number = models.CharField(max_length=32, blank=True, default="")
    birth_on = models.DateField(null=True)
    phone = models.CharField(max_length=32, blank=True, default="")
    place_code = CodeField()
    household_id = models.CharField(max_length=40, blank=True, default="")
    vulnerable = models.CharField(max_length=120, blank=True, default="")  # ';'-joined Vulnerability values
    guardian_id = models.CharField(max_length=40, blank=True, default="")
    since_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    left_cause = models.CharField(
        max_length=12, blank=True, default="", db_default=""
    )  # a DriftCause, where the leaving was recorded

    class Meta:
        ordering = ("person_id",)
        indexes = (
            models.Index(fields=("place_code", "person_id"), name="resident_place"),
            models.Index(fields=("household_id",), name="resident_household"),
            models.Index(fields=("identity_number",), condition=~models.Q(identity_number=""), name="resident_identity"),
            models.Index(fields=("name",), name="resident_name"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(identity_kind__in=_NUMBERLESS, identity_number="")
                | (~models.Q(identity_kind__in=_NUMBERLESS) & models.Q(identity_number__gt="")),
                name="resident_number_of_its_kind",
            ),
            models.CheckConstraint(
                condition=~models.Q(identity_kind=IdentityKind.NEWBORN.value) | models.Q(guardian_id__gt=""),
                name="resident_newborn_has_guardian",
            ),
            models.CheckConstraint(
                condition=models.Q(left_cause="") | models.Q(left_on__isnull=False), name="resident_left_for_a_cause"
            ),
        )

    def __str__(self) -> str:
        return self.person_id


class BaseNumberChange(models.Model):
    """One step of a community's base number, with its cause: how 61,204 became 60,987 is always answerable.

    A file writes one row for each community and cause, an action one for each community that it concerns. The sum of a
    community's changes is the number of residents who stay there: ``drift.unequal`` asks the database for those where it
    is not.
    """

    place_code = CodeField()
    changed_at = models.DateTimeField()
    cause = models.CharField(max_length=12, choices=[(cause.value, cause.value) for cause in DriftCause])
    change = models.IntegerField()
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ("-changed_at", "place_code")
        indexes = (models.Index(fields=("place_code", "-changed_at"), name="base_number_place"),)
        constraints = (models.CheckConstraint(condition=~models.Q(change=0), name="base_number_moves"),)

    def __str__(self) -> str:
        return f"{self.place_code} {self.change:+d} {self.cause}"
