"""What the room's stored words are called."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from bulou.kernel import clock
from bulou.orders.choices import (
    Answer,
    Bound,
    CheckState,
    Clash,
    ClashState,
    Link,
    MeetingKind,
    OrderState,
    PatrolFinding,
    PostState,
    Prevails,
    Purpose,
    Reach,
    ShiftState,
    Standing,
    Subject,
    Verb,
)

VERBS = {
    Verb.OPEN.value: pgettext_lazy("order", "open"), Verb.CLOSE.value: pgettext_lazy("order", "close"),
    Verb.START.value: pgettext_lazy("order", "start"), Verb.STOP.value: pgettext_lazy("order", "stop"),
    Verb.LET_PASS.value: pgettext_lazy("order", "let pass"), Verb.TURN_BACK.value: pgettext_lazy("order", "turn back"),
    Verb.KEEP_IN.value: pgettext_lazy("order", "keep at home"), Verb.CALL_OUT.value: pgettext_lazy("order", "call out"),
    Verb.MOVE_OUT.value: pgettext_lazy("order", "move away"), Verb.DEPLOY.value: pgettext_lazy("order", "deploy"),
    Verb.PROVIDE.value: pgettext_lazy("order", "provide"),
}  # fmt: skip
SUBJECTS = {
    Subject.RESIDENTS.value: pgettext_lazy("order", "residents"), Subject.SAMPLING.value: pgettext_lazy("order", "sampling"),
    Subject.MARKETS.value: pgettext_lazy("order", "markets"), Subject.SCHOOLS.value: pgettext_lazy("order", "schools"),
    Subject.WORK.value: pgettext_lazy("order", "workplaces"), Subject.TRANSPORT.value: pgettext_lazy("order", "transport"),
    Subject.ROADS.value: pgettext_lazy("order", "roads"), Subject.SUPPLIES.value: pgettext_lazy("order", "supplies"),
    Subject.TEAMS.value: pgettext_lazy("order", "teams"), Subject.VEHICLES.value: pgettext_lazy("order", "vehicles"),
    Subject.OTHER.value: pgettext_lazy("order", "something else"),
}  # fmt: skip
BOUNDS = {
    Bound.AT_LEAST.value: _("at least"), Bound.AT_MOST.value: _("at most"), Bound.EXACTLY.value: _("exactly"),
}  # fmt: skip
REACH = {
    Reach.NAMED.value: _("the units named"), Reach.DISTRICTS.value: _("every district"),
    Reach.STREETS.value: _("every street"), Reach.COMMUNITIES.value: _("every community"),
    Reach.SITES.value: _("every sampling site"),
}  # fmt: skip
ORDER_STATES = {
    OrderState.IN_FORCE.value: pgettext_lazy("order", "in force"),
    OrderState.CARRIED_OUT.value: pgettext_lazy("order", "carried out"),
    OrderState.SUPERSEDED.value: pgettext_lazy("order", "superseded"),
    OrderState.RECALLED.value: pgettext_lazy("order", "recalled"),
    OrderState.EXPIRED.value: pgettext_lazy("order", "its end came"),
}
LINKS = {
    Link.WAITING.value: pgettext_lazy("order", "not yet come this far"),
    Link.SENT.value: pgettext_lazy("order", "not opened"),
    Link.READ.value: pgettext_lazy("order", "opened"),
    Link.UNDERSTOOD.value: pgettext_lazy("order", "said back"),
    Link.STARTED.value: pgettext_lazy("order", "started"),
    Link.IMPOSSIBLE.value: pgettext_lazy("order", "says it is impossible"),
    Link.DONE.value: pgettext_lazy("order", "done"),
    Link.RELEASED.value: pgettext_lazy("order", "released from it"),
    Link.TO_STOP.value: pgettext_lazy("order", "recalled, must stop"),
    Link.VOID.value: pgettext_lazy("order", "ended"),
}
ANSWERS = {
    Answer.STANDS.value: pgettext_lazy("answer", "it stands"), Answer.LATER.value: pgettext_lazy("answer", "later"),
    Answer.RELEASED.value: pgettext_lazy("answer", "released from it"),
}  # fmt: skip
CHECKS = {
    CheckState.OWED.value: pgettext_lazy("check", "owed"), CheckState.CONFIRMED.value: pgettext_lazy("check", "it is done"),
    CheckState.NOT_DONE.value: pgettext_lazy("check", "it is not done"),
}  # fmt: skip
FOUND = {key: CHECKS[key] for key in (CheckState.CONFIRMED.value, CheckState.NOT_DONE.value)}
CLASHES = {
    Clash.OPPOSITE.value: _("They command the opposite"), Clash.EXCLUSIVE.value: _("Both cannot be done at once"),
    Clash.TWO_PLACES.value: _("One at two places at the same time"), Clash.AMOUNTS.value: _("The amounts exclude each other"),
}  # fmt: skip
CLASH_STATES = {
    ClashState.OPEN.value: pgettext_lazy("clash", "undecided"), ClashState.DECIDED.value: pgettext_lazy("clash", "decided"),
    ClashState.GONE.value: pgettext_lazy("clash", "one has ended"),
}  # fmt: skip
PREVAILS = {
    Prevails.FIRST.value: _("The first stands, the second is recalled"),
    Prevails.SECOND.value: _("The second stands, the first is recalled"), Prevails.BOTH.value: _("Both stand"),
}  # fmt: skip
MEETING_KINDS = {
    MeetingKind.MEETING.value: pgettext_lazy("meeting", "Meeting"), MeetingKind.VISIT.value: pgettext_lazy("meeting", "Visit"),
    MeetingKind.CALL.value: pgettext_lazy("meeting", "Call"),
}  # fmt: skip
STANDINGS = {
    Standing.DONE.value: _("done in time"), Standing.DONE_LATE.value: _("done late"),
    Standing.OPEN.value: _("not due yet"), Standing.OVERDUE.value: _("overdue"),
    Standing.NO_CAPACITY.value: _("says: no capacity"), Standing.ENDED.value: _("waived or replaced"),
}  # fmt: skip
DUTY_STATES = {
    "open": pgettext_lazy("decision", "open"), "fulfilled": pgettext_lazy("decision", "done"),
    "waived": pgettext_lazy("decision", "waived"), "superseded": pgettext_lazy("decision", "replaced"),
    "failed": pgettext_lazy("decision", "not achieved"),
}  # fmt: skip
FIGURES = {
    "roster": _("To be tested"), "tested": pgettext_lazy("order", "Tested"), "missing": _("Missing"),
    "sites_open": _("Sampling sites open"),
    "samplers": _("Samplers"), "tubes_waiting": _("Tubes not at a laboratory"),
    "oldest_tube_minutes": _("Oldest tube, minutes"),
    "cases": _("Cases"), "duties_open": _("Open duties"), "duties_overdue": _("Overdue duties"),
    "orders_unopened": _("Orders not opened"),
}  # fmt: skip
POSTS = {
    PostState.IN_FORCE.value: pgettext_lazy("checkpoint", "in force"), PostState.ENDED.value: pgettext_lazy("checkpoint",
    "ended"),
}  # fmt: skip
SHIFTS = {
    ShiftState.OWED.value: pgettext_lazy("shift", "owed"), ShiftState.DONE.value: pgettext_lazy("shift", "done"),
    ShiftState.CANCELLED.value: pgettext_lazy("shift", "not needed"),
}  # fmt: skip
PURPOSES = {
    Purpose.MEDICAL.value: _("To a doctor"), Purpose.SUPPLY.value: pgettext_lazy("pass", "Supplies"),
    Purpose.DUTY.value: pgettext_lazy("pass", "On duty"), Purpose.CARE.value: _("Care for somebody"),
    Purpose.REPAIR.value: _("Repair"), Purpose.OTHER.value: pgettext_lazy("pass", "Something else"),
}  # fmt: skip
FINDINGS = {
    PatrolFinding.NOTHING.value: _("Nothing"), PatrolFinding.TOO_LITTLE.value: _("Too little control"),
    PatrolFinding.TOO_MUCH.value: _("Too much control"), PatrolFinding.EXIT_BLOCKED.value: _("A fire exit is blocked"),
}  # fmt: skip


_SOURCES = {
    "rounds.site": pgettext_lazy("figure's source", "sampling sites"),
    "specimens.tube": pgettext_lazy("figure's source", "tubes"),
    "investigation.case": pgettext_lazy("figure's source", "cases"),
    "duties.duty": pgettext_lazy("figure's source", "duties"),
    "orders.addressee": pgettext_lazy("figure's source", "orders received"),
}
_ROUND = re.compile(r"round (\S+), (\S+)")


def source(text: str) -> str:
    """Where a frozen figure comes from, in words; it is stored as a table's name, or as a round and when it was counted."""
    found = _ROUND.fullmatch(text)
    if found is None:
        return str(_SOURCES.get(text, text))
    at = clock.local(datetime.fromisoformat(found[2]))
    return gettext("round %(round)s, counted at %(time)s") % {"round": found[1], "time": f"{at:%H:%M}"}
