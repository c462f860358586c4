"""What guests ask, eat, are tested and asked; heads counted; and infections that may have happened inside."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.isolation.choices import Cause, CountHow, LinkKind, NeedKind, SampleOutcome
from bulou.isolation.models.sites import IsolationSite
from bulou.isolation.models.stays import Stay
from bulou.ledger.columns import CodeField
from bulou.units.models import choices_of


class HeadCount(models.Model):
    """How many people were really there, and how many the list said (人数核对)."""

    site = models.ForeignKey(IsolationSite, on_delete=models.PROTECT, related_name="head_counts")
    counted_at = models.DateTimeField()
    how = models.CharField(max_length=8, choices=choices_of(CountHow))
    present = models.IntegerField()
    listed = models.IntegerField()
    absent = models.JSONField(default=list)  # of a scan: stays on the list that nobody scanned
    unlisted = models.JSONField(default=list)  # of a scan: person ids scanned that are on no list of this site
    note = models.CharField(max_length=300, blank=True, default="")
    counted_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("-counted_at", "-id")
        indexes = (models.Index(fields=("site", "-counted_at"), name="heads_site"),)
        constraints = (models.CheckConstraint(condition=Q(present__gte=0) & Q(listed__gte=0), name="heads_not_negative"),)

    def __str__(self) -> str:
        return f"{self.site_id} {self.present}/{self.listed}"


class GuestNeed(models.Model):
    """Something a guest asked for, with a clock; a request of a resident like any other (D9)."""

    code = models.CharField(max_length=24, primary_key=True)
    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="guest_needs")
    site_code = CodeField()
    kind = models.CharField(max_length=10, choices=choices_of(NeedKind))
    text = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    asked_by = models.CharField(max_length=120)  # the guest by number, or who wrote it down for them
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True, default="")
    answered_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("site_code", "due_at"), condition=Q(answered_at=None), name="need_open"),
            models.Index(fields=("stay", "-asked_at"), name="need_stay"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="need_says_what"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")), name="need_answered"
            ),
        )

    def __str__(self) -> str:
        return str(self.code)


class MealService(models.Model):
    """One meal of a site: how many were to be served, how many were."""

    site = models.ForeignKey(IsolationSite, on_delete=models.PROTECT, related_name="meals")
    served_at = models.DateTimeField()
    meal = models.CharField(max_length=12)  # breakfast, lunch, supper
    listed = models.IntegerField()
    served = models.IntegerField()
    served_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("-served_at", "-id")
        indexes = (models.Index(fields=("site", "-served_at"), name="meal_site"),)
        constraints = (models.CheckConstraint(condition=Q(served__gte=0) & Q(served__lte=F("listed")), name="meal_counts"),)

    def __str__(self) -> str:
        return f"{self.site_id} {self.meal} {self.served}/{self.listed}"


class GuestTest(models.Model):
    """A test that the pack asks of a guest on a day of isolation, and what came of it; day 0 is one out of turn."""

    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="tests")
    site_code = CodeField()
    day = models.SmallIntegerField()
    due_on = models.DateField()
    tube_id = models.CharField(max_length=40, blank=True, default="")
    sampled_at = models.DateTimeField(null=True)
    resulted_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=choices_of(SampleOutcome), blank=True, default="")

    class Meta:
        ordering = ("stay", "due_on", "day", "id")
        indexes = (models.Index(fields=("site_code", "due_on"), condition=Q(sampled_at=None), name="guesttest_due"),)
        constraints = (
            models.UniqueConstraint(fields=("stay", "day"), condition=Q(day__gt=0), name="guesttest_once"),
            models.UniqueConstraint(fields=("stay", "tube_id"), condition=~Q(tube_id=""), name="guesttest_tube"),
            models.CheckConstraint(
                condition=Q(outcome="", resulted_at=None)
                | (~Q(outcome="") & Q(resulted_at__isnull=False, sampled_at__isnull=False)),
                name="guesttest_result",
            ),
            models.CheckConstraint(condition=Q(day__gte=0), name="guesttest_day"),
        )

    def __str__(self) -> str:
        return f"{self.stay_id} day {self.day}"


class GuestCheck(models.Model):
    """A look at a guest: temperature and how they feel."""

    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="checks")
    site_code = CodeField()
    checked_at = models.DateTimeField()
    on = models.DateField()
    celsius = models.FloatField(null=True)
    symptoms = models.CharField(max_length=200, blank=True, default="")
    checked_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("-checked_at", "-id")
        indexes = (
            models.Index(fields=("stay", "on"), name="guestcheck_stay"),
            models.Index(fields=("site_code", "on"), name="guestcheck_site"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(celsius=None) | (Q(celsius__gte=30) & Q(celsius__lte=45)), name="guestcheck_celsius"
            ),
        )

    def __str__(self) -> str:
        return f"{self.stay_id} {self.checked_at:%m-%d %H:%M}"


class InfectionReview(models.Model):
    """Negative at entry, positive later, beside somebody infected: an indicator, and each one is reviewed."""

    code = models.CharField(max_length=24, primary_key=True)
    stay = models.OneToOneField(Stay, on_delete=models.PROTECT, related_name="infection_review")
    site_code = CodeField()
    opened_at = models.DateTimeField()
    negative_at = models.DateTimeField()
    positive_at = models.DateTimeField()
    day = models.SmallIntegerField()  # of isolation, on which the positive was sampled
    cause = models.CharField(max_length=8, choices=choices_of(Cause), blank=True, default="")
    concluded_at = models.DateTimeField(null=True)
    concluded_by = models.CharField(max_length=120, blank=True, default="")
    conclusion = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("-opened_at", "code")
        indexes = (models.Index(fields=("site_code", "-opened_at"), name="review_site"),)
        constraints = (
            models.CheckConstraint(condition=Q(positive_at__gt=F("negative_at")), name="review_order"),
            models.CheckConstraint(
                condition=Q(concluded_at=None, cause="") | (Q(concluded_at__isnull=False) & ~Q(cause="") & ~Q(conclusion="")),
                name="review_concluded",
            ),
        )

    def __str__(self) -> str:
        return str(self.code)


class ReviewLink(models.Model):
    """What the guest shared with somebody, as it stood when the review was opened."""

    review = models.ForeignKey(InfectionReview, on_delete=models.PROTECT, related_name="links")
    kind = models.CharField(max_length=10, choices=choices_of(LinkKind))
    subject = models.CharField(max_length=64)  # stay:…, staff:…
    detail = models.CharField(max_length=120, blank=True, default="")  # room, floor, air system, trip, hours of the shift
    infected = models.BooleanField(default=False)

    class Meta:
        ordering = ("review", "-infected", "id")
        constraints = (models.UniqueConstraint(fields=("review", "kind", "subject"), name="review_link_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
