"""Residents and households by place of stay."""

from __future__ import annotations

from django.db import models

from bulou.ledger.columns import CodeField
from bulou.people.choices import DriftCause, IdentityKind


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

    class Meta:
        ordering = ("person_id",)
        indexes = (
            models.Index(fields=("place_code", "person_id"), name="resident_place"),
            models.Index(fields=("household_id",), name="resident_household"),
            models.Index(fields=("identity_number",), condition=~models.Q(identity_number=""), name="resident_identity"),
            models.Index(fields=("name",), name="resident_name"),
        )

    def __str__(self) -> str:
        return self.person_id


class BaseNumberChange(models.Model):
    """One step of a community's base number, with its cause: how 61,204 became 60,987 is always answerable."""

    place_code = CodeField()
    changed_at = models.DateTimeField()
    cause = models.CharField(max_length=12, choices=[(cause.value, cause.value) for cause in DriftCause])
    change = models.IntegerField()
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ("-changed_at", "place_code")
        indexes = (models.Index(fields=("place_code", "-changed_at"), name="base_number_place"),)

    def __str__(self) -> str:
        return f"{self.place_code} {self.change:+d} {self.cause}"
