"""What the workforce's stored words are called."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

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

KINDS = {
    WorkerKind.STAFF.value: pgettext_lazy("workforce", "Staff"),
    WorkerKind.VOLUNTEER.value: pgettext_lazy("workforce", "Volunteer"),
    WorkerKind.CAPTAIN.value: pgettext_lazy("workforce", "Building captain"),
    WorkerKind.SECONDED.value: pgettext_lazy("workforce", "Seconded or sent to help"),
}
SKILLS = {
    Skill.SAMPLER.value: pgettext_lazy("workforce", "Sampling"),
    Skill.NURSE.value: pgettext_lazy("workforce", "Nursing"),
    Skill.DOCTOR.value: pgettext_lazy("workforce", "Doctor"),
    Skill.TRACER.value: pgettext_lazy("workforce", "Tracing"),
    Skill.DRIVER.value: pgettext_lazy("workforce", "Driving"),
    Skill.DISINFECTION.value: pgettext_lazy("workforce", "Disinfecting"),
    Skill.DOOR.value: pgettext_lazy("workforce", "Door to door"),
    Skill.DESK.value: pgettext_lazy("workforce", "Desk and data"),
}
STATES = {
    WorkerState.IDLE.value: pgettext_lazy("workforce", "nothing assigned"),
    WorkerState.PLACED.value: pgettext_lazy("workforce", "has work"),
    WorkerState.ABSENT.value: pgettext_lazy("workforce", "absent"),
    WorkerState.GONE.value: pgettext_lazy("workforce", "no longer here"),
}
SHIFTS = {
    ShiftState.PLANNED.value: pgettext_lazy("workforce", "planned"),
    ShiftState.BEGUN.value: pgettext_lazy("workforce", "at work"),
    ShiftState.ENDED.value: pgettext_lazy("workforce", "ended"),
    ShiftState.RELIEVED.value: pgettext_lazy("workforce", "left early"),
}
WHYS = {
    Why.ILL.value: pgettext_lazy("workforce", "Ill"),
    Why.FAMILY.value: pgettext_lazy("workforce", "Needed at home"),
    Why.UNSAFE.value: pgettext_lazy("workforce", "Not safe"),
    Why.ELSEWHERE.value: pgettext_lazy("workforce", "Needed elsewhere"),
}
NEEDS = {
    NeedState.OPEN.value: pgettext_lazy("workforce", "hands are missing"),
    NeedState.MET.value: pgettext_lazy("workforce", "met"),
    NeedState.WITHDRAWN.value: pgettext_lazy("workforce", "not needed"),
}
DEPLOYMENTS = {
    DeploymentState.PROPOSED.value: pgettext_lazy("workforce", "proposed"),
    DeploymentState.COMMITTED.value: pgettext_lazy("workforce", "in effect"),
    DeploymentState.DROPPED.value: pgettext_lazy("workforce", "not followed"),
}
TEAMS = {
    TeamState.ARRIVED.value: pgettext_lazy("workforce", "not all have work"),
    TeamState.DEPLOYED.value: pgettext_lazy("workforce", "all have work"),
    TeamState.RELEASED.value: pgettext_lazy("workforce", "gone on"),
}
EVENTS = {
    EventKind.DEATH.value: pgettext_lazy("event", "Death or serious harm"),
    EventKind.CLUSTER.value: pgettext_lazy("event", "Cluster of cases"),
    EventKind.ACCIDENT.value: pgettext_lazy("event", "Accident or fire"),
    EventKind.CROWD.value: pgettext_lazy("event", "Crowd"),
    EventKind.BREAKDOWN.value: pgettext_lazy("event", "Breakdown"),
    EventKind.OTHER.value: pgettext_lazy("event", "Something else"),
}
EVENT_STATES = {
    EventState.KNOWN.value: pgettext_lazy("event", "not reported yet"),
    EventState.REPORTED.value: pgettext_lazy("event", "reported, goes on"),
    EventState.CLOSED.value: pgettext_lazy("event", "final report is in"),
}
REPORTS = {
    ReportKind.FIRST.value: pgettext_lazy("event", "First report"),
    ReportKind.PROGRESS.value: pgettext_lazy("event", "Progress"),
    ReportKind.FINAL.value: pgettext_lazy("event", "Final report"),
}
