"""The books of hands: workers, certificates, teams, needs, shifts, deployments."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.workforce import actions, deploying, words
from bulou.workforce.choices import (
    DeploymentState,
    NeedState,
    ShiftState,
    Skill,
    TeamState,
    Why,
    WorkerKind,
    WorkerState,
)  # fmt: skip
from bulou.workforce.models import LIVE_SHIFTS, Certificate, Deployment, HandsNeed, Shift, Team, Worker


def _teams(by: Actor) -> QuerySet[Team]:
    return Team.objects.filter(within(by, "host"))


def _workers(by: Actor) -> QuerySet[Worker]:
    return Worker.objects.filter(within(by, "host", "home"))


def _certificates(by: Actor) -> QuerySet[Certificate]:
    return Certificate.objects.filter(within(by, "worker__host", "worker__home")).select_related("worker")


def _needs(by: Actor) -> QuerySet[HandsNeed]:
    return HandsNeed.objects.filter(within(by, "unit"))


def _shifts(by: Actor) -> QuerySet[Shift]:
    return Shift.objects.filter(within(by, "unit", "worker__home")).select_related("worker", "stands_in", "need")


def _deployments(by: Actor) -> QuerySet[Deployment]:
    return Deployment.objects.filter(within(by, "unit"))


def _lines(row: Deployment) -> str:
    return "; ".join(f"{worker} → {need}" for need, worker in row.lines)


def _lines_said(row: Deployment) -> str:
    """Who goes where, by name; two statements."""
    people = dict(Worker.objects.filter(pk__in=[worker for _, worker in row.lines]).values_list("pk", "name"))
    places = dict(HandsNeed.objects.filter(pk__in=[need for need, _ in row.lines]).values_list("pk", "place"))
    return "; ".join(f"{people.get(worker, worker)} → {places.get(need, need)}" for need, worker in row.lines)


def _skills_said(row: Worker) -> str:
    return ", ".join(str(words.SKILLS.get(one, one)) for one in row.skills.split(";"))


_UNIT = Field(name="unit", label=pgettext_lazy("workforce", "Unit"), kind=Kind.UNIT)
_HOST = Field(name="host", label=pgettext_lazy("workforce", "Works for"), kind=Kind.UNIT)
_PLACE = Field(name="place", label=pgettext_lazy("workforce", "Where"), most=160)
_SKILL = Field(name="skill", label=pgettext_lazy("workforce", "Skill"), kind=Kind.WORD, words=words.SKILLS, enum=Skill)
_STARTS = Field(name="starts_at", label=pgettext_lazy("workforce", "Starts at"), kind=Kind.INSTANT)
_ENDS = Field(name="ends_at", label=pgettext_lazy("workforce", "Ends at"), kind=Kind.INSTANT)
_WORKER = Field(name="worker", label=pgettext_lazy("workforce", "Person"), kind=Kind.ROW, most=24)
_REASON = Field(name="reason", label=pgettext_lazy("workforce", "Why"))
_NEED = Field(name="need", label=pgettext_lazy("workforce", "For the need"), kind=Kind.ROW, needed=False, most=24)
_S_UNIT = Column(name="unit", label=pgettext_lazy("workforce", "Unit"), kind=Kind.UNIT, of="unit_id")
_S_PLACE = Column(name="place", label=pgettext_lazy("workforce", "Where"))
_S_SKILL = Column(name="skill", label=pgettext_lazy("workforce", "Skill"), kind=Kind.WORD, words=words.SKILLS)
_S_STARTS = Column(name="starts_at", label=pgettext_lazy("workforce", "Starts at"), kind=Kind.INSTANT)
_S_ENDS = Column(name="ends_at", label=pgettext_lazy("workforce", "Ends at"), kind=Kind.INSTANT)
_S_WORKER = Column(
    name="worker", label=pgettext_lazy("workforce", "Person"), kind=Kind.ROW, of="worker_id", book="workers",
    shown=lambda row: row.worker.name,
)  # fmt: skip

WORKERS = Book(
    name="workers", line="D15", title=pgettext_lazy("workforce", "Hands"),
    one=pgettext_lazy("workforce", "Somebody who works here"),
    subject="worker", model=Worker, see=Operation.SEE_WORKFORCE, visible=_workers, lead="name", state="state",
    unit="host_id", also=("home_id",), closed=(WorkerState.GONE,), related=(("shifts", "worker"), ("certificates", "worker")),
    note=pgettext_lazy("workforce", "who is here, whose they are, and who has nothing assigned; nobody is ranked"),
    looks={
        WorkerState.IDLE: Look.WAITS, WorkerState.PLACED: Look.DONE, WorkerState.ABSENT: Look.PLAIN,
        WorkerState.GONE: Look.PLAIN,
    },
    columns=(
        Column(name="name", label=pgettext_lazy("workforce", "Name")),
        Column(name="kind", label=pgettext_lazy("workforce", "Kind"), kind=Kind.WORD, words=words.KINDS),
        Column(name="state", label=pgettext_lazy("workforce", "State"), kind=Kind.WORD, words=words.STATES),
        Column(name="skills", label=pgettext_lazy("workforce", "Skills"), shown=_skills_said),
        Column(name="host", label=pgettext_lazy("workforce", "Works for"), kind=Kind.UNIT, of="host_id"),
        Column(name="home", label=pgettext_lazy("workforce", "Home unit"), kind=Kind.UNIT, of="home_id"),
        Column(name="until_at", label=pgettext_lazy("workforce", "Until"), kind=Kind.INSTANT),
        Column(name="since_at", label=pgettext_lazy("workforce", "From"), kind=Kind.INSTANT, listed=False),
        Column(name="team", label=pgettext_lazy("workforce", "Team"), kind=Kind.ROW, of="team_id", book="teams", listed=False),
        Column(name="place_code", label=pgettext_lazy("workforce", "Answers for"), kind=Kind.PLACE, listed=False),
        Column(name="phone", label=pgettext_lazy("workforce", "Telephone"), listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("workforce", "Enter somebody"),
        means=pgettext_lazy("workforce", "Their hands are counted on from now"),
        operation=Operation.KEEP_WORKFORCE, act=actions.register_worker,
        takes=(
            Field(name="name", label=pgettext_lazy("workforce", "Name"), most=80),
            Field(name="kind", label=pgettext_lazy("workforce", "Kind"), kind=Kind.WORD, words=words.KINDS, enum=WorkerKind),
            Field(name="home", label=pgettext_lazy("workforce", "Home unit"), kind=Kind.UNIT), _HOST,
            Field(
                name="skills", label=pgettext_lazy("workforce", "Skills"), most=120,
                help=pgettext_lazy("workforce", "Joined by semicolons: sampler;driver"),
            ),
            Field(name="since_at", label=pgettext_lazy("workforce", "From"), kind=Kind.INSTANT),
            Field(name="until_at", label=pgettext_lazy("workforce", "Until"), kind=Kind.INSTANT, needed=False),
            Field(name="team", label=pgettext_lazy("workforce", "Team"), kind=Kind.ROW, needed=False, most=24),
            Field(
                name="place_code", label=pgettext_lazy("workforce", "Answers for"), kind=Kind.PLACE, needed=False,
                help=pgettext_lazy("workforce", "A captain's building"),
            ),
            Field(name="phone", label=pgettext_lazy("workforce", "Telephone"), needed=False, most=24),
        ),
    ),
    steps=(
        Step(
            name="move", label=pgettext_lazy("workforce", "Lend to another unit"),
            means=pgettext_lazy("workforce", "The home unit stays"),
            operation=Operation.KEEP_WORKFORCE, act=actions.move_worker,
            when=lambda row: row.state in {WorkerState.IDLE, WorkerState.ABSENT},
            takes=(_HOST, Field(name="until_at", label=pgettext_lazy("workforce", "Until"), kind=Kind.INSTANT, needed=False)),
        ),
        Step(
            name="back", label=pgettext_lazy("workforce", "Back again"), means=pgettext_lazy("workforce", "Can be planned"),
            operation=Operation.KEEP_WORKFORCE, act=actions.return_worker, when=lambda row: row.state == WorkerState.ABSENT,
        ),
    ),
    told={
        LineTag.WORKER_REGISTERED: pgettext_lazy("workforce", "Entered"), LineTag.WORKER_MOVED: pgettext_lazy("workforce",
        "Lent"),
        LineTag.WORKER_BACK: pgettext_lazy("workforce", "Back again"),
    },
)  # fmt: skip

CERTIFICATES = Book(
    name="certificates", line="D15", title=pgettext_lazy("workforce", "Certificates"),
    one=pgettext_lazy("workforce", "Certificate"),
    subject="certificate", model=Certificate, see=Operation.SEE_WORKFORCE, visible=_certificates, lead="number",
    unit="worker__host_id",
    columns=(
        Column(name="number", label=pgettext_lazy("workforce", "Number")), _S_WORKER, _S_SKILL,
        Column(name="expires_on", label=pgettext_lazy("workforce", "Valid to"), kind=Kind.DAY),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("workforce", "Enter a certificate"),
        means=pgettext_lazy("workforce", "Without one in force nobody is planned for the work"),
        operation=Operation.KEEP_WORKFORCE, act=actions.enter_certificate,
        takes=(
            _WORKER, _SKILL, Field(name="number", label=pgettext_lazy("workforce", "Number"), most=60),
            Field(name="expires_on", label=pgettext_lazy("workforce", "Valid to"), kind=Kind.DAY),
        ),
    ),
    told={LineTag.CERTIFICATE_ENTERED: pgettext_lazy("workforce", "Entered")},
)  # fmt: skip

TEAMS = Book(
    name="teams", line="D15", title=pgettext_lazy("workforce", "Teams sent to help"), one=pgettext_lazy("workforce", "Team"),
    subject="team", model=Team, see=Operation.SEE_WORKFORCE, visible=_teams, lead="name", order="due_at", state="state",
    unit="host_id", closed=(TeamState.DEPLOYED, TeamState.RELEASED), related=(("workers", "team"),),
    note=pgettext_lazy("workforce", "whoever came to help has work within hours"),
    looks={TeamState.ARRIVED: Look.WAITS, TeamState.DEPLOYED: Look.DONE, TeamState.RELEASED: Look.PLAIN},
    columns=(
        Column(name="name", label=pgettext_lazy("workforce", "Team")),
        Column(name="state", label=pgettext_lazy("workforce", "State"), kind=Kind.WORD, words=words.TEAMS),
        Column(name="sender", label=pgettext_lazy("workforce", "Sent by")),
        Column(name="host", label=pgettext_lazy("workforce", "Works for"), kind=Kind.UNIT, of="host_id"),
        Column(name="people", label=pgettext_lazy("workforce", "People"), kind=Kind.NUMBER),
        Column(name="placed", label=pgettext_lazy("workforce", "With work"), kind=Kind.NUMBER),
        Column(name="arrived_at", label=pgettext_lazy("workforce", "Arrived at"), kind=Kind.INSTANT),
        Column(name="due_at", label=pgettext_lazy("workforce", "All have work by"), kind=Kind.INSTANT, clock=True),
        Column(name="ended", label=pgettext_lazy("workforce", "Why"), listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("workforce", "A team has arrived"),
        means=pgettext_lazy("workforce", "It has work within hours"),
        operation=Operation.KEEP_WORKFORCE, act=actions.receive_team,
        takes=(
            Field(name="name", label=pgettext_lazy("workforce", "Team"), most=120),
            Field(name="sender", label=pgettext_lazy("workforce", "Sent by"), most=120), _HOST,
            Field(name="people", label=pgettext_lazy("workforce", "People"), kind=Kind.NUMBER, most=5000),
            Field(name="arrived_at", label=pgettext_lazy("workforce", "Arrived at"), kind=Kind.INSTANT),
        ),
    ),
    steps=(
        Step(
            name="release", label=pgettext_lazy("workforce", "The team goes on"),
            means=pgettext_lazy("workforce", "Home, or to another city"),
            operation=Operation.KEEP_WORKFORCE, act=actions.release_team, when=lambda row: row.state != TeamState.RELEASED,
            takes=(_REASON,),
        ),
    ),
    told={
        LineTag.TEAM_ARRIVED: pgettext_lazy("workforce", "Arrived"), LineTag.TEAM_DEPLOYED: pgettext_lazy("workforce",
        "All have work"),
        LineTag.TEAM_RELEASED: pgettext_lazy("workforce", "Gone on"),
    },
)  # fmt: skip

HANDS_NEEDED = Book(
    name="hands_needed", line="D15", title=pgettext_lazy("workforce", "Hands needed"),
    one=pgettext_lazy("workforce", "Need of hands"),
    subject="hands", model=HandsNeed, see=Operation.SEE_WORKFORCE, visible=_needs, lead="place", order="starts_at",
    state="state", closed=(NeedState.MET, NeedState.WITHDRAWN), related=(("shifts", "need"),),
    looks={NeedState.OPEN: Look.WAITS, NeedState.MET: Look.DONE, NeedState.WITHDRAWN: Look.PLAIN},
    columns=(
        _S_PLACE, Column(name="state", label=pgettext_lazy("workforce", "State"), kind=Kind.WORD, words=words.NEEDS), _S_UNIT,
        _S_SKILL, Column(name="hands", label=pgettext_lazy("workforce", "Hands"), kind=Kind.NUMBER),
        Column(name="planned", label=pgettext_lazy("workforce", "Planned"), kind=Kind.NUMBER),
        Column(name="starts_at", label=pgettext_lazy("workforce", "Starts at"), kind=Kind.INSTANT, clock=True), _S_ENDS,
        Column(name="asked_at", label=pgettext_lazy("workforce", "Asked at"), kind=Kind.INSTANT, listed=False),
        Column(name="asked_by", label=pgettext_lazy("workforce", "Asked by"), listed=False),
        Column(name="ended", label=pgettext_lazy("workforce", "Why"), listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("workforce", "Ask for hands"),
        means=pgettext_lazy("workforce", "For one shift; the unit above sees to it"),
        operation=Operation.ASK_HANDS, act=actions.ask_hands,
        takes=(
            _UNIT, _PLACE, _SKILL, Field(name="hands", label=pgettext_lazy("workforce", "Hands"), kind=Kind.NUMBER, most=5000),
            _STARTS, _ENDS,
        ),
    ),
    steps=(
        Step(
            name="withdraw", label=pgettext_lazy("workforce", "Not needed any more"),
            means=pgettext_lazy("workforce", "Say why"),
            operation=Operation.ASK_HANDS, act=actions.withdraw_need,
            when=lambda row: row.state == NeedState.OPEN, takes=(_REASON,),
        ),
    ),
    told={
        LineTag.HANDS_ASKED: pgettext_lazy("workforce", "Asked for"), LineTag.HANDS_MET: pgettext_lazy("workforce", "Met"),
        LineTag.HANDS_SHORT: pgettext_lazy("workforce", "Short again"),
        LineTag.HANDS_WITHDRAWN: pgettext_lazy("workforce", "Not needed"),
    },
)  # fmt: skip

SHIFTS = Book(
    name="shifts", line="D15", title=pgettext_lazy("workforce", "Shifts"), one=pgettext_lazy("workforce", "Shift"),
    subject="work_shift", model=Shift, see=Operation.SEE_WORKFORCE, visible=_shifts, lead="worker", order="starts_at",
    latest=True, state="state", closed=(ShiftState.ENDED, ShiftState.RELIEVED),
    looks={
        ShiftState.PLANNED: Look.OWED, ShiftState.BEGUN: Look.WAITS, ShiftState.ENDED: Look.DONE,
        ShiftState.RELIEVED: Look.LATE,
    },
    columns=(
        _S_WORKER, Column(name="state", label=pgettext_lazy("workforce", "State"), kind=Kind.WORD, words=words.SHIFTS), _S_UNIT,
        _S_PLACE, _S_SKILL, _S_STARTS, Column(name="ends_at", label=pgettext_lazy("workforce", "Ends at"),
            kind=Kind.INSTANT, clock=True),
        Column(name="free_at", label=pgettext_lazy("workforce", "Rested at"), kind=Kind.INSTANT, listed=False),
        Column(name="begun_at", label=pgettext_lazy("workforce", "Began at"), kind=Kind.INSTANT, listed=False),
        Column(name="ended_at", label=pgettext_lazy("workforce", "Ended at"), kind=Kind.INSTANT, listed=False),
        Column(name="why", label=pgettext_lazy("workforce", "Why left"), kind=Kind.WORD, words=words.WHYS, listed=False),
        Column(name="need", label=pgettext_lazy("workforce", "For the need"), kind=Kind.ROW,
            of="need_id", book="hands_needed", listed=False),
        Column(name="stands_in", label=pgettext_lazy("workforce", "Stands in for"), kind=Kind.ROW,
            of="stands_in_id", book="shifts", listed=False),
        Column(name="planned_by", label=pgettext_lazy("workforce", "Planned by"), listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("workforce", "Plan a shift"),
        means=pgettext_lazy("workforce", "Refused over the hours, inside of the rest, or without the certificate"),
        operation=Operation.KEEP_WORKFORCE, act=actions.plan_shift,
        takes=(_WORKER, _UNIT, _PLACE, _SKILL, _STARTS, _ENDS, _NEED),
    ),
    steps=(
        Step(
            name="begin", label=pgettext_lazy("workforce", "Begin"), means=pgettext_lazy("workforce", "The person is there"),
            operation=Operation.WORK_SHIFT, act=actions.begin_shift,
            when=lambda row: row.state == ShiftState.PLANNED, main=True,
        ),
        Step(
            name="end", label=pgettext_lazy("workforce", "End"), means=pgettext_lazy("workforce", "The rest counts from now"),
            operation=Operation.WORK_SHIFT, act=actions.end_shift, when=lambda row: row.state == ShiftState.BEGUN, main=True,
        ),
        Step(
            name="absent", label=pgettext_lazy("workforce", "The person cannot come or stay"),
            means=pgettext_lazy("workforce", "A substitute is found within minutes; no diagnosis is asked for"),
            operation=Operation.WORK_SHIFT, act=actions.report_absent, when=lambda row: row.state in LIVE_SHIFTS,
            takes=(Field(name="why", label=pgettext_lazy("workforce", "Why"), kind=Kind.WORD, words=words.WHYS, enum=Why),),
        ),
        Step(
            name="substitute", label=pgettext_lazy("workforce", "Somebody stands in"),
            means=pgettext_lazy("workforce", "The duty names who is free and rested"), operation=Operation.KEEP_WORKFORCE,
            act=actions.substitute, when=lambda row: row.state == ShiftState.RELIEVED, takes=(_WORKER,),
        ),
    ),
    told={
        LineTag.WORK_PLANNED: pgettext_lazy("workforce", "Planned"), LineTag.WORK_BEGAN: pgettext_lazy("workforce", "Began"),
        LineTag.WORK_ENDED: pgettext_lazy("workforce", "Ended"), LineTag.WORK_RELIEVED: pgettext_lazy("workforce",
        "Left early"),
        LineTag.WORK_STOOD_IN: pgettext_lazy("workforce", "Somebody stands in"),
    },
)  # fmt: skip

DEPLOYMENTS = Book(
    name="deployments", line="D15", title=pgettext_lazy("workforce", "Deployment to the largest gap"),
    one=pgettext_lazy("workforce", "Proposal"), subject="deployment", model=Deployment, see=Operation.SEE_WORKFORCE,
    visible=_deployments, order="proposed_at", latest=True, state="state",
    closed=(DeploymentState.COMMITTED, DeploymentState.DROPPED),
    note=pgettext_lazy("workforce", "the software proposes, a named person decides"),
    looks={DeploymentState.PROPOSED: Look.WAITS, DeploymentState.COMMITTED: Look.DONE, DeploymentState.DROPPED: Look.PLAIN},
    columns=(
        _S_UNIT, Column(name="state", label=pgettext_lazy("workforce", "State"), kind=Kind.WORD, words=words.DEPLOYMENTS),
        Column(name="from_at", label=pgettext_lazy("workforce", "From"), kind=Kind.INSTANT),
        Column(name="until_at", label=pgettext_lazy("workforce", "Until"), kind=Kind.INSTANT),
        Column(name="free", label=pgettext_lazy("workforce", "Free hands"), kind=Kind.NUMBER),
        Column(name="gap_before", label=pgettext_lazy("workforce", "Gap before"), kind=Kind.NUMBER),
        Column(name="gap_after", label=pgettext_lazy("workforce", "Gap after"), kind=Kind.NUMBER),
        Column(name="placed", label=pgettext_lazy("workforce", "Put to work"), kind=Kind.NUMBER),
        Column(name="proposed_at", label=pgettext_lazy("workforce", "Proposed at"), kind=Kind.INSTANT, listed=False),
        Column(name="proposed_by", label=pgettext_lazy("workforce", "Proposed by"), listed=False),
        Column(name="decided_at", label=pgettext_lazy("workforce", "Decided at"), kind=Kind.INSTANT, listed=False),
        Column(name="decided_by", label=pgettext_lazy("workforce", "Decided by"), listed=False),
        Column(name="lines", label=pgettext_lazy("workforce", "Who goes where"), of=_lines, shown=_lines_said, listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("workforce", "Propose"),
        means=pgettext_lazy("workforce", "Nobody is moved by a proposal"),
        operation=Operation.DEPLOY_HANDS, act=deploying.propose_deployment,
        takes=(
            _UNIT, Field(name="from_at", label=pgettext_lazy("workforce", "From"), kind=Kind.INSTANT),
            Field(name="until_at", label=pgettext_lazy("workforce", "Until"), kind=Kind.INSTANT),
        ),
    ),
    steps=(
        Step(
            name="commit", label=pgettext_lazy("workforce", "Put into effect"),
            means=pgettext_lazy("workforce", "With your name"),
            operation=Operation.DEPLOY_HANDS, act=deploying.commit_deployment, main=True,
            when=lambda row: row.state == DeploymentState.PROPOSED,
        ),
        Step(
            name="drop", label=pgettext_lazy("workforce", "Not this one"), means=pgettext_lazy("workforce", "Nobody is moved"),
            operation=Operation.DEPLOY_HANDS, act=deploying.drop_deployment,
            when=lambda row: row.state == DeploymentState.PROPOSED,
        ),
    ),
    told={
        LineTag.HANDS_PROPOSED: pgettext_lazy("workforce", "Proposed"),
        LineTag.HANDS_DEPLOYED: pgettext_lazy("workforce", "Put into effect"),
        LineTag.DEPLOYMENT_DROPPED: pgettext_lazy("workforce", "Not followed"),
    },
)  # fmt: skip
