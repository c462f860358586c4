"""Presences by day, the warrants under which they may be searched, and every search."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.investigation.choices import WarrantState
from bulou.investigation.models.cases import Case
from bulou.investigation.models.contacts import Contact
from bulou.ledger.columns import CodeField
from bulou.units.models import choices_of


class PresenceDay(models.Model):
    """The presences that began on one local day: how many, in which files, and when they were deleted by rule."""

    day = models.DateField()
    unit = CodeField()  # whose import it was: the top of the jurisdiction that may search it
    rows = models.IntegerField()
    people = models.IntegerField()
    places = models.IntegerField()
    files = models.JSONField(default=dict)  # name → SHA-256
    last_left_at = models.DateTimeField()  # a stay may end days after it began
    stored_at = models.DateTimeField()
    stored_by = models.CharField(max_length=120)
    expired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-day",)
        constraints = (models.UniqueConstraint(fields=("unit", "day"), condition=Q(expired_at=None), name="presence_day_once"),)

    def __str__(self) -> str:
        return f"{self.unit} {self.day}"


class Warrant(models.Model):
    """The permission to search presences for one case: purpose, window, who asked, who signed, until when it holds."""

    code = models.CharField(max_length=24, primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="warrants")
    purpose = models.CharField(max_length=300)
    from_at = models.DateTimeField()  # the window of presences that may be searched
    until_at = models.DateTimeField()
    unit = CodeField()  # the asking unit
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=120)
    asked_post = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=choices_of(WarrantState), default=WarrantState.ASKED)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.CharField(max_length=120, blank=True, default="")
    signed_post = models.CharField(max_length=24, blank=True, default="")
    legal_basis = models.CharField(max_length=160, blank=True, default="")
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True, default="")  # why refused or ended

    class Meta:
        ordering = ("-asked_at", "code")
        constraints = (
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="warrant_window"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("asked_at")), name="warrant_end"),
            models.CheckConstraint(
                condition=~Q(state=WarrantState.SIGNED)
                | (Q(signed_at__isnull=False) & ~Q(signed_by="") & ~Q(signed_post=F("asked_post")) & ~Q(legal_basis="")),
                name="warrant_signed_by_another",
            ),
        )

    def __str__(self) -> str:
        return self.code


class Search(models.Model):
    """One search under a warrant: which days were read, how many people were found; kept for the auditor."""

    warrant = models.ForeignKey(Warrant, on_delete=models.PROTECT, related_name="searches")
    searched_at = models.DateTimeField()
    searched_by = models.CharField(max_length=120)
    unit = CodeField()
    days = models.JSONField(default=list)
    min_minutes = models.FloatField()
    rings = models.SmallIntegerField()
    found = models.JSONField(default=list)  # people per ring
    elapsed_s = models.FloatField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.warrant_id} {self.searched_at:%m-%d %H:%M}"


class SearchHit(models.Model):
    """Somebody whom a search found; becomes a contact only by an explicit act, and goes with the day it came from."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="hits")
    person_id = models.CharField(max_length=40)
    ring = models.SmallIntegerField()
    source_person_id = models.CharField(max_length=40)
    place = models.CharField(max_length=160)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    minutes = models.FloatField()
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("search", "ring", "-minutes", "person_id")
        constraints = (models.UniqueConstraint(fields=("search", "person_id"), name="search_hit_once"),)

    def __str__(self) -> str:
        return f"{self.search_id} {self.person_id}"
