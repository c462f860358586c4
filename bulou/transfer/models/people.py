"""Who must move, where they board, and who cares for those who stay."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.transfer.choices import RequestState, RiskClass
from bulou.units.models import choices_of

LIVE = (
    RequestState.OPEN,
    RequestState.PLANNED,
    RequestState.BOARDED,
    RequestState.ARRIVED,
    RequestState.LEFT_IN_PLACE,
)


class PickupPoint(models.Model):
    """Where the people of a place board (上车点), in the city's planar kilometres."""

    place_code = CodeField(primary_key=True)
    name = models.CharField(max_length=80, blank=True, default="")
    x = models.FloatField()
    y = models.FloatField()

    class Meta:
        ordering = ("place_code",)

    def __str__(self) -> str:
        return f"{self.place_code} ({self.x:g}, {self.y:g})"


class TransferRequest(models.Model):
    """Somebody who must move (应隔尽隔), because of a fact; people of one ``group_id`` travel and stay together."""

    code = models.CharField(max_length=24, primary_key=True)
    person_id = CodeField(max_length=40)
    group_id = CodeField(max_length=48)
    risk_class = models.CharField(max_length=10, choices=choices_of(RiskClass))
    needs = models.CharField(max_length=160, blank=True, default="")  # ';'-joined: wheelchair, infant, dialysis, …
    place_code = CodeField()  # where the person is fetched: the sending territory
    x = models.FloatField(null=True)  # km; without it the nearest pick-up point above the place counts
    y = models.FloatField(null=True)
    basis = models.CharField(max_length=96)  # case:C…, contact:…, the fact because of which
    clock_from = models.DateTimeField()  # the positive, the grading: from here the pack's time runs
    ready_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=14, choices=choices_of(RequestState), default=RequestState.OPEN)
    reason_code = models.CharField(max_length=40, blank=True, default="")  # why it waits: of the newest committed plan
    reason = models.CharField(max_length=300, blank=True, default="")  # the same in plain words
    stopped = models.BooleanField(default=False)  # a stop for safety stands
    requested_at = models.DateTimeField()
    boarded_at = models.DateTimeField(null=True)
    door_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by = CodeField(blank=True, default="")  # the unit that signed
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("place_code", "due_at", "code"), name="transfer_place"),
            models.Index(fields=("due_at", "code"), condition=Q(state__in=LIVE), name="transfer_live"),
            models.Index(fields=("group_id",), name="transfer_group"),
            models.Index(fields=("person_id",), name="transfer_person"),
            models.Index(fields=("-closed_at",), condition=Q(closed_at__isnull=False), name="transfer_closed"),
        )
        constraints = (
            models.UniqueConstraint(fields=("person_id",), condition=Q(state__in=LIVE), name="transfer_one_live"),
            models.CheckConstraint(condition=Q(due_at__gte=F("ready_at")), name="transfer_ready_before_due"),
            models.CheckConstraint(
                condition=~Q(state=RequestState.LEFT_IN_PLACE) | (~Q(reason="") & ~Q(reason_code="")),
                name="transfer_left_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.RECEIVED) | (Q(received_at__isnull=False) & ~Q(received_by="")),
                name="transfer_received_signed",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=LIVE) & Q(closed_at=None)) | (~Q(state__in=LIVE) & Q(closed_at__isnull=False)),
                name="transfer_closed_at",
            ),
            models.CheckConstraint(
                condition=(Q(x=None) & Q(y=None)) | (Q(x__isnull=False) & Q(y__isnull=False)), name="transfer_position"
            ),
        )

    def __str__(self) -> str:
        return str(self.code)


class NamedCarer(models.Model):
    """Who cares for somebody while their own carer is away (照护人): a named person, until somebody ends it."""

    person_id = CodeField(max_length=40)  # who depends on a carer
    place_code = CodeField()
    carer_id = CodeField(max_length=40, blank=True, default="")  # a resident, when it is one
    carer_name = models.CharField(max_length=80)
    phone = models.CharField(max_length=32, blank=True, default="")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    named_by = models.CharField(max_length=120)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("person_id",), name="carer_person"),)
        constraints = (
            models.UniqueConstraint(fields=("person_id",), condition=Q(until_at=None), name="carer_one_now"),
            models.CheckConstraint(condition=~Q(carer_name=""), name="carer_has_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} ← {self.carer_name}"
