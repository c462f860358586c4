"""The room's tables: a paper list, and the people who stand on it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.rounds.models import TestingRound
from bulou.units.models import Unit, choices_of
from bulou.worklists.choices import SheetState


class Sheet(models.Model):
    """A list of the missing on paper (纸质清单): its number, who carries it, and by when it is back."""

    code = models.CharField(max_length=24, primary_key=True)
    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="sheets")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="sheets")  # who printed it, and owes its return
    place_code = CodeField()
    holder = models.CharField(max_length=80)
    people = models.IntegerField()
    entered = models.IntegerField(default=0)
    state = models.CharField(max_length=10, choices=choices_of(SheetState), default=SheetState.OUT)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")  # how it came back, or how it was lost

    class Meta:
        ordering = ("due_at", "code")
        indexes = (
            models.Index(fields=("due_at", "code"), name="sheet_due"),
            models.Index(fields=("place_code", "code"), name="sheet_place"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(people__gt=0, entered__gte=0, entered__lte=F("people")), name="sheet_people"),
            models.CheckConstraint(condition=~Q(holder=""), name="sheet_has_a_holder"),
            models.CheckConstraint(
                condition=Q(state=SheetState.OUT) | (Q(ended_at__isnull=False) & ~Q(ended_by="")), name="sheet_end_is_signed"
            ),
            models.CheckConstraint(condition=~Q(state=SheetState.LOST) | ~Q(note=""), name="sheet_lost_why"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.place_code} {self.entered}/{self.people}"


class SheetRow(models.Model):
    """Somebody on a list. What was found stands with the round's visits and expires with them; here is only that it was."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.IntegerField()
    person_id = CodeField(max_length=40)
    place_code = CodeField()
    household_id = models.CharField(max_length=40, blank=True, default="")
    entered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("sheet", "number")
        constraints = (
            models.UniqueConstraint(fields=("sheet", "number"), name="sheet_number_once"),
            models.UniqueConstraint(fields=("sheet", "person_id"), name="sheet_person_once"),
        )

    def __str__(self) -> str:
        return f"{self.sheet_id}.{self.number}"
