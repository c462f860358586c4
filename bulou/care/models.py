"""The room's tables: needs, what hospitals answered, standing visits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.care.choices import AnswerState, CareState, How, Need
from bulou.ledger.columns import CodeField
from bulou.units.models import Unit, choices_of


class StandingVisit(models.Model):
    """Visits that come again (透析预约): they go on whatever is ordered for the place."""

    code = models.CharField(max_length=24, primary_key=True)
    person_id = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="standing_visits")  # who sees to it
    place_code = CodeField()
    need = models.CharField(max_length=14, choices=choices_of(Need))
    hospital = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="visits_expected")
    weekdays = models.CharField(max_length=7)  # digits, Monday 1
    at = models.TimeField()  # local, at the hospital
    since_on = models.DateField()
    until_on = models.DateField(null=True)
    planned_to = models.DateTimeField()  # visits up to here are asked for already
    kept_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("code",)
        indexes = (models.Index(fields=("planned_to",), name="care_standing_next"),)
        constraints = (
            models.CheckConstraint(condition=~Q(weekdays=""), name="care_standing_days"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=models.F("since_on")), name="care_standing_span"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.need} {self.weekdays}"


class CareNeed(models.Model):
    """One need of one person, from the first word to being home again; a test result is never asked for."""

    code = models.CharField(max_length=24, primary_key=True)
    person_id = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="care_needs")  # who sees to it
    place_code = CodeField()
    need = models.CharField(max_length=14, choices=choices_of(Need))
    note = models.CharField(max_length=300, blank=True, default="")
    how = models.CharField(max_length=8, choices=choices_of(How))
    state = models.CharField(max_length=10, choices=choices_of(CareState), default=CareState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=120)
    due_at = models.DateTimeField()  # a hospital has accepted, or the help has come
    visit_at = models.DateTimeField(null=True)  # of a standing visit
    standing = models.ForeignKey(StandingVisit, null=True, on_delete=models.PROTECT, related_name="needs")
    hospital = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="people_expected")
    refusals = models.SmallIntegerField(default=0)
    vehicle = models.CharField(max_length=80, blank=True, default="")
    left_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="care_due"),
            models.Index(fields=("place_code", "code"), name="care_place"),
            models.Index(fields=("hospital", "state"), name="care_hospital"),
            models.Index(fields=("person_id",), name="care_person"),
        )
        constraints = (
            models.UniqueConstraint(fields=("standing", "visit_at"), name="care_visit_once"),
            models.CheckConstraint(
                condition=~Q(state__in=(CareState.ACCEPTED, CareState.ON_THE_WAY, CareState.RECEIVED))
                | Q(hospital__isnull=False),
                name="care_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(CareState.HELPED, CareState.WITHDRAWN)) | (Q(ended_at__isnull=False) & ~Q(result="")),
                name="care_ends_with_a_result",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.need}"


class HospitalAnswer(models.Model):
    """A hospital was asked, and what it said: at most one open question to one hospital for one need."""

    code = models.CharField(max_length=24, primary_key=True)
    need = models.ForeignKey(CareNeed, on_delete=models.PROTECT, related_name="answers")
    hospital = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="care_answers")
    state = models.CharField(max_length=10, choices=choices_of(AnswerState), default=AnswerState.ASKED)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    no_test = models.BooleanField(default=False)  # refused for want of a test result: never a ground

    class Meta:
        ordering = ("asked_at", "code")
        indexes = (models.Index(fields=("hospital", "state"), name="care_asked"),)
        constraints = (
            models.UniqueConstraint(fields=("need", "hospital"), condition=Q(state=AnswerState.ASKED), name="care_asked_once"),
            models.CheckConstraint(condition=~Q(state=AnswerState.REFUSED) | ~Q(reason=""), name="care_refused_with_reason"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.hospital_id} {self.state}"
