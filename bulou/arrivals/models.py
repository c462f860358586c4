"""The room's tables: people who come from outside, and the tests that their rule asks for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.arrivals.choices import ArrivalState, Measure, Risk, TestState, Transport
from bulou.ledger.columns import CodeField
from bulou.units.models import Unit, choices_of


class Arrival(models.Model):
    """Somebody who comes from outside: whence, by what, where to, what the rule asks at most, and who owes the follow-up."""

    code = models.CharField(max_length=24, primary_key=True)
    person_id = models.CharField(max_length=40, blank=True, default="")  # blank: not in the city's register yet
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=24, blank=True, default="")
    whence = models.CharField(max_length=120)
    risk = models.CharField(max_length=4, choices=choices_of(Risk))
    left_on = models.DateField(null=True)  # the day on which the area was left; days count from it
    transport = models.CharField(max_length=5, choices=choices_of(Transport))
    carrier = models.CharField(max_length=60, blank=True, default="")  # train and seat, flight, licence plate
    arrives_at = models.DateTimeField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="arrivals")  # owes the follow-up now
    offered_to = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="arrivals_offered")
    stay_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="arrivals_staying")  # community of stay
    place_code = CodeField()
    stay = models.CharField(max_length=160)  # the address, as far as known
    state = models.CharField(max_length=9, choices=choices_of(ArrivalState), default=ArrivalState.EXPECTED)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=120)
    arrived_at = models.DateTimeField(null=True)
    measure = models.CharField(max_length=7, choices=choices_of(Measure))  # asked now; never stricter than the rule
    days = models.SmallIntegerField()
    rule_days = models.SmallIntegerField()
    rule = models.CharField(max_length=200)  # the pack's own words
    relief = models.CharField(max_length=200, blank=True, default="")  # why less is asked
    ends_at = models.DateTimeField(null=True)  # hard; nobody moves it later
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=120, blank=True, default="")
    tried = models.CharField(max_length=200, blank=True, default="")  # what was tried to find the person
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-arrives_at", "code")
        indexes = (
            models.Index(fields=("-arrives_at", "-code"), name="arrival_at"),
            models.Index(fields=("unit", "state"), name="arrival_unit"),
            models.Index(fields=("offered_to",), condition=Q(offered_to__isnull=False), name="arrival_offered"),
            models.Index(fields=("place_code", "code"), name="arrival_place"),
            models.Index(fields=("ends_at",), condition=Q(ended_at=None), name="arrival_ends"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(days__lte=F("rule_days")), name="arrival_no_longer_than_the_rule"),
            models.CheckConstraint(condition=~Q(rule=""), name="arrival_has_a_rule"),
            models.CheckConstraint(
                condition=Q(state__in=(ArrivalState.EXPECTED, ArrivalState.CANCELLED))
                | Q(arrived_at__isnull=False, ends_at__isnull=False),
                name="arrival_here_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(state=ArrivalState.OFFERED, offered_to__isnull=False)
                | (~Q(state=ArrivalState.OFFERED) & Q(offered_to=None)),
                name="arrival_offered_to_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.risk}"


class ArrivalTest(models.Model):
    """One test that the rule asks for; its result comes from the specimen chain."""

    code = models.CharField(max_length=32, primary_key=True)
    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="tests")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="arrival_tests")  # owes it now
    place_code = CodeField()
    day = models.SmallIntegerField()
    first = models.BooleanField(default=False)  # the test on arrival
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=choices_of(TestState), default=TestState.OWED)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=120, blank=True, default="")
    tube = models.CharField(max_length=60, blank=True, default="")  # the tube's number, or the paper's

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="arrival_test_due"),
            models.Index(fields=("unit", "state"), name="arrival_test_unit"),
        )
        constraints = (
            models.UniqueConstraint(fields=("arrival", "day"), name="arrival_test_once"),
            models.CheckConstraint(
                condition=~Q(state=TestState.TAKEN) | (Q(taken_at__isnull=False) & ~Q(tube="")), name="arrival_test_taken"
            ),
        )

    def __str__(self) -> str:
        return self.code
