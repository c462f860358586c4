"""Sampling sites (采样点): planned, opened only with laboratory capacity behind them, queues, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds import capacity, rows, rules
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.models import QueueReport, Site
from bulou.units import queries as units


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What came of asking to open a site: it is open, or why not and the duty that follows (``site.lab_secured``)."""

    site: Site
    opened: bool
    why: str = ""
    duty: Duty | None = None


@transaction.atomic
def plan_site(
    *,
    round_code: str,
    unit: str,
    opens_at: datetime,
    closes_at: datetime,
    by: Actor,
    at: datetime,
    name: str = "",
    place_code: str = "",
    samplers: int = 1,
    expected_people: int = 0,
    laboratory: str = "",
) -> Site:
    """Plan a site of a round with its opening window; from now on its unit owes the opening at that instant.

    With a laboratory named, its capacity is claimed in the same transaction. The same site planned again with the same
    content changes nothing; with other content it is a ``Conflict``.
    """
    row = rows.locked_round(round_code)
    permit(by, Operation.OPEN_SITE, unit)
    rules.require_round(row.state, (RoundState.PLANNED, RoundState.OPEN), doing="given sites")
    rules.require_order(opens_at, closes_at, column="closes_at")
    if samplers < 1 or expected_people < 0:
        message = "a site has at least one sampler and no negative number of people"
        raise InputFault(message, column="samplers" if samplers < 1 else "expected_people")
    stands = units.unit(unit)
    wanted = {
        "name": name or stands.name,
        "place_code": place_code or codes.territory(unit),
        "opens_at": opens_at,
        "closes_at": closes_at,
        "samplers": samplers,
        "expected_people": expected_people,
    }
    site, fresh = Site.objects.get_or_create(round=row, unit=stands, defaults=wanted)
    if not fresh:
        differing = [field for field, value in wanted.items() if getattr(site, field) != value]
        if differing:
            message = f"{unit} is already a site of {round_code} with another {differing[0]}"
            raise Conflict(message, column=differing[0], remedy="Close that site first, or keep its plan.")
        return site
    about = rules.site_about(round_code, unit)
    ledger.record(
        tag=Tag.SITE_PLANNED,
        subject=about,
        unit=unit,
        by=by,
        at=at,
        data={
            "opens_at": opens_at,
            "closes_at": closes_at,
            "samplers": samplers,
            "expected_people": expected_people,
        },
    )
    open_duty(
        Owed(
            kind=rules.OPENED_AS_PLANNED,
            about=about,
            label=_label(site),
            place_code=site.place_code,
            owners={"explicit": unit},
            facts={"opens_at": opens_at, "closes_at": closes_at},
        ),
        by=by,
        at=at,
    )
    if laboratory:
        capacity.give_site_laboratory(site_id=site.pk, laboratory=laboratory, by=by, at=at)
        site.refresh_from_db()
    return site


def _label(site: Site) -> str:
    return f"{site.name} · {site.round.name}"


@transaction.atomic
def open_site(*, site_id: int, by: Actor, at: datetime) -> Opening:
    """Open a planned site, if laboratory capacity stands behind it.

    Without it nothing opens, and that is a fact of its own: the attempt is recorded and the district owes a laboratory
    (``site.lab_secured``). This is an answer, not an exception: an exception would undo the caller's transaction and
    with it the record. Asked for a site that is open already, the answer is the same again.
    """
    site = rows.locked_site(site_id)
    permit(by, Operation.OPEN_SITE, site.unit_id)
    if site.state == SiteState.OPEN:
        return Opening(site=site, opened=True)
    rules.require_site(site.state, (SiteState.PLANNED,), doing="opened")
    rules.require_round(site.round.state, (RoundState.OPEN,), doing="sampled for")
    if at >= site.closes_at:
        message = f"the site was to close at {site.closes_at.isoformat()}"
        raise Refused(message, code="site-window", remedy="Plan another site, or extend the round.")
    about = rules.site_about(site.round_id, site.unit_id)
    lab = site.laboratory
    why = rules.refusal_to_open(
        laboratory=lab.pk if lab else "",
        full=lab is not None and rules.is_full(full_since=lab.full_since, full_until=lab.full_until, at=at),
        claimed=capacity.held(site),
        needed=rules.tubes_needed(people=site.expected_people, pool_size=site.round.pool_size),
    )
    if why:
        return _refuse(site, about, why, by=by, at=at)
    site.state, site.opened_at = SiteState.OPEN, at
    site.save(update_fields=("state", "opened_at"))
    recorded = ledger.record(
        tag=Tag.SITE_OPENED, subject=about, unit=site.unit_id, by=by, at=at, data={"laboratory": site.laboratory_id}
    )
    for kind in (rules.OPENED_AS_PLANNED, rules.LAB_SECURED):
        duties.fulfil_by_fact(
            kind=kind, about=about, tag=Tag.SITE_OPENED, ref=f"{site.unit_id} entry:{recorded.pk}", by=by, at=at
        )
    return Opening(site=site, opened=True)


def _refuse(site: Site, about: str, why: str, *, by: Actor, at: datetime) -> Opening:
    ledger.record(tag=Tag.SITE_REFUSED, subject=about, unit=site.unit_id, by=by, at=at, data={"why": why})
    duty = open_duty(
        Owed(
            kind=rules.LAB_SECURED,
            about=about,
            label=_label(site),
            place_code=site.place_code,
            facts={"refused_at": at, "opens_at": site.opens_at},
            why=why,
        ),
        by=by,
        at=at,
    )
    return Opening(site=site, opened=False, why=why, duty=duty)


@transaction.atomic
def report_queue(*, site_id: int, people: int, wait_minutes: int, by: Actor, at: datetime) -> QueueReport:
    """Report how many wait at an open site and how long; over the policy's limit the street owes relief, below it not.

    A report that arrives later than a newer one is kept, and changes neither the shown queue nor the duty.
    """
    site = rows.locked_site(site_id)
    permit(by, Operation.REPORT_QUEUE, site.unit_id)
    rules.require_site(site.state, (SiteState.OPEN,), doing="reported with a queue")
    if people < 0 or wait_minutes < 0:
        message = "a queue is not negative"
        raise InputFault(message, column="people" if people < 0 else "wait_minutes")
    made = QueueReport.objects.create(
        site=site, reported_at=at, people=people, wait_minutes=wait_minutes, reported_by=rows.signature(by)
    )
    pack = rows.pack_at(at)
    over = rules.queue_is_over(
        people=people,
        wait_minutes=wait_minutes,
        people_max=pack.amount("queue_people_max"),
        wait_max=pack.amount("queue_wait_max"),
    )
    about = rules.site_about(site.round_id, site.unit_id)
    recorded = ledger.record(
        tag=Tag.QUEUE_REPORTED,
        subject=about,
        unit=site.unit_id,
        by=by,
        at=at,
        data={"people": people, "wait_minutes": wait_minutes, "over": over},
    )
    if site.queue_at is not None and site.queue_at > at:
        return made
    site.queue_people, site.wait_minutes, site.queue_at = people, wait_minutes, at
    site.save(update_fields=("queue_people", "wait_minutes", "queue_at"))
    said = rules.SAID_QUEUE % {"people": people, "minutes": wait_minutes}
    if over:
        open_duty(
            Owed(
                kind=rules.QUEUE_RELIEVED,
                about=about,
                label=_label(site),
                place_code=site.place_code,
                facts={"reported_at": at},
                why=said,
            ),
            by=by,
            at=at,
        )
    else:
        duties.fulfil_by_fact(
            kind=rules.QUEUE_RELIEVED,
            about=about,
            tag=Tag.QUEUE_REPORTED,
            ref=f"{said} entry:{recorded.pk}",
            by=by,
            at=at,
        )
    return made


@transaction.atomic
def close_site(*, site_id: int, by: Actor, at: datetime, reason: str = "") -> Site:
    """Close a site: what it still claims is given back, its own duties end with this fact.

    A site that never opened is closed with a reason, and its opening is superseded rather than fulfilled.
    """
    site = rows.locked_site(site_id)
    permit(by, Operation.OPEN_SITE, site.unit_id)
    if site.state == SiteState.CLOSED:
        return site
    never_opened = site.state == SiteState.PLANNED
    if never_opened and not reason.strip():
        message = "a site that never opened is closed with a reason"
        raise InputFault(message, column="reason", remedy="Say what samples its people instead.")
    return close(site, reason=reason, by=by, at=at)


def close(site: Site, *, reason: str, by: Actor, at: datetime) -> Site:
    """The same for a site that is already locked and permitted."""
    never_opened = site.state == SiteState.PLANNED
    about = rules.site_about(site.round_id, site.unit_id)
    site.state, site.closed_at = SiteState.CLOSED, at
    site.save(update_fields=("state", "closed_at"))
    recorded = ledger.record(
        tag=Tag.SITE_CLOSED,
        subject=about,
        unit=site.unit_id,
        by=by,
        at=at,
        data={"reason": reason, "never_opened": never_opened},
    )
    capacity.release(site, by=by, at=at)
    ended = f"the site was closed: {reason}" if reason else "the site was closed"
    for kind in (rules.OPENED_AS_PLANNED, rules.LAB_SECURED):
        duties.supersede_by_fact(kind=kind, about=about, successor=f"{ended} entry:{recorded.pk}", by=by, at=at)
    duties.fulfil_by_fact(
        kind=rules.QUEUE_RELIEVED,
        about=about,
        tag=Tag.SITE_CLOSED,
        ref=f"{site.unit_id} entry:{recorded.pk}",
        by=by,
        at=at,
    )
    return site
