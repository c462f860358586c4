"""Rounds with their rosters, sites, laboratories and capacity."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.places.models import Area
from bulou.rounds.choices import ExemptionReason, RoundKind, RoundState, SiteState
from bulou.units.models import Unit, choices_of


class Laboratory(models.Model):
    """A unit that tests: how many tubes an hour, and whether it has said that it is full."""

    unit = models.OneToOneField(Unit, primary_key=True, on_delete=models.PROTECT, related_name="laboratory")
    tubes_per_hour = models.IntegerField()
    full_since = models.DateTimeField(null=True)
    full_until = models.DateTimeField(null=True)
    full_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("unit",)
        constraints = (models.CheckConstraint(condition=Q(tubes_per_hour__gt=0), name="laboratory_capacity"),)

    def __str__(self) -> str:
        return str(self.unit_id)


class TestingRound(models.Model):
    """One test of everybody in an area, to be finished by a deadline."""

    __test__ = False  # not a test class for pytest

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True, default="")
    kind = models.CharField(max_length=8, choices=choices_of(RoundKind))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="rounds")
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="rounds")
    opens_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    pool_size = models.SmallIntegerField(default=10)
    state = models.CharField(max_length=12, choices=choices_of(RoundState), default=RoundState.PLANNED)
    roster_size = models.IntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    cut_off_at = models.DateTimeField(null=True)  # when the missing became person duties
    closed_at = models.DateTimeField(null=True)
    frozen_file = models.CharField(max_length=200, blank=True, default="")
    frozen_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("-opens_at", "code")
        constraints = (
            models.CheckConstraint(condition=Q(deadline_at__gt=F("opens_at")), name="round_order"),
            models.CheckConstraint(condition=Q(pool_size__in=(1, 5, 10, 20)), name="round_pool"),
        )

    def __str__(self) -> str:
        return self.code


class RosterEntry(models.Model):
    """One person who must be tested in a round (应检), with the place of stay at the time of drawing."""

    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="roster", db_index=False)
    person_id = CodeField(max_length=40)
    place_code = CodeField()
    household_id = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=("round", "place_code", "person_id"), name="roster_place"),)
        constraints = (models.UniqueConstraint(fields=("round", "person_id"), name="roster_once"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.person_id}"


class Exemption(models.Model):
    """Somebody on the roster who need not be sampled, with reason and signature."""

    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="exemptions", db_index=False)
    person_id = CodeField(max_length=40)
    reason = models.CharField(max_length=24, choices=choices_of(ExemptionReason))
    note = models.CharField(max_length=200, blank=True, default="")
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=120)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("round", "person_id"), name="exemption_once"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.person_id} {self.reason}"


class Site(models.Model):
    """A sampling site in a round; it may not open without laboratory capacity behind it."""

    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="sites", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=80)
    place_code = CodeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    samplers = models.SmallIntegerField(default=1)
    expected_people = models.IntegerField(default=0)
    laboratory = models.ForeignKey(Laboratory, null=True, on_delete=models.PROTECT, related_name="sites")
    state = models.CharField(max_length=8, choices=choices_of(SiteState), default=SiteState.PLANNED)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    queue_people = models.IntegerField(null=True)
    wait_minutes = models.IntegerField(null=True)
    queue_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("round", "unit")
        constraints = (
            models.UniqueConstraint(fields=("round", "unit"), name="site_once"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="site_window"),
            models.CheckConstraint(
                condition=~Q(state=SiteState.OPEN) | Q(laboratory__isnull=False), name="site_open_has_laboratory"
            ),
        )

    def __str__(self) -> str:
        return f"{self.round_id} {self.unit_id}"


class CapacityWindow(models.Model):
    """One hour of a laboratory: how many tubes it can take and how many are claimed; never more than it can."""

    laboratory = models.ForeignKey(Laboratory, on_delete=models.PROTECT, related_name="windows", db_index=False)
    starts_at = models.DateTimeField()
    capacity = models.IntegerField()
    claimed = models.IntegerField(default=0)

    class Meta:
        ordering = ("laboratory", "starts_at")
        constraints = (
            models.UniqueConstraint(fields=("laboratory", "starts_at"), name="window_once"),
            models.CheckConstraint(condition=Q(claimed__gte=0) & Q(claimed__lte=F("capacity")), name="window_not_over"),
        )

    def __str__(self) -> str:
        return f"{self.laboratory_id} {self.starts_at:%m-%d %H}"


class CapacityClaim(models.Model):
    """Tubes of one hour that a site has secured at a laboratory, or one box of it that goes elsewhere (``about``)."""

    window = models.ForeignKey(CapacityWindow, on_delete=models.PROTECT, related_name="claims", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="claims")
    tubes = models.IntegerField()
    released_at = models.DateTimeField(null=True)
    about = CodeField(blank=True, default="", max_length=96)  # box:…; empty for the site's own

    class Meta:
        indexes = (
            models.Index(fields=("window", "site"), name="claim_window"),
            models.Index(fields=("about",), condition=~Q(about=""), name="claim_about"),
        )
        constraints = (models.CheckConstraint(condition=Q(tubes__gt=0), name="claim_positive"),)

    def __str__(self) -> str:
        return f"{self.site_id} {self.tubes}"


class QueueReport(models.Model):
    """How many people wait at a site and how long, as reported or counted at an instant."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="queue_reports", db_index=False)
    reported_at = models.DateTimeField()
    people = models.IntegerField()
    wait_minutes = models.IntegerField()
    reported_by = models.CharField(max_length=120)

    class Meta:
        indexes = (models.Index(fields=("site", "-reported_at"), name="queue_site"),)
        constraints = (models.CheckConstraint(condition=Q(people__gte=0) & Q(wait_minutes__gte=0), name="queue_not_negative"),)

    def __str__(self) -> str:
        return f"{self.site_id} {self.people}"
