"""The room's tables: risk zones, and the places that each is drawn from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.ledger.models import Entry
from bulou.units.models import Unit, choices_of
from bulou.zones.choices import RiskLevel, ZoneState


class RiskZone(models.Model):
    """A set of places with one level; a proposal restricts nobody, and two units stand behind a declared one."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=120)
    aliases = models.CharField(max_length=300, blank=True, default="")  # what people call the place
    level = models.CharField(max_length=4, choices=choices_of(RiskLevel))
    after_high = models.BooleanField(default=False)  # came down from high: the shorter rule holds
    state = models.CharField(max_length=8, choices=choices_of(ZoneState), default=ZoneState.PROPOSED)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="zones")  # in whose territory all of it lies
    authority = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # who decides on it
    basis = models.CharField(max_length=200)  # the rule or the document
    reason = models.CharField(max_length=300)
    because = models.CharField(max_length=96, blank=True, default="")  # case:…
    proposed_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.CharField(max_length=120)
    proposed_at = models.DateTimeField()
    due_at = models.DateTimeField()  # of the decision
    declared_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    declared_by = models.CharField(max_length=120, blank=True, default="")
    declared_at = models.DateTimeField(null=True)
    notice_zh = models.TextField(blank=True, default="")
    notice_en = models.TextField(blank=True, default="")
    level_on = models.DateField()  # since when it has its level
    last_on = models.DateField()  # of the last infection
    positives = models.IntegerField(default=0)
    screened_on = models.DateField(null=True)  # a whole round inside was negative on this day
    screened_by = models.CharField(max_length=200, blank=True, default="")  # the round, and who says so
    exits_at = models.DateTimeField(null=True)  # somebody walked all fire exits and found them open
    exits_by = models.CharField(max_length=120, blank=True, default="")
    kept_on = models.DateField(null=True)  # somebody said on this day why it stays although the rule is met
    kept_why = models.CharField(max_length=300, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True, default="")
    ended_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("-proposed_at", "code")
        indexes = (
            models.Index(fields=("unit", "state"), name="zone_unit"),
            models.Index(fields=("-proposed_at", "code"), name="zone_proposed"),
            models.Index(fields=("state", "code"), name="zone_state"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(state=ZoneState.DECLARED)
                | (Q(declared_at__isnull=False) & ~Q(declared_by="") & ~Q(notice_zh="") & ~Q(notice_en="")),
                name="zone_declared_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(declared_unit=None) | ~Q(declared_unit=F("proposed_unit")), name="zone_two_units"
            ),
            models.CheckConstraint(
                condition=Q(state__in=(ZoneState.PROPOSED, ZoneState.DECLARED))
                | (Q(ended_at__isnull=False) & ~Q(ended_why="")),
                name="zone_ended_why",
            ),
            models.CheckConstraint(
                condition=~Q(level=RiskLevel.LOW) | Q(state=ZoneState.ENDED), name="zone_low_is_over"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ZonePart(models.Model):
    """One place of a zone: a building, a compound's community, a street; of one zone only while that stands."""

    zone = models.ForeignKey(RiskZone, on_delete=models.PROTECT, related_name="parts")
    place_code = CodeField()
    evidence = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")  # the latest positive in it
    live = models.BooleanField(default=True)

    class Meta:
        ordering = ("place_code", "id")
        constraints = (models.UniqueConstraint(fields=("place_code",), condition=Q(live=True), name="zone_part_once"),)

    def __str__(self) -> str:
        return f"{self.zone_id} {self.place_code}"
