"""The room's tables: teams, workers, certificates, needs of hands, shifts, proposals, major events and their reports."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.ledger.columns import CodeField
from bulou.units.models import Unit, choices_of
from bulou.workforce.choices import (
    DeploymentState,
    EventKind,
    EventState,
    NeedState,
    ReportKind,
    ShiftState,
    Skill,
    TeamState,
    Why,
    WorkerKind,
    WorkerState,
)  # fmt: skip

LIVE_SHIFTS = (ShiftState.PLANNED, ShiftState.BEGUN)


class Team(models.Model):
    """People sent to help (支援队): from where, to which unit, how many, and whether they have work."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=120)
    sender = models.CharField(max_length=120)  # a city, a hospital: often no unit of ours
    host = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="teams_hosted")
    people = models.SmallIntegerField()
    arrived_at = models.DateTimeField()
    due_at = models.DateTimeField()  # all of them have work by then
    state = models.CharField(max_length=10, choices=choices_of(TeamState), default=TeamState.ARRIVED)
    placed = models.SmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("host", "state"), name="team_host"),)
        constraints = (
            models.CheckConstraint(condition=Q(people__gte=1), name="team_of_people"),
            models.CheckConstraint(condition=~Q(state=TeamState.RELEASED) | ~Q(ended=""), name="team_released_why"),
        )

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """Somebody whose hands are counted on: the home unit stays theirs while they work for another one."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=24, blank=True, default="")
    kind = models.CharField(max_length=10, choices=choices_of(WorkerKind))
    home = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="workers")
    host = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="hands")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="members")
    place_code = CodeField(blank=True, default="")  # a building captain's building
    skills = models.CharField(max_length=120)
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=choices_of(WorkerState), default=WorkerState.IDLE)

    class Meta:
        ordering = ("code",)
        indexes = (models.Index(fields=("host", "state"), name="worker_host"),)
        constraints = (
            models.CheckConstraint(condition=~Q(skills=""), name="worker_can_something"),
            models.CheckConstraint(condition=Q(until_at=None) | Q(until_at__gt=F("since_at")), name="worker_order"),
            models.CheckConstraint(condition=~Q(kind=WorkerKind.CAPTAIN) | ~Q(place_code=""), name="worker_captain_of"),
        )

    def __str__(self) -> str:
        return self.name


class Certificate(models.Model):
    """What somebody is allowed to do, and until when."""

    code = models.CharField(max_length=24, primary_key=True)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="certificates")
    skill = models.CharField(max_length=12, choices=choices_of(Skill))
    number = models.CharField(max_length=60)
    expires_on = models.DateField()

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("worker", "skill", "number"), name="certificate_once"),)

    def __str__(self) -> str:
        return f"{self.skill} {self.number}"


class HandsNeed(models.Model):
    """Hands that a unit needs in a window."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="hands_needed")
    place = models.CharField(max_length=160)
    skill = models.CharField(max_length=12, choices=choices_of(Skill))
    hands = models.SmallIntegerField()
    planned = models.SmallIntegerField(default=0)  # with a shift here
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=choices_of(NeedState), default=NeedState.OPEN)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=120)
    ended = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("starts_at", "code")
        indexes = (models.Index(fields=("unit", "state", "starts_at"), name="hands_unit"),)
        constraints = (
            models.CheckConstraint(condition=Q(hands__gte=1) & Q(planned__gte=0), name="hands_counted"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="hands_order"),
        )

    def __str__(self) -> str:
        return f"{self.hands} {self.skill} {self.unit_id}"


class Shift(models.Model):
    """Hours of one person somewhere. A trigger of the database refuses hours that break the rest to another shift."""

    code = models.CharField(max_length=24, primary_key=True)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="shifts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="work_shifts")
    place = models.CharField(max_length=160)
    skill = models.CharField(max_length=12, choices=choices_of(Skill))
    need = models.ForeignKey(HandsNeed, null=True, on_delete=models.PROTECT, related_name="shifts")
    stands_in = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="substitute")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    minutes = models.SmallIntegerField()
    most_minutes = models.SmallIntegerField()  # by the pack in force when it was planned
    free_at = models.DateTimeField()  # the end and the rest after it
    state = models.CharField(max_length=8, choices=choices_of(ShiftState), default=ShiftState.PLANNED)
    planned_by = models.CharField(max_length=120)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=10, choices=choices_of(Why), blank=True, default="")

    class Meta:
        ordering = ("starts_at", "code")
        indexes = (
            models.Index(fields=("worker", "starts_at"), name="work_shift_worker"),
            models.Index(fields=("unit", "starts_at"), name="work_shift_unit"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="work_shift_order"),
            models.CheckConstraint(condition=Q(minutes__gt=0, minutes__lte=F("most_minutes")), name="work_shift_hours"),
            models.CheckConstraint(condition=Q(free_at__gte=F("ends_at")), name="work_shift_rest"),
            models.UniqueConstraint(fields=("worker", "starts_at"), condition=Q(state__in=LIVE_SHIFTS), name="work_shift_once"),
            models.CheckConstraint(condition=~Q(state=ShiftState.RELIEVED) | ~Q(why=""), name="work_shift_left_why"),
        )

    def __str__(self) -> str:
        return f"{self.worker_id} {self.starts_at:%m-%d %H:%M}"


class Deployment(models.Model):
    """A proposal where free hands go: the gap before and after, until a named person commits it."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="deployments")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=120)
    lines = models.JSONField(default=list)  # [need, worker]
    free = models.IntegerField()  # hands that nothing keeps in the window
    gap_before = models.IntegerField()
    gap_after = models.IntegerField()
    state = models.CharField(max_length=10, choices=choices_of(DeploymentState), default=DeploymentState.PROPOSED)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True, default="")
    placed = models.IntegerField(default=0)

    class Meta:
        ordering = ("-proposed_at", "code")
        constraints = (
            models.CheckConstraint(
                condition=Q(state=DeploymentState.PROPOSED) | ~Q(decided_by=""), name="deployment_by_somebody"
            ),
            models.CheckConstraint(condition=Q(gap_after__gte=0, gap_before__gte=F("gap_after")), name="deployment_gap"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.unit_id}"


class MajorEvent(models.Model):
    """Something that must be told upward within the rule's hours (重大事项报告)."""

    code = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=10, choices=choices_of(EventKind))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="major_events")
    place_code = CodeField()
    what = models.CharField(max_length=300)
    people = models.IntegerField(default=0)
    seen_at = models.DateTimeField()
    due_at = models.DateTimeField()  # the next report
    state = models.CharField(max_length=8, choices=choices_of(EventState), default=EventState.KNOWN)
    reports = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("unit", "state"), name="major_event_unit"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state=EventState.KNOWN, reports=0) | (~Q(state=EventState.KNOWN) & Q(reports__gte=1)),
                name="major_event_reported",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"


class EventReport(models.Model):
    """A report of an event, numbered without a gap: first, progress, final."""

    code = models.CharField(max_length=24, primary_key=True)
    event = models.ForeignKey(MajorEvent, on_delete=models.PROTECT, related_name="told")
    number = models.SmallIntegerField()
    kind = models.CharField(max_length=8, choices=choices_of(ReportKind))
    text = models.CharField(max_length=2000)
    people = models.IntegerField(default=0)
    reported_at = models.DateTimeField()
    reported_by = models.CharField(max_length=120)
    late = models.BooleanField()

    class Meta:
        ordering = ("event", "number")
        constraints = (models.UniqueConstraint(fields=("event", "number"), name="event_report_number"),)

    def __str__(self) -> str:
        return f"{self.event_id} {self.number}"
