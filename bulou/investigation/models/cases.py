"""Cases. Detected, diagnosed and reported are three instants."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.investigation.choices import CaseStatus, Certainty, ChaseStep, FoundWhere, InterviewState, Setting
from bulou.ledger.columns import CodeField
from bulou.ledger.models import Entry
from bulou.units.models import Staff, Unit, choices_of


class Case(models.Model):
    """A person with a positive single test, or a line of a line list: one open case per person."""

    code = models.CharField(max_length=24, primary_key=True)
    person_id = models.CharField(max_length=40)
    place_code = CodeField()  # place of stay
    tube_id = models.CharField(max_length=40, blank=True, default="")
    sampled_at = models.DateTimeField(null=True)  # unknown for a case that came with a line list
    detected_at = models.DateTimeField()  # the laboratory's positive
    diagnosed_at = models.DateTimeField(null=True)
    # What the experts first said: the day's figure stays what it was when the case is converted later.
    diagnosed_as = models.CharField(max_length=12, choices=choices_of(CaseStatus), blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    converted_at = models.DateTimeField(null=True)  # asymptomatic → confirmed, counted once
    released_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=12, choices=choices_of(CaseStatus), default=CaseStatus.PRELIMINARY)
    found_where = models.CharField(max_length=12, choices=choices_of(FoundWhere), default=FoundWhere.UNKNOWN)
    laboratories = models.CharField(max_length=160, blank=True, default="")  # ';'-joined: who reported the positive
    onset_on = models.DateField(null=True)  # first symptoms; none is known of an asymptomatic
    exposed_from_on = models.DateField(null=True)
    exposed_until_on = models.DateField(null=True)
    infected_where = models.CharField(max_length=120, blank=True, default="")
    facility = models.CharField(max_length=160, blank=True, default="")
    age = models.SmallIntegerField(null=True)
    sex = models.CharField(max_length=1, blank=True, default="", choices=[("F", "F"), ("M", "M")])
    outcome = models.CharField(max_length=24, blank=True, default="")
    died_on = models.DateField(null=True)
    # The same person's earlier case under another id: this row is then history, and counted nowhere.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        ordering = ("-detected_at", "code")
        indexes = (
            models.Index(fields=("place_code", "-detected_at"), name="case_place"),
            models.Index(fields=("-detected_at", "code"), name="case_listed"),
            models.Index(fields=("status", "diagnosed_at"), name="case_status"),
            models.Index(fields=("person_id", "-detected_at"), name="case_person"),
            models.Index(fields=("tube_id",), name="case_tube"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("person_id",),
                condition=Q(released_at=None, merged_into=None) & ~Q(status=CaseStatus.EXCLUDED),
                name="case_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.PRELIMINARY, diagnosed_at=None, diagnosed_as="")
                | (~Q(status=CaseStatus.PRELIMINARY) & Q(diagnosed_at__isnull=False) & ~Q(diagnosed_as="")),
                name="case_diagnosed",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("code")), name="case_not_into_itself"),
        )

    def __str__(self) -> str:
        return self.code


class ChaseStepDone(models.Model):
    """One step of a case's chase with its instant: result → found → held → investigated → contacts listed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=16, choices=choices_of(ChaseStep))
    done_at = models.DateTimeField()
    done_by = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("case", "done_at", "id")
        constraints = (models.UniqueConstraint(fields=("case", "step"), name="chase_step_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"


class CaseLink(models.Model):
    """One case infected another, as far as is known; a case may have several possible infectors."""

    infector = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links_out")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links_in")
    setting = models.CharField(max_length=12, choices=choices_of(Setting), default=Setting.UNKNOWN)
    certainty = models.CharField(max_length=12, choices=choices_of(Certainty), default=Certainty.PROBABLE)
    note = models.CharField(max_length=160, blank=True, default="")  # as the source says it: "Emergency room"
    linked_at = models.DateTimeField()
    linked_by = models.CharField(max_length=120)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("infector", "case"), condition=Q(withdrawn_at=None), name="link_once"),
            models.CheckConstraint(condition=~Q(infector=F("case")), name="link_two_cases"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_why="") | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
                name="link_withdrawn_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.infector_id} → {self.case_id}"


class Interview(models.Model):
    """A case's interview (流行病学调查) by the pack's form, and how far it is.

    What was answered stands in the ledger's personal payloads, where it can be erased by rule.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="interview")
    pack = models.CharField(max_length=48)
    pack_version = models.CharField(max_length=24)  # an old interview keeps its old form
    state = models.CharField(max_length=12, choices=choices_of(InterviewState), default=InterviewState.OPEN)
    language = models.CharField(max_length=16, blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    interviewer = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, blank=True, default="")  # why refused or not reached
    attempts = models.SmallIntegerField(default=0)
    answered = models.SmallIntegerField(default=0)
    required = models.SmallIntegerField(default=0)  # of the form's required questions, how many are asked of this case
    missing = models.SmallIntegerField(default=0)  # of these, how many are not answered

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state=InterviewState.OPEN, ended_at=None)
                | (~Q(state=InterviewState.OPEN) & Q(ended_at__isnull=False)),
                name="interview_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[InterviewState.REFUSED, InterviewState.UNREACHABLE]) | ~Q(reason=""),
                name="interview_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class InterviewAnswer(models.Model):
    """Which questions one entry of the ledger answers; the answers themselves are in the entry's personal payload."""

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField(max_length=48)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("interview", "question", "entry"), name="answer_once"),)

    def __str__(self) -> str:
        return f"{self.interview_id} {self.question}"


class Tracer(models.Model):
    """Somebody who interviews and lists contacts (流调员): for which unit, in which languages, since when."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="tracing")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="tracers")
    languages = models.CharField(max_length=80, blank=True, default="zh")  # ';'-joined
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("unit", "id")
        constraints = (
            models.UniqueConstraint(fields=("staff",), condition=Q(ends_at=None), name="tracer_once"),
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="tracer_order"),
        )

    def __str__(self) -> str:
        return f"{self.staff_id} {self.unit_id}"
