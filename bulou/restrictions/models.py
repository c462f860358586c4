"""The register: restrictions, the lists they came in, objections, findings, stopped attempts, and codes for the person."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.ledger.models import Entry
from bulou.restrictions.choices import AppealState, FindingKind, Kind, Lifting, ListState, State, Stop
from bulou.units.models import Unit, choices_of

_UNDECIDED = (State.PROPOSED, State.REFUSED, State.WITHDRAWN)


class ProposedList(models.Model):
    """Restrictions proposed together; one above the pack's limit stops until a second superior confirms it."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # who proposed it
    place_code = CodeField()  # the narrowest place that covers all of it
    people = models.IntegerField()
    counted = models.IntegerField()  # with the unit's other proposals of the window
    allowed = models.IntegerField()  # the pack's limit when it was proposed
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=choices_of(ListState), default=ListState.FREE)
    proposed_at = models.DateTimeField()
    decided_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.CharField(max_length=120, blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-proposed_at", "code")
        indexes = (models.Index(fields=("unit", "-proposed_at"), name="restriction_list_unit"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=(ListState.FREE, ListState.STOPPED), decided_unit=None, decided_at=None)
                | (
                    Q(state__in=(ListState.CONFIRMED, ListState.REJECTED), decided_at__isnull=False)
                    & ~Q(decided_unit=F("unit"))
                ),
                name="restriction_list_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state=ListState.FREE) | Q(counted__lte=F("allowed")), name="restriction_list_free"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.people}"


class Restriction(models.Model):
    """One restriction of one person, or of one place.

    It rests on one ledger entry about that person or place. Whether it is in force is computed from its instants at every
    read; the state records what people decided. The database's own guards stand in the migrations.
    """

    code = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=20, choices=choices_of(Kind))
    person_id = models.CharField(max_length=40, blank=True, default="")  # empty: a measure of the place
    place_code = CodeField()  # where the person stays, or the place itself
    legal_basis = models.CharField(max_length=64)  # a key of the pack's legal bases
    evidence = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)  # because …, rule …
    pack = models.CharField(max_length=48)
    pack_version = models.CharField(max_length=24)
    authority = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # in whose name
    state = models.CharField(max_length=12, choices=choices_of(State), default=State.PROPOSED)
    starts_at = models.DateTimeField()  # when the rule's clock began: the last exposure, the sample
    ends_at = models.DateTimeField()  # hard; nobody moves it
    longest_s = models.IntegerField()  # the pack's longest for this kind and ground, seconds
    proposed_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.CharField(max_length=120)
    proposed_at = models.DateTimeField()
    approved_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.CharField(max_length=120, blank=True, default="")
    approved_at = models.DateTimeField(null=True)
    counter_at = models.DateTimeField(null=True)  # when the counter-duties got their owners
    notice_zh = models.TextField(blank=True, default="")
    notice_en = models.TextField(blank=True, default="")
    notified_at = models.DateTimeField(null=True)
    notified_how = models.CharField(max_length=60, blank=True, default="")
    closed_at = models.DateTimeField(null=True)  # the instant from which it holds nobody any more
    closed_by = models.CharField(max_length=120, blank=True, default="")
    closed_why = models.CharField(max_length=300, blank=True, default="")
    lifting = models.CharField(max_length=12, choices=choices_of(Lifting), blank=True, default="")
    by_list = models.BooleanField(default=False)  # somebody's list, not one fact's consequence: counts towards the limit
    in_list = models.ForeignKey(ProposedList, null=True, on_delete=models.PROTECT, related_name="restrictions")

    class Meta:
        ordering = ("-proposed_at", "code")
        indexes = (
            models.Index(fields=("ends_at", "code"), condition=Q(state=State.IN_FORCE), name="restriction_ends"),
            models.Index(fields=("person_id", "-proposed_at"), name="restriction_person"),
            models.Index(fields=("place_code", "ends_at"), name="restriction_place"),
            models.Index(fields=("-proposed_at", "code"), name="restriction_proposed"),
            models.Index(fields=("state", "-proposed_at", "code"), name="restriction_state"),
            models.Index(fields=("evidence",), name="restriction_evidence"),
            models.Index(fields=("in_list",), name="restriction_list"),
            models.Index(fields=("proposed_unit", "-proposed_at"), condition=Q(by_list=True), name="restriction_window"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "person_id", "place_code", "evidence"),
                condition=Q(state__in=(State.PROPOSED, State.IN_FORCE)),
                name="restriction_once",
            ),
            models.CheckConstraint(condition=~Q(legal_basis="") & ~Q(reason=""), name="restriction_has_basis"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="restriction_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state__in=_UNDECIDED, approved_at=None, approved_unit=None)
                | (
                    ~Q(state__in=_UNDECIDED)
                    & Q(approved_at__isnull=False, approved_unit__isnull=False)
                    & ~Q(approved_by="")
                    & ~Q(notice_zh="")
                    & ~Q(notice_en="")
                    & ~Q(approved_unit=F("proposed_unit"))
                ),
                name="restriction_two_units",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.ZONE_MEASURE) | Q(state__in=_UNDECIDED) | Q(counter_at__isnull=False),
                name="restriction_counter_duties",
            ),
            models.CheckConstraint(
                condition=(Q(kind=Kind.ZONE_MEASURE, person_id="") | Q(kind=Kind.HOME_QUARANTINE) | ~Q(person_id=""))
                & (~Q(kind=Kind.ZONE_MEASURE) | Q(person_id="")),
                name="restriction_subject",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(State.PROPOSED, State.IN_FORCE), closed_at=None)
                | (~Q(state__in=(State.PROPOSED, State.IN_FORCE)) & Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="restriction_closed",
            ),
            models.CheckConstraint(
                condition=Q(state=State.LIFTED) & ~Q(lifting="") | ~Q(state=State.LIFTED) & Q(lifting=""),
                name="restriction_lifted_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"

    @property
    def about(self) -> str:
        """Whom or what it restricts, as the ledger names things."""
        return f"person:{self.person_id}" if self.person_id else f"place:{self.place_code}"


class Appeal(models.Model):
    """An objection (申诉): answered in time by a third unit, or the restriction lifts by itself at ``lifts_at``."""

    code = models.CharField(max_length=24, primary_key=True)
    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="appeals")
    text = models.TextField()
    how = models.CharField(max_length=24)  # page, phone, paper, visit
    filed_at = models.DateTimeField()
    filed_by = models.CharField(max_length=120)  # the person, or who filed on behalf
    answer_by = models.DateTimeField()
    lifts_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=choices_of(AppealState), default=AppealState.OPEN)
    answer = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")
    answered_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-filed_at", "code")
        indexes = (models.Index(fields=("lifts_at",), condition=Q(state=AppealState.OPEN), name="appeal_lifts"),)
        constraints = (
            models.UniqueConstraint(fields=("restriction",), condition=Q(state=AppealState.OPEN), name="appeal_one_open"),
            models.CheckConstraint(
                condition=Q(answer_by__gte=F("filed_at")) & Q(lifts_at__gte=F("answer_by")), name="appeal_order"
            ),
            models.CheckConstraint(
                condition=Q(state=AppealState.OPEN, answered_at=None)
                | (~Q(state=AppealState.OPEN) & Q(answered_at__isnull=False)),
                name="appeal_answered",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(AppealState.ALLOWED, AppealState.DISMISSED))
                | (Q(answered_unit__isnull=False) & ~Q(answer="")),
                name="appeal_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.restriction_id}"


class Attempt(models.Model):
    """An attempt to restrict that was stopped, by an action or by the database's guards; nobody deletes one.

    The guards cannot raise: a raised error would roll the alarm back. They keep the attempt, skip the row, and the watch
    turns it into a ledger entry and a duty.
    """

    code = models.CharField(max_length=24, blank=True, default="")  # empty: kept by a guard
    why = models.CharField(max_length=16, choices=choices_of(Stop))
    kind = models.CharField(max_length=20, blank=True, default="")
    subject = models.CharField(max_length=96, blank=True, default="")
    people = models.IntegerField(default=1)
    unit = CodeField(blank=True, default="")
    attempted_by = models.CharField(max_length=120, blank=True, default="")
    attempted_at = models.DateTimeField()
    alarmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("id",), condition=Q(alarmed_at=None), name="attempt_waiting"),)
        constraints = (models.UniqueConstraint(fields=("code",), condition=~Q(code=""), name="attempt_once"),)

    def __str__(self) -> str:
        return f"{self.why} {self.subject}"


class Finding(models.Model):
    """What a nightly recomputation found, until it is gone: too much control, or too little."""

    kind = models.CharField(max_length=12, choices=choices_of(FindingKind))
    subject = models.CharField(max_length=96)  # restriction:CODE, or person:ID/kind
    place_code = CodeField()
    person_id = models.CharField(max_length=40, blank=True, default="")
    restriction = models.ForeignKey(Restriction, null=True, on_delete=models.PROTECT, related_name="findings")
    why = models.CharField(max_length=300)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-found_at", "id")
        indexes = (models.Index(fields=("place_code",), condition=Q(gone_at=None), name="finding_place"),)
        constraints = (models.UniqueConstraint(fields=("kind", "subject"), condition=Q(gone_at=None), name="finding_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class NoticeCode(models.Model):
    """A printed code that comes with a notice and opens the person's own page; only its digest is stored."""

    digest = models.CharField(max_length=64, unique=True)
    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="codes")
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    expires_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    opened = models.IntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("restriction",), condition=Q(replaced_at=None), name="notice_code_one"),)

    def __str__(self) -> str:
        return f"code of {self.restriction_id}"
