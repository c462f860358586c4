"""What people do about dangers: report, go, close with evidence, reopen; and keep the register of risk points."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, pack_at, signature
from bulou.duties.opening import Owed, existing_owners, open_many
from bulou.hazards import rules
from bulou.hazards.choices import (
    CHECKED,
    GOING,
    OVER,
    SIGNED,
    TAKEN_UP,
    Cause,
    CheckResult,
    HazardKind,
    HazardState,
    How,
    PointState,
)  # fmt: skip
from bulou.hazards.models import Hazard, HazardReport, RiskPoint
from bulou.kernel import codes
from bulou.kernel.actor import Actor, system
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag

AHEAD = timedelta(days=1)  # a check becomes a duty a day before it is due
MOST_DAYS = 366
ERASED_AT_ONCE = 1_000


@transaction.atomic
def report_hazard(
    *, kind: HazardKind, unit: str, place_code: str, place: str, what: str, how: How, by: Actor, at: datetime,
    people: int | None = None, fallback: str = "", in_confidence: bool = False, name: str = "", phone: str = "",
    code: str = "",
) -> Hazard:  # fmt: skip
    """A crowd or another danger was seen, by anybody and wherever it lies; the clock runs in minutes from now.

    Said again of the same kind at the same place, it joins what is open there. In confidence, nobody below the unit above
    the owner sees who said it; staff may report so, too.
    """
    permit(by, Operation.REPORT_HAZARD)
    return report_openly(
        kind=kind, unit=unit, place_code=place_code, place=place, what=what, how=how, people=people, fallback=fallback,
        in_confidence=in_confidence, name=name or signature(by), phone=phone, code=code, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def report_openly(
    *, kind: HazardKind, unit: str, place_code: str, place: str, what: str, how: How, by: Actor, at: datetime,
    people: int | None = None, fallback: str = "", in_confidence: bool = False, name: str = "", phone: str = "",
    code: str = "", point: RiskPoint | None = None,
) -> Hazard:  # fmt: skip
    """The same without a role: the residents' own page, and a check that found something."""
    rules.require_report(kind=kind, place=place, what=what, people=people)
    said = system(unit=by.unit, door=by.door) if in_confidence else by
    standing = None if code else _standing(kind, place_code, place)
    if standing is None:
        row = Hazard.objects.create(
            code=code or public_id("HZ", at), kind=kind, unit_id=unit, fallback_id=fallback or _above(unit),
            place_code=place_code, place=place[:160], what=what[:300], how=how, in_confidence=in_confidence, people=people,
            point=point, reported_at=at, due_at=due_of(OVER[kind], at=at, facts={"reported_at": at}),
        )  # fmt: skip
        _keep_report(row, what=what, how=how, people=people, hidden=in_confidence, name=name, phone=phone, by=by, at=at)
        _owe(row, tag=LineTag.HAZARD_REPORTED, data={"kind": kind, "people": people, "how": how}, by=said, at=at)
        return row
    _keep_report(standing, what=what, how=how, people=people, hidden=in_confidence, name=name, phone=phone, by=by, at=at)
    commit(tag=LineTag.HAZARD_TOLD_AGAIN, subject=about(standing.pk), unit=standing.unit_id, by=said, at=at,
           data={"people": people, "how": how})  # fmt: skip
    return standing


def _standing(kind: HazardKind, place_code: str, place: str) -> Hazard | None:
    live = Hazard.objects.select_for_update(of=("self",), no_key=True).filter(
        kind=kind, place_code=place_code, place=place[:160], state__in=rules.LIVE
    )
    return live.order_by("reported_at").first()


def _above(unit: str) -> str:
    """The unit above; the unit itself where none above it is kept."""
    return existing_owners([codes.parent_unit(unit) or unit])[codes.parent_unit(unit) or unit]


def _keep_report(
    row: Hazard, *, what: str, how: How, people: int | None, hidden: bool, name: str, phone: str, by: Actor, at: datetime
) -> None:
    """Who said it, where only who may read it reads it: what is hidden from the owner is kept by the unit above it."""
    HazardReport.objects.create(
        code=public_id("HR", at), hazard=row, how=how, name=name[:80], phone=phone[:24], what=what[:300], people=people,
        hidden=hidden, kept_id=_above(row.unit_id) if hidden else by.unit, reported_at=at,
    )  # fmt: skip


def _owe(
    row: Hazard, *, tag: LineTag, data: Mapping[str, object], by: Actor, at: datetime, closes: tuple[str, ...] = ()
) -> None:
    kind = HazardKind(row.kind)
    opens = [_owed(row, OVER[kind], owner=row.unit_id, reported_at=at)]
    if kind is HazardKind.CROWD:
        row.answer_by = due_of(GOING, at=at, facts={"reported_at": at})
        row.save(update_fields=("answer_by",))
        opens.append(_owed(row, GOING, owner=row.unit_id, reported_at=at))
    if row.reopened:
        opens.append(_owed(row, SIGNED, above=row.unit_id, reported_at=at))
    commit(tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data=data, closes=closes, opens=opens)


@transaction.atomic
def name_reporter(*, code: str, name: str, by: Actor, at: datetime, phone: str = "", hidden: bool = False) -> Hazard:
    """Who said it, as far as the person wants to be known; hidden, the owner does not read it."""
    row = locked(Hazard, code)
    kept = row.reports.values_list("kept", flat=True)
    permit(by, Operation.REPORT_HAZARD, row.unit_id, row.fallback_id, *kept)
    if not name.strip():
        message = "say who told it"
        raise InputFault(message, column="name")
    _keep_report(row, what="", how=How(row.how), people=None, hidden=hidden, name=name, phone=phone, by=by, at=at)
    said = system(unit=by.unit, door=by.door) if hidden else by
    commit(tag=LineTag.HAZARD_TOLD_AGAIN, subject=about(row.pk), unit=row.unit_id, by=said, at=at)
    return row


@transaction.atomic
def go(*, code: str, by: Actor, at: datetime) -> Hazard:
    """Somebody is on the way, of the owner or of who stands in."""
    row = locked(Hazard, code)
    permit(by, Operation.KEEP_HAZARD, row.unit_id, row.fallback_id)
    rules.require(HazardState(row.state), {HazardState.REPORTED}, doing="taken up")
    row.state, row.going_at, row.going_by = HazardState.GOING, at, signature(by)
    row.save(update_fields=("state", "going_at", "going_by"))
    commit(tag=LineTag.HAZARD_GOING, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[GOING, TAKEN_UP])
    return row


@transaction.atomic
def watch_crowds(*, by: Actor, at: datetime) -> int:
    """A crowd to which nobody of the owner goes in time is owed by who stands in, too; how many came to that now."""
    late = Hazard.objects.select_for_update(of=("self",), no_key=True).filter(
        state=HazardState.REPORTED, answer_by__lte=at, unanswered_at=None
    )
    found = list(late.order_by("code"))
    for row in found:
        row.unanswered_at = at
        row.save(update_fields=("unanswered_at",))
        commit(
            tag=LineTag.CROWD_UNANSWERED, subject=about(row.pk), unit=row.unit_id, by=by, at=at,
            data={"fallback": row.fallback_id},
            opens=[_owed(row, TAKEN_UP, owner=row.fallback_id, unanswered_at=at)],
        )  # fmt: skip
    return len(found)


@transaction.atomic
def disperse_crowd(
    *, code: str, people_left: int | None, cause: Cause, because: str, by: Actor, at: datetime, photo: str = "",
    witness: str = "",
) -> Hazard:  # fmt: skip
    """The crowd is gone, or small enough: counted, with what brought it together and the record behind that."""
    row = locked(Hazard, code)
    permit(by, Operation.KEEP_HAZARD, row.unit_id, row.fallback_id)
    if row.kind != HazardKind.CROWD:
        message = "this is no crowd"
        raise Refused(message, remedy="It is fixed, with evidence.")
    rules.require_people(HazardKind.CROWD, people_left, column="people_left")
    row.people_left, row.cause, row.because = people_left, cause, rules.read_cause(cause, because)[:96]
    return _close(row, HazardState.OVER, photo=photo, witness=witness, result="", tag=LineTag.HAZARD_OVER, by=by, at=at)


@transaction.atomic
def fix_hazard(*, code: str, result: str, by: Actor, at: datetime, photo: str = "", witness: str = "") -> Hazard:
    """The danger is over: what was done, and the photograph or witness that proves it."""
    row = locked(Hazard, code)
    permit(by, Operation.KEEP_HAZARD, row.unit_id, row.fallback_id)
    if row.kind == HazardKind.CROWD:
        message = "a crowd is closed with a count and its cause"
        raise Refused(message, remedy="Disperse it.")
    return _close(row, HazardState.OVER, photo=photo, witness=witness, result=result, tag=LineTag.HAZARD_OVER, by=by, at=at)


@transaction.atomic
def find_nothing(*, code: str, result: str, by: Actor, at: datetime, photo: str = "", witness: str = "") -> Hazard:
    """Somebody looked and it was not there: said with the same proof as an end."""
    row = locked(Hazard, code)
    permit(by, Operation.KEEP_HAZARD, row.unit_id, row.fallback_id)
    return _close(row, HazardState.ABSENT, photo=photo, witness=witness, result=result, tag=LineTag.HAZARD_ABSENT, by=by, at=at)


def _close(
    row: Hazard, state: HazardState, *, photo: str, witness: str, result: str, tag: LineTag, by: Actor, at: datetime
) -> Hazard:
    rules.require(HazardState(row.state), rules.LIVE, doing="closed")
    rules.require_signer(reopened=row.reopened, owner=row.unit_id, signer=by.unit)
    if row.kind != HazardKind.CROWD and not result.strip():
        message = "say what was done, or what was seen"
        raise InputFault(message, column="result")
    row.photo, row.witness = rules.read_evidence(photo=photo, witness=witness), witness.strip()[:120]
    row.state, row.closed_at, row.closed_by, row.result = state, at, signature(by), result[:200]
    row.save()
    commit(
        tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at,
        closes=[OVER[HazardKind(row.kind)], GOING, TAKEN_UP, SIGNED],
        data={name: getattr(row, name) for name in ("people_left", "cause", "because", "photo", "result")},
        personal={"witness": row.witness},
    )  # fmt: skip
    return row


@transaction.atomic
def reopen_hazard(*, code: str, what: str, by: Actor, at: datetime, people: int | None = None) -> Hazard:
    """It is still there, or there again: the clock runs anew, the unit above is told, and another unit closes it."""
    row = locked(Hazard, code)
    kept = row.reports.values_list("kept", flat=True)
    permit(by, Operation.REPORT_HAZARD, row.unit_id, row.place_code, row.fallback_id, *kept)
    rules.require(HazardState(row.state), {HazardState.OVER, HazardState.ABSENT}, doing="reopened")
    rules.require_report(kind=HazardKind(row.kind), place=row.place, what=what, people=people)
    row.reopened += 1
    row.state, row.unanswered_at = HazardState.REPORTED, None
    row.due_at = due_of(OVER[HazardKind(row.kind)], at=at, facts={"reported_at": at})
    row.save(update_fields=("reopened", "state", "unanswered_at", "due_at"))
    _keep_report(row, what=what, how=How.SEEN, people=people, hidden=False, name=signature(by), phone="", by=by, at=at)
    closed = {"closed_at": row.closed_at, "closed_by": row.closed_by, "people": people, "what": what[:300]}
    _owe(row, tag=LineTag.HAZARD_REOPENED, data=closed, by=by, at=at)
    return row


@transaction.atomic
def register_point(
    *, unit: str, place_code: str, place: str, kind: HazardKind, every_days: int | None, by: Actor, at: datetime, code: str = ""
) -> RiskPoint:
    """Enter a place that is to be looked at every so many days; the first check is owed a turn from now."""
    permit(by, Operation.KEEP_HAZARD, unit)
    if not place.strip():
        message = "say where"
        raise InputFault(message, column="place")
    if every_days is None or not 1 <= every_days <= MOST_DAYS:
        message = "a risk point is looked at every day, or every few days"
        raise InputFault(message, column="every_days")
    row = RiskPoint.objects.create(
        code=code or public_id("RP", at), unit_id=unit, place_code=place_code, place=place[:160], kind=kind,
        every_days=every_days, registered_at=at, registered_by=signature(by), next_at=at + timedelta(days=every_days),
    )  # fmt: skip
    commit(
        tag=LineTag.RISK_REGISTERED, subject=_of(row), unit=unit, by=by, at=at, data={"kind": kind, "every_days": every_days}
    )
    return row


@transaction.atomic
def owe_checks(*, by: Actor, at: datetime) -> int:
    """Owe the next check of every point whose turn comes within a day, as a set; asked often, owed once. How many are new."""
    next_ = RiskPoint.objects.filter(state=PointState.WATCHED, next_at__lte=at + AHEAD)
    found = list(next_.filter(Q(owed_for=None) | ~Q(owed_for=F("next_at"))).select_for_update(no_key=True).order_by("code"))
    owed = [
        Owed(
            kind=CHECKED, about=_of(row), label=f"{row.place} · {row.pk}", place_code=row.place_code,
            owners={"explicit": row.unit_id}, facts={"due_at": row.next_at}, why=row.finding,
        )
        for row in found
    ]  # fmt: skip
    open_many(owed, by=by, at=at)
    RiskPoint.objects.filter(pk__in=[row.pk for row in found]).update(owed_for=F("next_at"))
    return len(found)


@transaction.atomic
def check_point(
    *, code: str, result: CheckResult, finding: str, by: Actor, at: datetime, people: int | None = None
) -> RiskPoint:
    """Somebody looked: the next turn runs from now, and what is wrong is a danger with its own clock."""
    row = locked(RiskPoint, code)
    permit(by, Operation.KEEP_HAZARD, row.unit_id)
    _require_watched(row)
    if result is CheckResult.WRONG and not finding.strip():
        message = "say what is wrong"
        raise InputFault(message, column="finding")
    row.checked_at, row.checked_by, row.result, row.finding = at, signature(by), result, finding[:300]
    row.next_at = at + timedelta(days=row.every_days)
    row.save(update_fields=("checked_at", "checked_by", "result", "finding", "next_at"))
    commit(tag=LineTag.RISK_CHECKED, subject=_of(row), unit=row.unit_id, by=by, at=at, closes=[CHECKED],
           data={"result": result, "finding": row.finding})  # fmt: skip
    if result is CheckResult.WRONG:
        report_openly(
            kind=HazardKind(row.kind), unit=row.unit_id, place_code=row.place_code, place=row.place, what=finding,
            how=How.CHECK, people=people, name=signature(by), point=row, by=by, at=at,
        )  # fmt: skip
    return row


@transaction.atomic
def remove_point(*, code: str, reason: str, by: Actor, at: datetime) -> RiskPoint:
    """Nobody needs to look any more, and why."""
    row = locked(RiskPoint, code)
    permit(by, Operation.KEEP_HAZARD, row.unit_id)
    _require_watched(row)
    if not reason.strip():
        message = "say why nobody needs to look any more"
        raise InputFault(message, column="reason")
    row.state, row.ended = PointState.REMOVED, reason[:200]
    row.save(update_fields=("state", "ended"))
    commit(
        tag=LineTag.RISK_REMOVED, subject=_of(row), unit=row.unit_id, by=by, at=at, closes=[CHECKED], data={"reason": row.ended}
    )
    return row


def _require_watched(row: RiskPoint) -> None:
    if row.state != PointState.WATCHED:
        message = "this point is not looked after any more"
        raise Refused(message, remedy="Enter it again.")


@transaction.atomic
def erase_due(*, by: Actor, at: datetime) -> int:
    """Forget who reported what is over, after the pack's days from the close; counts, times and units stay. How many."""
    before = at - pack_at(at).span("hazard_reporter_kept")
    closed = HazardReport.objects.filter(hazard__closed_at__lt=before).exclude(hazard__state__in=rules.LIVE)
    found = list(
        closed.exclude(name="", phone="").order_by("reported_at", "code").values_list("pk", flat=True)[:ERASED_AT_ONCE]
    )
    if found:
        HazardReport.objects.filter(pk__in=found).update(name="", phone="")
        data = {"count": len(found), "first": found[0], "last": found[-1]}
        commit(tag=LineTag.HAZARD_REPORTERS_ERASED, subject="rule:hazard_reporter_kept", unit=by.unit, by=by, at=at, data=data)
    return len(found)


def about(code: str) -> str:
    """How ledger and duties name a danger."""
    return f"hazard:{code}"


def _of(row: RiskPoint) -> str:
    return f"risk_point:{row.pk}"


def _owed(row: Hazard, kind: str, *, owner: str = "", above: str = "", **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=about(row.pk), label=f"{row.place} · {row.pk}", place_code=row.place_code,
        owners={"explicit": owner} if owner else {"of": above}, facts=facts, why=row.what,
    )  # fmt: skip
