"""The days at home after release: handed over, accepted, checked, found again (解除隔离跟踪管理)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.isolation.choices import CheckKind, FollowUpState, Found
from bulou.isolation.models.stays import Stay
from bulou.ledger.columns import CodeField
from bulou.units.models import choices_of


class FollowUp(models.Model):
    """Somebody released: the site answers until the home community accepts, then the community does, day by day."""

    code = models.CharField(max_length=24, primary_key=True)
    stay = models.OneToOneField(Stay, on_delete=models.PROTECT, related_name="follow_up")
    person_id = CodeField(max_length=40)
    site_code = CodeField()
    home_code = CodeField()  # the community that is asked
    released_at = models.DateTimeField()
    starts_on = models.DateField()
    days = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=choices_of(FollowUpState), default=FollowUpState.OFFERED)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=120, blank=True, default="")
    accepted_unit = CodeField(blank=True, default="")  # usually home_code; another one when it was handed on
    lost_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("released_at", "code")
        indexes = (
            models.Index(fields=("home_code", "released_at"), name="followup_home"),
            models.Index(fields=("released_at", "code"), condition=Q(ended_at=None), name="followup_live"),
            models.Index(fields=("person_id",), name="followup_person"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state=FollowUpState.OFFERED, accepted_at=None)
                | (~Q(state=FollowUpState.OFFERED) & Q(accepted_at__isnull=False) & ~Q(accepted_unit="")),
                name="followup_accepted",
            ),
            models.CheckConstraint(
                condition=Q(state=FollowUpState.DONE, ended_at__isnull=False)
                | (~Q(state=FollowUpState.DONE) & Q(ended_at=None)),
                name="followup_ended",
            ),
            models.CheckConstraint(condition=~Q(state=FollowUpState.LOST) | Q(lost_at__isnull=False), name="followup_lost"),
            models.CheckConstraint(condition=Q(days__gte=0), name="followup_days"),
        )

    def __str__(self) -> str:
        return str(self.code)


class FollowUpCheck(models.Model):
    """What is owed on one day at home, and what was found."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="checks")
    day = models.SmallIntegerField()
    kind = models.CharField(max_length=8, choices=choices_of(CheckKind))
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    found = models.CharField(max_length=10, choices=choices_of(Found), blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    done_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("follow_up", "day", "kind")
        indexes = (models.Index(fields=("due_at",), condition=Q(done_at=None), name="homecheck_due"),)
        constraints = (
            models.UniqueConstraint(fields=("follow_up", "day", "kind"), name="homecheck_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, found="") | (Q(done_at__isnull=False) & ~Q(found="")), name="homecheck_done"
            ),
            models.CheckConstraint(condition=Q(day__gte=1), name="homecheck_day"),
        )

    def __str__(self) -> str:
        return f"{self.follow_up_id} day {self.day} {self.kind}"
