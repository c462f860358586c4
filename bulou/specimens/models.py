"""Tubes and who is in them, boxes and who holds them, results."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.rounds.models import Laboratory, Site, TestingRound
from bulou.specimens.choices import BoxState, Outcome, ResultState, TransferState, TubeState
from bulou.units.models import Unit, choices_of


class Box(models.Model):
    """A transport box: sealed with a number and a count, held by one unit at every instant."""

    box_id = CodeField(max_length=40, primary_key=True)
    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="boxes", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="boxes")
    unit_code = CodeField()  # the sending unit: the site's unit, for jurisdiction
    holder = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="boxes_held")
    laboratory = models.ForeignKey(Laboratory, null=True, on_delete=models.PROTECT, related_name="boxes")
    state = models.CharField(max_length=12, choices=choices_of(BoxState), default=BoxState.PACKING)
    packed_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    seal_number = models.CharField(max_length=40, blank=True, default="")
    tube_count = models.IntegerField(default=0)
    # What the last hand read: each hand-over is held against it, so that a difference is found where it arose, once.
    last_count = models.IntegerField(null=True)
    last_seal = models.CharField(max_length=40, blank=True, default="")
    oldest_collected_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    received_count = models.IntegerField(null=True)
    reroutes = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ("-packed_at", "box_id")
        indexes = (
            models.Index(fields=("round", "state", "unit_code"), name="box_round_state"),
            models.Index(fields=("holder", "state"), name="box_holder"),
            models.Index(fields=("unit_code", "-packed_at", "box_id"), name="box_unit"),
            models.Index(fields=("laboratory", "state"), name="box_laboratory"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=(BoxState.PACKING, BoxState.VOIDED)) | (Q(sealed_at__isnull=False) & ~Q(seal_number="")),
                name="box_sealed_has_number",
            ),
            models.UniqueConstraint(fields=("seal_number",), condition=~Q(seal_number=""), name="box_seal_once"),
        )

    def __str__(self) -> str:
        return str(self.box_id)


class Tube(models.Model):
    """A tube as the site scanned it: which round, which site, when, and how many people are in it."""

    tube_id = CodeField(max_length=40, primary_key=True)
    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="tubes", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="tubes", db_index=False)
    unit_code = CodeField()  # the site's unit, for jurisdiction and for figures per district
    collected_at = models.DateTimeField()
    registered_at = models.DateTimeField()
    people = models.SmallIntegerField()
    box = models.ForeignKey(Box, null=True, on_delete=models.PROTECT, related_name="tubes")
    state = models.CharField(max_length=10, choices=choices_of(TubeState), default=TubeState.COLLECTED)
    outcome = models.CharField(max_length=14, choices=choices_of(Outcome), blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    retest_of = models.CharField(max_length=40, blank=True, default="")  # the pool whose member is sampled again

    class Meta:
        indexes = (
            models.Index(fields=("unit_code", "-collected_at", "tube_id"), name="tube_unit"),
            # The tubes still owed something: few beside the millions reported; counts and oldest ages read only them.
            models.Index(
                fields=("unit_code", "state", "site", "collected_at"),
                condition=Q(state__in=(TubeState.COLLECTED, TubeState.BOXED, TubeState.RECEIVED, TubeState.LOST)),
                name="tube_waiting",
            ),
            models.Index(fields=("round", "state", "unit_code"), name="tube_round_state"),
            models.Index(fields=("-collected_at", "tube_id"), name="tube_latest"),
            models.Index(fields=("reported_at",), condition=Q(outcome=Outcome.POSITIVE), name="tube_positive"),
        )
        constraints = (models.CheckConstraint(condition=Q(people__gte=1) & Q(people__lte=20), name="tube_people"),)

    def __str__(self) -> str:
        return str(self.tube_id)


class TubeMember(models.Model):
    """One person in one tube: the fact on which coverage rests. Written by set, never changed."""

    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, related_name="members", db_index=False)
    round = models.ForeignKey(TestingRound, on_delete=models.PROTECT, related_name="+", db_index=False)
    person_id = CodeField(max_length=40)

    class Meta:
        indexes = (models.Index(fields=("round", "person_id"), name="member_person"),)
        constraints = (models.UniqueConstraint(fields=("tube", "person_id"), name="member_once"),)

    def __str__(self) -> str:
        return f"{self.tube_id} {self.person_id}"


class BoxTransfer(models.Model):
    """One passing of a box from hand to hand: both sides sign, both sides count."""

    box = models.ForeignKey(Box, on_delete=models.PROTECT, related_name="transfers")
    sender = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=choices_of(TransferState), default=TransferState.OFFERED)
    offered_at = models.DateTimeField()
    offered_by = models.CharField(max_length=120)
    sent_count = models.IntegerField()
    sent_seal = models.CharField(max_length=40)
    vehicle = models.CharField(max_length=40, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")
    received_count = models.IntegerField(null=True)
    received_seal = models.CharField(max_length=40, blank=True, default="")
    discrepancies = models.CharField(max_length=40, blank=True, default="")  # ';'-joined Discrepancy values
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("receiver",), condition=Q(state=TransferState.OFFERED), name="transfer_to"),)
        constraints = (
            models.UniqueConstraint(fields=("box",), condition=Q(state=TransferState.OFFERED), name="transfer_once"),
            models.CheckConstraint(condition=~Q(sender=F("receiver")), name="transfer_two_sides"),
        )

    def __str__(self) -> str:
        return f"{self.box_id} {self.sender_id} → {self.receiver_id}"


class LaboratoryResult(models.Model):
    """What a laboratory signed for a tube; kept also when the tube is unknown to us."""

    tube_id = CodeField(max_length=40)
    laboratory = models.ForeignKey(Laboratory, on_delete=models.PROTECT, related_name="results")
    outcome = models.CharField(max_length=14, choices=choices_of(Outcome))
    state = models.CharField(max_length=12, choices=choices_of(ResultState), default=ResultState.VALID)
    tested_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    run_id = models.CharField(max_length=40, blank=True, default="")  # the plate or run, by which a control failure recalls
    recalled_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("laboratory", "run_id"), name="result_run"),
            models.Index(fields=("tube_id",), name="result_tube"),
            models.Index(fields=("tube_id",), condition=Q(state=ResultState.UNMATCHED), name="result_unmatched"),
        )
        constraints = (models.UniqueConstraint(fields=("laboratory", "tube_id", "reported_at"), name="result_once"),)

    def __str__(self) -> str:
        return f"{self.tube_id} {self.outcome}"


class VoidedScan(models.Model):
    """A wrong scan taken back, with reason and the superior's view of it."""

    thing = models.CharField(max_length=96)  # tube:…, box:…, transfer:…
    unit_code = CodeField()
    reason = models.CharField(max_length=200)
    voided_at = models.DateTimeField()
    voided_by = models.CharField(max_length=120)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.thing
