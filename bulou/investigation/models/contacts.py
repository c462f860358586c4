"""Contacts of cases, their exposures, how they are graded and what they owe because of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.duties.models import Duty
from bulou.investigation.choices import ContactStatus, ExposureSource, Grade, Setting
from bulou.investigation.models.cases import Case
from bulou.ledger.columns import CodeField
from bulou.units.models import choices_of


class Contact(models.Model):
    """A person who was near a case (密接), or near a close contact of it (次密接, ``through``)."""

    code = models.CharField(max_length=24, primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    person_id = models.CharField(max_length=40)
    place_code = CodeField()  # place of stay
    through = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="secondaries")
    grade = models.CharField(max_length=12, choices=choices_of(Grade))
    because = models.CharField(max_length=300)  # in plain words, with the rule's name
    rule = models.CharField(max_length=300)  # document and clause
    hand_grade = models.CharField(max_length=12, choices=choices_of(Grade), blank=True, default="")
    hand_reason = models.CharField(max_length=300, blank=True, default="")
    hand_at = models.DateTimeField(null=True)
    # The case that its close contact became within the first tests: then the rule makes this one a close contact too.
    upgraded_by = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="upgraded")
    graded_at = models.DateTimeField()  # since when this grade holds
    status = models.CharField(max_length=12, choices=choices_of(ContactStatus), default=ContactStatus.ACTIVE)
    last_exposed_at = models.DateTimeField()  # the end of its last exposure that stands
    listed_at = models.DateTimeField()
    listed_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True, default="")
    became = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="was_contact")
    kept_by = CodeField(blank=True, default="")  # the unit in whose care the person is now: an isolation site

    class Meta:
        ordering = ("-listed_at", "code")
        indexes = (
            models.Index(fields=("place_code", "-listed_at"), name="contact_place"),
            models.Index(fields=("person_id",), name="contact_person"),
            models.Index(fields=("-listed_at", "code"), name="contact_listed"),
        )
        constraints = (
            models.UniqueConstraint(fields=("case", "person_id"), name="contact_once"),
            models.CheckConstraint(
                condition=Q(status=ContactStatus.ACTIVE, ended_at=None)
                | (~Q(status=ContactStatus.ACTIVE) & Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="contact_ended",
            ),
            models.CheckConstraint(
                condition=Q(hand_grade="", hand_at=None) | (~Q(hand_grade="") & Q(hand_at__isnull=False) & ~Q(hand_reason="")),
                name="contact_hand_reason",
            ),
            models.CheckConstraint(
                condition=(Q(status=ContactStatus.BECAME_CASE) & Q(became__isnull=False))
                | (~Q(status=ContactStatus.BECAME_CASE) & Q(became=None)),
                name="contact_became",
            ),
            models.CheckConstraint(condition=~Q(through=F("code")), name="contact_not_through_itself"),
        )

    def __str__(self) -> str:
        return self.code


class Exposure(models.Model):
    """When and where a contact was near a case; without a contact, where the case itself was while infectious."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exposures")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="exposures")
    setting = models.CharField(max_length=12, choices=choices_of(Setting))
    place = models.CharField(max_length=160, blank=True, default="")  # a place's code, or words
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    minutes = models.FloatField(null=True)  # of one uninterrupted meeting, where it is known apart from the window
    protected = models.BooleanField(default=False)  # effectively: both masked, or behind glass
    source = models.CharField(max_length=12, choices=choices_of(ExposureSource))
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=120)
    withdrawn_at = models.DateTimeField(null=True)  # corrected: another row stands in its place
    withdrawn_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("from_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "setting", "place", "from_at"),
                condition=Q(withdrawn_at=None, contact__isnull=False),
                name="exposure_once",
            ),
            models.UniqueConstraint(
                fields=("case", "setting", "place", "from_at"),
                condition=Q(withdrawn_at=None, contact=None),
                name="exposure_case_once",
            ),
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="exposure_order"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_why="") | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
                name="exposure_withdrawn_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.setting} {self.from_at:%m-%d %H:%M}"


class GradeChange(models.Model):
    """One step of a contact's grading, with its reason: upgraded, downgraded, or first graded."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="changes")
    before = models.CharField(max_length=12, choices=choices_of(Grade), blank=True, default="")
    after = models.CharField(max_length=12, choices=choices_of(Grade))
    because = models.CharField(max_length=300)
    rule = models.CharField(max_length=300)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.contact_id} {self.before} → {self.after}"


class ContactDuty(models.Model):
    """A duty that somebody owes for a person because of a contact, and why: the pack's rule in plain words."""

    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, primary_key=True, related_name="contact_duty")
    person_id = models.CharField(max_length=40)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="owed")
    because = models.CharField(max_length=300)
    rule = models.CharField(max_length=300)

    class Meta:
        indexes = (models.Index(fields=("person_id",), name="contact_duty_person"),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.duty_id}"
