"""Isolation sites, who answers for them, what inspectors found, and who is trained to work there."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.isolation.choices import Answer, FindingState, InspectionKind, PartyKind, SiteState
from bulou.ledger.columns import CodeField
from bulou.units.models import Staff, Unit, choices_of

PARTIES = len(PartyKind)


class IsolationSite(models.Model):
    """A building that takes people in, or may one day; it opens only accepted and with all five parties named."""

    unit = models.OneToOneField(Unit, primary_key=True, on_delete=models.PROTECT, related_name="isolation_site")
    name = models.CharField(max_length=80)
    place_code = CodeField()
    address = models.CharField(max_length=200, blank=True, default="")
    x = models.FloatField(null=True)  # the city's planar kilometres
    y = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=choices_of(SiteState), default=SiteState.CANDIDATE)
    parties = models.SmallIntegerField(default=0)  # how many of the five are named now
    wanted_by = models.DateTimeField()  # when the city needs it
    proposed_at = models.DateTimeField()
    surveyed_at = models.DateTimeField(null=True)
    rebuilt_at = models.DateTimeField(null=True)
    rebuilt_note = models.CharField(max_length=300, blank=True, default="")
    accepted_at = models.DateTimeField(null=True)
    opens_within_min = models.IntegerField(null=True)  # of a reserve: from the call to the first guest
    called_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")  # why it is paused or closed

    class Meta:
        ordering = ("unit",)
        indexes = (models.Index(fields=("state", "unit"), name="isosite_state"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state=SiteState.OPEN)
                | (Q(accepted_at__isnull=False) & Q(opened_at__isnull=False) & Q(parties=PARTIES)),
                name="isosite_open_has_parties",
            ),
            models.CheckConstraint(condition=Q(parties__gte=0) & Q(parties__lte=PARTIES), name="isosite_parties"),
            models.CheckConstraint(
                condition=~Q(state=SiteState.RESERVE) | (Q(accepted_at__isnull=False) & Q(opens_within_min__gt=0)),
                name="isosite_reserve_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(SiteState.PAUSED, SiteState.CLOSED)) | ~Q(reason=""), name="isosite_stands_still_why"
            ),
            models.CheckConstraint(
                condition=(Q(x=None) & Q(y=None)) | (Q(x__isnull=False) & Q(y__isnull=False)), name="isosite_position"
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.name}"


class Survey(models.Model):
    """What surveyors saw of a candidate: fire safety, water, sewage, lifts, distance to the next dwelling."""

    site = models.ForeignKey(IsolationSite, on_delete=models.PROTECT, related_name="surveys")
    surveyed_at = models.DateTimeField()
    surveyed_by = models.CharField(max_length=120)
    unit_code = CodeField()
    fire_ok = models.BooleanField()  # exits free, alarm and extinguishers work
    water_ok = models.BooleanField()
    sewage_ok = models.BooleanField()  # can be disinfected before it leaves
    lifts = models.SmallIntegerField()  # two are needed to keep staff and guests apart
    distance_m = models.IntegerField()
    rooms = models.IntegerField()
    suitable = models.BooleanField()
    faults = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("-surveyed_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(lifts__gte=0) & Q(distance_m__gte=0) & Q(rooms__gte=0), name="survey_counts"),
            models.CheckConstraint(
                condition=Q(suitable=True, faults="") | (Q(suitable=False) & ~Q(faults="")), name="survey_why"
            ),
        )

    def __str__(self) -> str:
        return f"{self.site_id} {self.surveyed_at:%m-%d}"


class SiteParty(models.Model):
    """One of the five responsible parties of a site: a unit and a named person, for an interval."""

    site = models.ForeignKey(IsolationSite, on_delete=models.PROTECT, related_name="party_rows")
    kind = models.CharField(max_length=20, choices=choices_of(PartyKind))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=80)
    phone = models.CharField(max_length=32, blank=True, default="")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    named_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("site", "kind", "from_at")
        constraints = (
            models.UniqueConstraint(fields=("site", "kind"), condition=Q(until_at=None), name="party_one_now"),
            models.CheckConstraint(condition=~Q(person_name=""), name="party_has_a_name"),
            models.CheckConstraint(condition=Q(until_at=None) | Q(until_at__gte=F("from_at")), name="party_order"),
        )

    def __str__(self) -> str:
        return f"{self.site_id} {self.kind}"


class Inspection(models.Model):
    """Somebody went through the checklist of the policy pack (三区两通道) at a site."""

    site = models.ForeignKey(IsolationSite, on_delete=models.PROTECT, related_name="inspections")
    kind = models.CharField(max_length=10, choices=choices_of(InspectionKind))
    inspected_at = models.DateTimeField()
    inspected_by = models.CharField(max_length=120)
    inspector = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    pack_version = models.CharField(max_length=24)

    class Meta:
        ordering = ("-inspected_at", "-id")
        indexes = (models.Index(fields=("site", "-inspected_at"), name="inspection_site"),)

    def __str__(self) -> str:
        return f"{self.site_id} {self.kind} {self.inspected_at:%m-%d %H:%M}"


class InspectionAnswer(models.Model):
    """What the inspector said of one item."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="answers")
    item = models.CharField(max_length=48)
    answer = models.CharField(max_length=16, choices=choices_of(Answer))
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("inspection", "id")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "item"), name="inspection_answer_once"),
            models.CheckConstraint(condition=Q(answer=Answer.YES) | ~Q(note=""), name="inspection_answer_why"),
        )

    def __str__(self) -> str:
        return f"{self.item}: {self.answer}"


class Finding(models.Model):
    """Something that must be mended by a time, and looked at again by another unit; found again, it says how often."""

    code = models.CharField(max_length=24, primary_key=True)
    site = models.ForeignKey(IsolationSite, on_delete=models.PROTECT, related_name="findings")
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="findings")
    item = models.CharField(max_length=48)
    required = models.BooleanField()  # the site may not be accepted with it
    note = models.CharField(max_length=300)
    found_at = models.DateTimeField()
    fix_by = models.DateTimeField()
    times = models.SmallIntegerField(default=1)  # how often this was found at this site, this time counted
    state = models.CharField(max_length=8, choices=choices_of(FindingState), default=FindingState.OPEN)
    fixed_at = models.DateTimeField(null=True)
    fixed_by = models.CharField(max_length=120, blank=True, default="")
    fixed_unit = CodeField(blank=True, default="")
    fix_note = models.CharField(max_length=300, blank=True, default="")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, blank=True, default="")
    closed_unit = CodeField(blank=True, default="")
    not_mended = models.SmallIntegerField(default=0)  # how often a re-check did not agree

    class Meta:
        ordering = ("fix_by", "code")
        indexes = (
            models.Index(fields=("site", "item"), name="finding_item"),
            models.Index(fields=("fix_by", "code"), condition=~Q(state=FindingState.CLOSED), name="finding_live"),
        )
        constraints = (
            models.UniqueConstraint(fields=("site", "item"), condition=~Q(state=FindingState.CLOSED), name="finding_one_live"),
            models.CheckConstraint(
                condition=Q(state=FindingState.OPEN, fixed_at=None)
                | (~Q(state=FindingState.OPEN) & Q(fixed_at__isnull=False) & ~Q(fixed_unit="") & ~Q(fix_note="")),
                name="finding_fixed",
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.CLOSED)
                | (Q(closed_at__isnull=False) & ~Q(closed_unit="") & ~Q(closed_unit=F("fixed_unit"))),
                name="finding_other_unit_closed",
            ),
            models.CheckConstraint(condition=Q(times__gte=1), name="finding_times"),
        )

    def __str__(self) -> str:
        return str(self.code)


class Training(models.Model):
    """Somebody of the staff passed a topic that the pack asks for before a first shift (先培训后上岗)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="trainings")
    topic = models.CharField(max_length=48)
    trained_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    trained_by = models.CharField(max_length=120)
    unit_code = CodeField()  # the unit that trained

    class Meta:
        ordering = ("staff", "topic", "-trained_at")
        constraints = (
            models.UniqueConstraint(fields=("staff", "topic", "trained_at"), name="training_once"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("trained_at")), name="training_order"),
        )

    def __str__(self) -> str:
        return f"{self.staff_id} {self.topic}"
