"""What institutions, their superiors and inspectors do: count, report the day, report a matter, find one, answer, close."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, pack_at, signature
from bulou.duties.opening import Owed, open_many
from bulou.institutions import rules
from bulou.institutions.choices import (
    ANSWERED,
    REPLACED,
    REPORT,
    REPORTED,
    REVIEWED,
    InstitutionKind,
    InstitutionState,
    MatterKind,
    MatterState,
    ReportState,
)  # fmt: skip
from bulou.institutions.models import DailyReport, Institution, Matter
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag


@transaction.atomic
def register_institution(
    *, unit: str, kind: InstitutionKind, name: str, place_code: str, by: Actor, at: datetime, sector: str = "",
    supplies: str = "",
    code: str = "",
) -> Institution:  # fmt: skip
    """Enter an institution: from the next day on it owes a report each day."""
    permit(by, Operation.KEEP_INSTITUTION, unit)
    if Institution.objects.filter(unit=unit).exists():
        message = f"{unit} is entered already"
        raise Refused(message)
    row = Institution.objects.create(
        code=code or public_id("IN", at), unit_id=unit, sector_id=sector or None, kind=kind, name=name[:120],
        place_code=place_code,
        supplies=supplies[:200], registered_at=at, owes_from=rules.first_day(clock.day_of(at)),
    )  # fmt: skip
    commit(tag=LineTag.INSTITUTION_REGISTERED, subject=_about(row), unit=unit, by=by, at=at, data={"kind": kind})
    return row


@transaction.atomic
def count_inside(*, code: str, inside: int, by: Actor, at: datetime, stock_days: Decimal | None = None) -> Institution:
    """How many are inside now (底数), and for how many days food and medicine last."""
    row = locked(Institution, code)
    permit(by, Operation.REPORT_INSTITUTION, row.unit_id)
    row.inside, row.stock_days, row.counted_at = inside, stock_days if stock_days is not None else row.stock_days, at
    row.save(update_fields=("inside", "stock_days", "counted_at"))
    data = {"inside": inside, "stock_days": str(row.stock_days) if row.stock_days is not None else ""}
    commit(tag=LineTag.INSTITUTION_COUNTED, subject=_about(row), unit=row.unit_id, by=by, at=at, data=data)
    return row


@transaction.atomic
def owe_reports(*, on: date, by: Actor, at: datetime) -> int:
    """Owe the day's report to every institution that is not closed, as a set; how many are new. Asked often, owed once."""
    known = DailyReport.objects.filter(on=on).values("institution")
    running = Institution.objects.exclude(state=InstitutionState.CLOSED).exclude(owes_from__gt=on)
    rows = list(running.exclude(pk__in=known).order_by("code"))
    if not rows:
        return 0
    hour = str(pack_at(at).number("institution_report_hour").value)
    due = clock.as_utc(datetime.combine(on, time.fromisoformat(hour), tzinfo=clock.CITY_ZONE))
    made = DailyReport.objects.bulk_create(
        DailyReport(code=f"{row.pk}:{on}", institution=row, unit_id=row.unit_id, place_code=row.place_code, on=on, due_at=due)
        for row in rows
    )
    open_many(
        [
            Owed(
                kind=REPORT, about=f"daily_report:{one.pk}", label=f"{row.name} · {on}", place_code=row.place_code,
                owners={"explicit": row.unit_id}, facts={"due_at": due}, issuer=row.sector_id or "",
            )
            for row, one in zip(rows, made, strict=True)
        ],
        by=by, at=at,
    )  # fmt: skip
    return len(made)


@transaction.atomic
def report_day(
    *,
    code: str,
    inside: int | None,
    visitors: int | None,
    tested: int | None,
    events: int | None,
    by: Actor,
    at: datetime,
    note: str = "",
) -> DailyReport:
    """The day's report, also of nothing (零报告): how many inside, visitors, tested, and what happened."""
    row = locked(DailyReport, code)
    permit(by, Operation.REPORT_INSTITUTION, row.unit_id)
    rules.require_owed(ReportState(row.state))
    row.state = rules.read_report(inside=inside, visitors=visitors, tested=tested, events=events, note=note)
    row.inside, row.visitors, row.tested, row.events, row.note = inside, visitors, tested, events or 0, note[:300]
    row.reported_at, row.reported_by = at, signature(by)
    row.save()
    Institution.objects.filter(pk=row.institution_id).update(inside=inside, counted_at=at)
    untold = _stand_beside(row) if row.state == ReportState.NOTHING else 0
    commit(
        tag=LineTag.DAY_REPORTED, subject=f"daily_report:{row.pk}", unit=row.unit_id, by=by, at=at, closes=[REPORT],
        data={"inside": inside, "visitors": visitors, "tested": tested, "events": row.events, "untold": untold},
    )  # fmt: skip
    return row


def _against(row: Matter, report: DailyReport) -> bool:
    return report.reported_at is not None and rules.contradicts(
        known_at=row.known_at, known_on=clock.day_of(row.known_at), on=report.on, reported_at=report.reported_at
    )


def _stand_beside(report: DailyReport) -> int:
    """Put the report of nothing beside the matters that were found and still not told; how many."""
    found = Matter.objects.filter(institution=report.institution_id, state=MatterState.FOUND, against=None)
    beside = [row.pk for row in found if _against(row, report)]
    return Matter.objects.filter(pk__in=beside).update(against=report) if beside else 0


@transaction.atomic
def report_matter(
    *, institution: str, kind: MatterKind, what: str, known_at: datetime, by: Actor, at: datetime, code: str = ""
) -> Matter:
    """A major matter reported upward, instructions asked for (请示): the superior owes an answer from now on."""
    place = locked(Institution, institution)
    permit(by, Operation.REPORT_INSTITUTION, place.unit_id)
    row = _matter(place, kind, what, known_at, code=code, at=at, state=MatterState.REPORTED)
    row.reported_at, row.reported_by = at, signature(by)
    row.due_at = due_of(ANSWERED, at=at, facts={"reported_at": at})
    row.save(force_insert=True)
    _tell_upward(row, place, by=by, at=at)
    return row


@transaction.atomic
def find_matter(
    *, institution: str, kind: MatterKind, what: str, known_at: datetime, by: Actor, at: datetime, code: str = ""
) -> Matter:
    """An inspection by territory or sector found what the institution had not told; the day's report stands beside it."""
    place = locked(Institution, institution)
    permit(by, Operation.INSPECT_INSTITUTION, place.unit_id, place.sector_id or "")
    row = _matter(place, kind, what, known_at, code=code, at=at, state=MatterState.FOUND)
    row.found_at, row.found_by = at, signature(by)
    reports = DailyReport.objects.filter(institution=place, on__gte=clock.day_of(known_at), state=ReportState.NOTHING)
    row.against = reports.filter(reported_at__gte=known_at).order_by("on").first()
    row.due_at = due_of(REPORTED, at=at, facts={"found_at": at})
    row.save(force_insert=True)
    commit(
        tag=LineTag.MATTER_FOUND, subject=_of(row), unit=place.unit_id, by=by, at=at, personal={"what": row.what},
        data={"kind": kind, "against": row.against_id or ""},
        opens=[_owed(row, place, REPORTED, owner=place.unit_id, found_at=at)],
    )  # fmt: skip
    return row


def _matter(
    place: Institution, kind: MatterKind, what: str, known_at: datetime, *, code: str, at: datetime, state: MatterState
) -> Matter:
    if not what.strip():
        message = "say what happened"
        raise InputFault(message, column="what")
    if known_at > at:
        message = "nobody knows it before it happens"
        raise InputFault(message, column="known_at", remedy="Write when the institution first knew.")
    return Matter(
        code=code or public_id("MA", at), institution=place, unit_id=place.unit_id, place_code=place.place_code, kind=kind,
        what=what[:300], state=state, known_at=known_at,
    )  # fmt: skip


@transaction.atomic
def admit_matter(*, code: str, note: str, by: Actor, at: datetime) -> Matter:
    """The institution reports what was found, in its own words, and asks for instructions."""
    row = locked(Matter, code)
    permit(by, Operation.REPORT_INSTITUTION, row.unit_id)
    rules.require_matter(MatterState(row.state), frozenset({MatterState.FOUND}), doing="reported")
    if not note.strip():
        message = "say it in the institution's own words"
        raise InputFault(message, column="note")
    place = Institution.objects.get(pk=row.institution_id)
    row.state, row.reported_at, row.reported_by = MatterState.REPORTED, at, signature(by)
    row.due_at = due_of(ANSWERED, at=at, facts={"reported_at": at})
    row.save(update_fields=("state", "reported_at", "reported_by", "due_at"))
    _tell_upward(row, place, by=by, at=at, note=note)
    return row


def _tell_upward(row: Matter, place: Institution, *, by: Actor, at: datetime, note: str = "") -> None:
    opens = [_owed(row, place, ANSWERED, above=place.unit_id, reported_at=at)]
    if row.kind == MatterKind.BREACH:
        opens.append(_owed(row, place, REVIEWED, above=place.unit_id, reported_at=at))
    commit(
        tag=LineTag.MATTER_REPORTED, subject=_of(row), unit=place.unit_id, by=by, at=at, closes=[REPORTED], opens=opens,
        data={"kind": row.kind}, personal={"what": row.what, "note": note},
    )  # fmt: skip


@transaction.atomic
def answer_matter(*, code: str, answer: str, by: Actor, at: datetime) -> Matter:
    """The superior's instructions (批示): what the institution is to do."""
    row = locked(Matter, code)
    permit(by, Operation.ANSWER_INSTITUTION, row.unit_id)
    rules.require_matter(MatterState(row.state), frozenset({MatterState.REPORTED}), doing="answered")
    if by.unit == row.unit_id:
        message = "an institution does not answer itself"
        raise Refused(message, remedy="Its superior answers.")
    if not answer.strip():
        message = "say what is to be done"
        raise InputFault(message, column="answer")
    row.state, row.answer, row.answered_at, row.answered_by = MatterState.ANSWERED, answer[:300], at, signature(by)
    row.save(update_fields=("state", "answer", "answered_at", "answered_by"))
    commit(
        tag=LineTag.MATTER_ANSWERED,
        subject=_of(row),
        unit=row.unit_id,
        by=by,
        at=at,
        closes=[ANSWERED],
        data={"text": row.answer},
    )
    return row


@transaction.atomic
def review_breach(*, code: str, result: str, by: Actor, at: datetime) -> Matter:
    """What the review of a breached loop found: who was inside, who came in, what is changed."""
    row = locked(Matter, code)
    permit(by, Operation.ANSWER_INSTITUTION, row.unit_id)
    rules.require_review(MatterKind(row.kind), MatterState(row.state), own=by.unit == row.unit_id, result=result)
    commit(
        tag=LineTag.BREACH_REVIEWED,
        subject=_of(row),
        unit=row.unit_id,
        by=by,
        at=at,
        closes=[REVIEWED],
        data={"text": result[:300]},
    )
    return row


@transaction.atomic
def change_institution(*, code: str, state: InstitutionState, reason: str, by: Actor, at: datetime) -> Institution:
    """Open, closed loop or closed; closing a market that supplies areas owes a substitute for them, before they run short."""
    row = locked(Institution, code)
    permit(by, Operation.ANSWER_INSTITUTION, row.unit_id)
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")
    if row.state == InstitutionState.CLOSED != state:
        row.owes_from = rules.first_day(clock.day_of(at))
    row.state = state
    row.save(update_fields=("state", "owes_from"))
    opens = []
    if state is InstitutionState.CLOSED and row.supplies:
        opens = [
            Owed(
                kind=REPLACED, about=_about(row), label=f"{row.name} · {row.supplies}", place_code=row.place_code,
                owners={"of": row.unit_id}, facts={"closed_at": at},
            )
        ]  # fmt: skip
    closes = [] if state is InstitutionState.CLOSED else [REPLACED]
    commit(
        tag=LineTag.INSTITUTION_CHANGED, subject=_about(row), unit=row.unit_id, by=by, at=at,
        data={"state": state, "reason": reason[:200]},
        closes=closes, opens=opens,
    )  # fmt: skip
    return row


@transaction.atomic
def name_substitute(*, code: str, substitute: str, by: Actor, at: datetime) -> Institution:
    """Who supplies the areas while the market is closed."""
    row = locked(Institution, code)
    permit(by, Operation.ANSWER_INSTITUTION, row.unit_id)
    if not substitute.strip():
        message = "name who supplies the areas now"
        raise InputFault(message, column="substitute")
    commit(tag=LineTag.SUBSTITUTE_NAMED, subject=_about(row), unit=row.unit_id, by=by, at=at, closes=[REPLACED],
           data={"text": substitute[:200]})  # fmt: skip
    return row


def _about(row: Institution) -> str:
    return f"institution:{row.pk}"


def _of(row: Matter) -> str:
    return f"matter:{row.pk}"


def _owed(row: Matter, place: Institution, kind: str, *, owner: str = "", above: str = "", **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=_of(row), label=f"{place.name} · {row.pk}", place_code=row.place_code,
        owners={"explicit": owner} if owner else {"of": above}, facts=facts, issuer=place.sector_id or "",
    )  # fmt: skip
