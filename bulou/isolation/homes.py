"""The days at home (解除隔离跟踪管理): handed over, accepted, checked day by day, and found again when lost."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, existing_owners, open_duty, open_many
from bulou.isolation import rows
from bulou.isolation.choices import CheckKind, FollowUpState, Found, RiskClass
from bulou.isolation.models import FollowUp, FollowUpCheck, Stay
from bulou.isolation.rules import names
from bulou.isolation.rules.release import terms_of
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

_DUTY = {CheckKind.HEALTH: names.DAY_CHECKED, CheckKind.TEST: names.HOME_TESTED}


def open_follow_up(stay: Stay, *, by: Actor, at: datetime) -> FollowUp:
    """Somebody is released: the site owes the hand-over home, and offers it to the home community at once."""
    terms = terms_of(rows.pack_at(at), RiskClass(stay.risk_class))
    home = codes.up_to(codes.territory(stay.home_code), codes.Level.COMMUNITY) or codes.territory(stay.home_code)
    receiver = existing_owners([home])[home]
    row = FollowUp.objects.create(
        code=public_id("FU", at),
        stay=stay,
        person_id=stay.person_id,
        site_code=stay.site_code,
        home_code=receiver,
        released_at=at,
        starts_on=clock.day_of(at),
        days=terms.home_days,
    )
    label = rows.labels([stay.person_id])[stay.person_id]
    owed = open_duty(
        Owed(
            kind=names.HOME_ACCEPTED,
            about=names.home_about(row.pk),
            label=f"{label} · {receiver}",
            place_code=codes.territory(receiver),
            owners={"explicit": stay.site_code},
            facts={"released_at": at},
        ),
        by=by,
        at=at,
    )
    ledger.record(
        tag=Tag.HOME_OFFERED,
        subject=names.home_about(row.pk),
        unit=stay.site_code,
        by=by,
        at=at,
        data={"to": receiver, "days": row.days, "stay": stay.pk},
    )
    hand_over_home(follow_up=row.pk, to_unit=receiver, by=by, at=at)
    del owed
    return row


def _hand_over_duty(row: FollowUp) -> Duty:
    found = Duty.objects.filter(kind=names.HOME_ACCEPTED, about=names.home_about(row.pk), state=DutyState.OPEN).first()
    if found is None:
        message = "the hand-over is done"
        raise Refused(message, code="handed-over", remedy="Open the follow-up to see who accepted.")
    return found


@transaction.atomic
def hand_over_home(*, follow_up: str, to_unit: str, by: Actor, at: datetime, note: str = "") -> FollowUp:
    """Offer somebody released to a home community (移交社区): to another one, when the first said that they live elsewhere."""
    row = rows.locked_follow_up(follow_up)
    handovers.offer_handover(duty_id=_hand_over_duty(row).pk, to_unit=to_unit, by=by, at=at, note=note)
    if to_unit != row.home_code:
        row.home_code = to_unit
        row.save(update_fields=("home_code",))
    return row


@transaction.atomic
def accept_home(*, follow_up: str, by: Actor, at: datetime) -> FollowUp:
    """The home community takes somebody over (社区接收): the hand-over of the duty is accepted, and its days begin.

    Accepting the duty itself on any other page does the same, by the playbook.
    """
    row = rows.locked_follow_up(follow_up)
    permit(by, Operation.FOLLOW_UP, row.home_code)
    handovers.accept_handover(duty_id=_hand_over_duty(row).pk, by=by, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def accepted_by_fact(duty: Duty, *, by: Actor, at: datetime) -> FollowUp | None:
    """A home community owns the hand-over now, by accepting or by a superior's word: the days at home begin.

    A unit above that merely takes the duty over does not watch anybody's door, so nothing begins.
    """
    row = FollowUp.objects.select_for_update(no_key=True).filter(pk=duty.about.removeprefix("followup:")).first()
    if row is None or row.state != FollowUpState.OFFERED or not _is_home(duty.owner_id, row):
        return None
    row.state, row.accepted_at, row.accepted_by = FollowUpState.MONITORING, at, rows.signature(by)
    row.accepted_unit, row.starts_on = duty.owner_id, clock.day_of(at)
    row.save(update_fields=("state", "accepted_at", "accepted_by", "accepted_unit", "starts_on"))
    entry = ledger.record(
        tag=Tag.HOME_ACCEPTED,
        subject=names.home_about(row.pk),
        unit=duty.owner_id,
        by=by,
        at=at,
        data={"from": row.site_code, "wait_min": int((at - row.released_at) / timedelta(minutes=1))},
    )
    duties.fulfil_by_fact(
        kind=names.HOME_ACCEPTED, about=names.home_about(row.pk), tag=Tag.HOME_ACCEPTED, ref=f"entry:{entry.pk}", by=by, at=at
    )
    _owe_days(row, by=by, at=at)
    if row.days == 0:
        _end(row, by=by, at=at)
    return row


def _is_home(owner: str, row: FollowUp) -> bool:
    place = codes.territory(owner)
    return owner == row.home_code or (owner == place and bool(codes.up_to(place, codes.Level.COMMUNITY)))


def _owe_days(row: FollowUp, *, by: Actor, at: datetime) -> None:
    """Every day at home is owed from the acceptance on, each with its own clock; day 1 is the day after the release."""
    terms = terms_of(rows.pack_at(at), RiskClass(row.stay.risk_class))
    released_on = clock.day_of(row.released_at)
    owed = [(day, CheckKind.HEALTH) for day in range(1, row.days + 1)]
    owed += [(day, CheckKind.TEST) for day in terms.home_test_days if day <= row.days]
    ends = {day: clock.day_bounds(released_on + timedelta(days=day))[1] for day, _ in owed}
    FollowUpCheck.objects.bulk_create(
        FollowUpCheck(follow_up=row, day=day, kind=kind.value, due_at=ends[day]) for day, kind in owed
    )
    label = rows.labels([row.person_id])[row.person_id]
    open_many(
        [
            Owed(
                kind=_DUTY[kind],
                about=names.home_day_about(row.pk, day, kind),
                label=f"{label} · {day}/{row.days}",
                place_code=codes.territory(row.accepted_unit),
                owners={"explicit": row.accepted_unit},
                facts={"day_ends_at": ends[day]},
            )
            for day, kind in owed
        ],
        by=by,
        at=at,
    )


@transaction.atomic
def record_check(
    *, follow_up: str, day: int, kind: CheckKind, found: Found, by: Actor, at: datetime, note: str = ""
) -> FollowUpCheck:
    """What the community found on a day at home (居家健康监测). Not found: the search is owed, and the day stays owed.

    The last day's last check ends the follow-up.
    """
    row = rows.locked_follow_up(follow_up)
    permit(by, Operation.FOLLOW_UP, row.accepted_unit or row.home_code)
    if row.state not in {FollowUpState.MONITORING, FollowUpState.LOST}:
        message = f"the follow-up is {row.state}"
        raise Refused(message, code="follow-up-state", remedy="It is checked between acceptance and its end.")
    check = FollowUpCheck.objects.select_for_update().filter(follow_up=row, day=day, kind=kind).first()
    if check is None:
        message = f"nothing of the kind {kind} is owed on day {day}"
        raise InputFault(message, column="day")
    if found is Found.NOT_FOUND:
        if kind is CheckKind.TEST:
            message = "a test is taken or not; say with the health check that nobody was found"
            raise InputFault(message, column="found")
        _lost(row, day=day, note=note, by=by, at=at)
        return check
    if check.done_at is None:
        check.done_at, check.found, check.note, check.done_by = at, found.value, note[:300], rows.signature(by)
        check.save(update_fields=("done_at", "found", "note", "done_by"))
    recorded = ledger.record(
        tag=Tag.HOME_CHECKED,
        subject=names.home_about(row.pk),
        unit=row.accepted_unit,
        by=by,
        at=at,
        data={"day": day, "kind": kind, "found": found},
    )
    duties.fulfil_by_fact(
        kind=_DUTY[kind],
        about=names.home_day_about(row.pk, day, kind),
        tag=Tag.HOME_CHECKED,
        ref=f"{found} entry:{recorded.pk}",
        by=by,
        at=at,
    )
    if row.state == FollowUpState.LOST:
        _found(row, where=note or "at home", by=by, at=at)
    if not FollowUpCheck.objects.filter(follow_up=row, done_at=None).exists():
        _end(row, by=by, at=at)
    return check


@transaction.atomic
def checked_by_fact(duty: Duty, *, by: Actor, at: datetime) -> FollowUpCheck | None:
    """A day's duty was fulfilled with evidence on its own page: the day counts as checked, with what was written there."""
    code, _, step = duty.about.removeprefix("followup:").partition("/")
    kind, _, day = step.partition(":")
    check = FollowUpCheck.objects.select_for_update(of=("self",)).filter(follow_up=code, kind=kind, day=int(day or 0)).first()
    if check is None or check.done_at is not None:
        return None
    check.done_at, check.found, check.note = at, Found.WELL, duty.proof[:300]
    check.done_by = duty.closed_by
    check.save(update_fields=("done_at", "found", "note", "done_by"))
    row = rows.locked_follow_up(code)
    if row.state == FollowUpState.LOST:
        _found(row, where="at home", by=by, at=at)
    if not FollowUpCheck.objects.filter(follow_up=row, done_at=None).exists():
        _end(row, by=by, at=at)
    return check


def _lost(row: FollowUp, *, day: int, note: str, by: Actor, at: datetime) -> None:
    """Nobody at the door (失访): the community owes the search, and those above know at once."""
    if row.state == FollowUpState.LOST:
        return
    row.state, row.lost_at = FollowUpState.LOST, at
    row.save(update_fields=("state", "lost_at"))
    ledger.record(tag=Tag.HOME_LOST, subject=names.home_about(row.pk), unit=row.accepted_unit, by=by, at=at, data={"day": day})
    label = rows.labels([row.person_id])[row.person_id]
    open_duty(
        Owed(
            kind=names.PERSON_FOUND,
            about=names.home_about(row.pk),
            label=label,
            place_code=codes.territory(row.accepted_unit),
            owners={"explicit": row.accepted_unit},
            facts={"lost_at": at},
            why=note,
        ),
        by=by,
        at=at,
    )


@transaction.atomic
def report_found(*, follow_up: str, where: str, by: Actor, at: datetime) -> FollowUp:
    """The lost person is found: at home, with relatives, in a hospital, in another city (查找到位)."""
    row = rows.locked_follow_up(follow_up)
    permit(by, Operation.FOLLOW_UP, row.accepted_unit or row.home_code)
    if row.state != FollowUpState.LOST or not where.strip():
        message = "say where a lost person was found"
        raise Refused(message, code="follow-up-state", remedy="Only somebody who was lost is found.")
    _found(row, where=where, by=by, at=at)
    return row


def _found(row: FollowUp, *, where: str, by: Actor, at: datetime) -> None:
    row.state = FollowUpState.MONITORING
    row.save(update_fields=("state",))
    recorded = ledger.record(
        tag=Tag.HOME_FOUND, subject=names.home_about(row.pk), unit=row.accepted_unit, by=by, at=at, personal={"where": where}
    )
    duties.fulfil_by_fact(
        kind=names.PERSON_FOUND, about=names.home_about(row.pk), tag=Tag.HOME_FOUND, ref=f"entry:{recorded.pk}", by=by, at=at
    )


def _end(row: FollowUp, *, by: Actor, at: datetime) -> None:
    row.state, row.ended_at = FollowUpState.DONE, at
    row.save(update_fields=("state", "ended_at"))
    ledger.record(tag=Tag.HOME_ENDED, subject=names.home_about(row.pk), unit=row.accepted_unit, by=by, at=at)
