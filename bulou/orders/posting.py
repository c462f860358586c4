"""Checkpoints with shifts, passes, patrols: places, counts and findings with owners; nobody's way through the city."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, pack_at, signature
from bulou.duties import actions as duties
from bulou.duties.opening import Owed
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.orders.choices import (
    EXIT_CLEARED,
    MENDED,
    PATROLLED,
    SHIFT_REPORTED,
    PatrolFinding,
    PostState,
    Purpose,
    ShiftState,
)  # fmt: skip
from bulou.orders.models import Checkpoint, CheckpointShift, Pass, Patrol
from bulou.orders.rows import require_text

_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


@transaction.atomic
def open_checkpoint(
    *, name: str, unit: str, place_code: str, basis: str, exits: str, exits_open: bool, ends_at: datetime, by: Actor,
    at: datetime, code: str = "",
) -> Checkpoint:  # fmt: skip
    """Open a checkpoint (卡点) with a basis and an end; ambulances and fire engines pass, and it is said how."""
    permit(by, Operation.KEEP_POSTS, unit)
    if not exits_open:
        message = "no measure may block a fire exit or an ambulance's way"
        raise Refused(message, code="exit-blocked", remedy="Leave the way open, and say how.")
    if not at < ends_at <= at + pack_at(at).span("checkpoint_longest"):
        message = "a checkpoint ends after now, and within the pack's longest time"
        raise InputFault(message, column="ends_at", remedy="It can be opened again, by a new decision.")
    row = Checkpoint.objects.create(
        code=code or public_id("CP", at), name=require_text(name, "name", "name the place")[:120], unit_id=unit,
        place_code=place_code, basis=require_text(basis, "basis", "name the order on which it rests")[:200],
        exits=require_text(exits, "exits", "say how ambulances and fire engines pass")[:200], opened_at=at,
        opened_by=signature(by), ends_at=ends_at,
    )  # fmt: skip
    commit(tag=LineTag.CHECKPOINT_OPENED, subject=f"checkpoint:{row.pk}", unit=unit, by=by, at=at, data={"ends_at": ends_at})
    _next_shift(row, number=1, starts_at=at, by=by, at=at)
    return row


def _next_shift(row: Checkpoint, *, number: int, starts_at: datetime, by: Actor, at: datetime) -> None:
    ends_at = min(starts_at + pack_at(at).span("checkpoint_shift"), row.ends_at)
    if ends_at <= starts_at:
        return
    code, facts = f"{row.pk}.{number:03}", {"ends_at": ends_at}
    shift = CheckpointShift.objects.create(
        code=code, checkpoint=row, unit_id=row.unit_id, place_code=row.place_code, starts_at=starts_at, ends_at=ends_at,
        due_at=due_of(SHIFT_REPORTED, at=at, facts=facts),
    )  # fmt: skip
    needed = Owed(
        kind=SHIFT_REPORTED, about=f"checkpoint_shift:{shift.pk}", label=f"{row.name} · {code}", place_code=row.place_code,
        owners={"explicit": row.unit_id}, facts=facts,
    )  # fmt: skip
    commit(
        tag=LineTag.SHIFT_BEGAN, subject=f"checkpoint_shift:{shift.pk}", unit=row.unit_id, by=by, at=at,
        data={"ends_at": ends_at},
        opens=[needed],
    )  # fmt: skip


@transaction.atomic
def report_shift(
    *, code: str, hands: int, passed: int, turned_back: int, emergencies: int, by: Actor, at: datetime, note: str = ""
) -> CheckpointShift:
    """A shift's counts: how many stood there, how many passed and were turned back; the next shift begins with its end."""
    row = locked(CheckpointShift, code)
    permit(by, Operation.KEEP_POSTS, row.unit_id)
    if row.state != ShiftState.OWED:
        message = "the shift is reported already"
        raise Refused(message)
    row.state, row.reported_at, row.reported_by = ShiftState.DONE, at, signature(by)
    row.hands, row.passed, row.turned_back, row.emergencies = hands, passed, turned_back, emergencies
    row.note = note.strip()[:200]
    row.save()
    data = {"hands": hands, "passed": passed, "turned_back": turned_back, "emergencies": emergencies, "note": row.note}
    commit(
        tag=LineTag.SHIFT_REPORTED, subject=f"checkpoint_shift:{row.pk}", unit=row.unit_id, by=by, at=at, data=data,
        closes=[SHIFT_REPORTED],
    )  # fmt: skip
    post = locked(Checkpoint, row.checkpoint_id)
    if post.state == PostState.IN_FORCE:
        _next_shift(post, number=int(row.pk.rsplit(".", 1)[1]) + 1, starts_at=row.ends_at, by=by, at=at)
    return row


@transaction.atomic
def close_checkpoint(*, code: str, reason: str, by: Actor, at: datetime) -> Checkpoint:
    """Close a checkpoint before its end; its shift owes nothing more."""
    row = locked(Checkpoint, code)
    permit(by, Operation.KEEP_POSTS, row.unit_id)
    if row.state != PostState.IN_FORCE:
        message = "the checkpoint is closed already"
        raise Refused(message)
    _close(row, require_text(reason, "reason", "say why it is closed"), by=by, at=at)
    return row


def _close(row: Checkpoint, reason: str, *, by: Actor, at: datetime) -> None:
    row.state, row.ended_at = PostState.ENDED, at
    row.save(update_fields=("state", "ended_at"))
    data = {"reason": reason[:200]}
    entry = commit(tag=LineTag.CHECKPOINT_CLOSED, subject=f"checkpoint:{row.pk}", unit=row.unit_id, by=by, at=at, data=data)
    for shift in row.shifts.filter(state=ShiftState.OWED, ends_at__gt=at):
        CheckpointShift.objects.filter(pk=shift.pk).update(state=ShiftState.CANCELLED)
        about = f"checkpoint_shift:{shift.pk}"
        duties.supersede_by_fact(kind=SHIFT_REPORTED, about=about, successor=f"entry:{entry.pk}", by=by, at=at)


@transaction.atomic
def end_due_posts(*, by: Actor, at: datetime) -> int:
    """Checkpoints and passes whose end has come end by themselves (worker); a pass is over at its end also without this."""
    over = Checkpoint.objects.select_for_update(of=("self",)).filter(state=PostState.IN_FORCE, ends_at__lte=at)
    rows = list(over.order_by("ends_at")[:200])
    for row in rows:
        _close(row, "its end came", by=by, at=row.ends_at)
    gone = Pass.objects.filter(state=PostState.IN_FORCE, ends_at__lte=at).update(
        state=PostState.ENDED, ended_at=at, ended_why="its end came"
    )
    return len(rows) + gone


@transaction.atomic
def issue_pass(
    *, holder: str, unit: str, place_code: str, purpose: Purpose, reason: str, hours: str, starts_at: datetime,
    ends_at: datetime, by: Actor, at: datetime, code: str = "",
) -> Pass:  # fmt: skip
    """Issue a pass: purpose, hours of the day, and an end within the pack's longest time; nobody records its use."""
    permit(by, Operation.ISSUE_PASS, unit)
    if not _HOURS.fullmatch(hours.strip()):
        message = f"{hours!r} are no hours of a day"
        raise InputFault(message, column="hours", remedy="Write them like 06:00-09:00.")
    if not starts_at < ends_at <= starts_at + pack_at(at).span("pass_longest"):
        message = "a pass ends after it starts, and within the pack's longest time"
        raise InputFault(message, column="ends_at", remedy="Issue a new one when it is over.")
    row = Pass.objects.create(
        code=code or public_id("PA", at), holder=require_text(holder, "holder", "say for whom it is")[:40], unit_id=unit,
        place_code=place_code, purpose=purpose, reason=require_text(reason, "reason", "say what for")[:200],
        hours=hours.strip(),
        starts_at=starts_at, ends_at=ends_at, issued_at=at, issued_by=signature(by),
    )  # fmt: skip
    commit(
        tag=LineTag.PASS_ISSUED, subject=f"pass:{row.pk}", unit=unit, by=by, at=at, data={"purpose": purpose,
        "ends_at": ends_at},
        personal={"person_id": row.holder},
    )  # fmt: skip
    return row


@transaction.atomic
def end_pass(*, code: str, reason: str, by: Actor, at: datetime) -> Pass:
    """End a pass before its time, with the reason."""
    row = locked(Pass, code)
    permit(by, Operation.ISSUE_PASS, row.unit_id)
    if row.state != PostState.IN_FORCE:
        message = "the pass is over already"
        raise Refused(message)
    row.state, row.ended_at = PostState.ENDED, at
    row.ended_why = require_text(reason, "reason", "say why it ends")[:200]
    row.save(update_fields=("state", "ended_at", "ended_why"))
    data = {"reason": row.ended_why}
    commit(tag=LineTag.PASS_ENDED, subject=f"pass:{row.pk}", unit=row.unit_id, by=by, at=at, data=data)
    return row


@transaction.atomic
def erase_passes(*, by: Actor, at: datetime) -> int:
    """Erase who held passes that ended longer ago than the pack keeps them; the count of them stays as the proof."""
    over = Pass.objects.filter(ends_at__lt=at - pack_at(at).span("passes_kept")).exclude(holder="")
    gone = over.update(holder="", reason="–")
    if gone:
        commit(tag=LineTag.PASSES_ERASED, subject="passes:all", unit="CN", by=by, at=at, data={"count": gone})
    return gone


@transaction.atomic
def plan_patrol(
    *, unit: str, place_code: str, route: str, starts_at: datetime, by: Actor, at: datetime, code: str = ""
) -> Patrol:
    """A unit owes a round on foot: a route and a time."""
    permit(by, Operation.KEEP_POSTS, unit)
    if starts_at < at - timedelta(hours=1):
        message = "a patrol is planned before it is walked"
        raise InputFault(message, column="starts_at")
    facts = {"starts_at": starts_at}
    row = Patrol.objects.create(
        code=code or public_id("PT", at), unit_id=unit, place_code=place_code,
        route=require_text(route, "route", "say which way")[:200], starts_at=starts_at,
        due_at=due_of(PATROLLED, at=at, facts=facts),
    )  # fmt: skip
    needed = _owed(row, PATROLLED, **facts)
    commit(tag=LineTag.PATROL_PLANNED, subject=f"patrol:{row.pk}", unit=unit, by=by, at=at, opens=[needed])
    return row


def _owed(row: Patrol, kind: str, **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=f"patrol:{row.pk}", label=f"{row.route} · {row.pk}"[:200], place_code=row.place_code,
        owners={"explicit": row.unit_id}, facts=facts,
    )  # fmt: skip


@transaction.atomic
def report_patrol(*, code: str, finding: PatrolFinding, by: Actor, at: datetime, what: str = "") -> Patrol:
    """What was found on the way; whatever is wrong is owed from now on, a blocked exit within minutes."""
    row = locked(Patrol, code)
    permit(by, Operation.KEEP_POSTS, row.unit_id)
    if row.state != ShiftState.OWED:
        message = "the patrol is reported already"
        raise Refused(message)
    if finding is not PatrolFinding.NOTHING:
        require_text(what, "what", "say what was found, and where")
    row.state, row.finding, row.what, row.walked_at, row.walked_by = ShiftState.DONE, finding, what[:200], at, signature(by)
    kind = EXIT_CLEARED if finding is PatrolFinding.EXIT_BLOCKED else MENDED
    opens = []
    if finding is not PatrolFinding.NOTHING:
        opens = [_owed(row, kind, found_at=at)]
        row.due_at = due_of(kind, at=at, facts={"found_at": at})
    row.save(update_fields=("state", "finding", "what", "walked_at", "walked_by", "due_at"))
    commit(
        tag=LineTag.PATROL_REPORTED, subject=f"patrol:{row.pk}", unit=row.unit_id, by=by, at=at, closes=[PATROLLED],
        opens=opens,
        data={"found": finding, "note": row.what},
    )  # fmt: skip
    return row


@transaction.atomic
def mend_finding(*, code: str, evidence: str, by: Actor, at: datetime) -> Patrol:
    """What a patrol found is mended, with the record that proves it."""
    row = locked(Patrol, code)
    permit(by, Operation.KEEP_POSTS, row.unit_id)
    if row.finding in {"", PatrolFinding.NOTHING} or row.mended_at is not None:
        message = "nothing waits to be mended here"
        raise Refused(message)
    row.mended_at, row.mended = at, require_text(evidence, "evidence", "name the record or the photograph")[:200]
    row.save(update_fields=("mended_at", "mended"))
    commit(
        tag=LineTag.PATROL_MENDED, subject=f"patrol:{row.pk}", unit=row.unit_id, by=by, at=at, closes=[MENDED, EXIT_CLEARED],
        data={"evidence": row.mended},
    )  # fmt: skip
    return row
