"""The only writers of rounds; this file holds a round's life, and names what its neighbours by topic do.

A round is planned, opened (its roster drawn, if none was imported), extended, cut off at its deadline by the testing
room, closed. What the opening owes the communities follows by the playbook (``testing.open_population_duties``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import by_set
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import Area, AreaPart
from bulou.policy import load_pack
from bulou.rounds import rosters, rows, rules, sites
from bulou.rounds.capacity import claim_capacity, give_site_laboratory, release_capacity
from bulou.rounds.choices import RoundKind, RoundState, SiteState
from bulou.rounds.laboratories import register_laboratory, report_available, report_full, set_capacity
from bulou.rounds.models import Site, TestingRound
from bulou.rounds.rosters import Drawn, count_roster, draw_roster, grant_exemption
from bulou.rounds.sites import Opening, close_site, open_site, plan_site, report_queue
from bulou.units import queries as units

__all__ = [
    "Drawn",
    "Extension",
    "Opening",
    "cancel_round",
    "claim_capacity",
    "close_round",
    "close_site",
    "count_roster",
    "draw_roster",
    "extend_round",
    "give_site_laboratory",
    "grant_exemption",
    "note_cut_off",
    "open_round",
    "open_site",
    "plan_round",
    "plan_site",
    "register_laboratory",
    "release_capacity",
    "report_available",
    "report_full",
    "report_queue",
    "set_capacity",
]


@transaction.atomic
def plan_round(
    *,
    code: str,
    name: str,
    area: str,
    owner: str,
    opens_at: datetime,
    deadline_at: datetime,
    by: Actor,
    at: datetime,
    kind: RoundKind = RoundKind.PCR,
    pool_size: int = 10,
    name_en: str = "",
) -> TestingRound:
    """Plan a round: an area, an owner, a window, how people are tested and how many share a tube.

    The area must lie in the planner's jurisdiction, all of it. The same plan again changes nothing; another under the
    same code is a ``Conflict``.
    """
    permit(by, Operation.KEEP_ROUND, owner)
    found = Area.objects.filter(pk=area).first()
    parts = list(AreaPart.objects.filter(area=area).values_list("place_code", flat=True))
    if found is None or not parts:
        message = f"no area with places in it is called {area!r}"
        raise NotFound(message, remedy="Enter the area and its places first.")
    for part in parts:
        permit(by, Operation.KEEP_ROUND, part)
    rules.require_order(opens_at, deadline_at, column="deadline_at")
    allowed = rows.pack_at(opens_at).number("pool_sizes").value
    if not isinstance(allowed, tuple) or pool_size not in allowed:
        message = f"{pool_size} people to a tube is no pool that the policy knows"
        raise InputFault(message, column="pool_size", remedy=f"Choose one of {allowed}.")
    if not code or any(sign in code for sign in "@/: "):
        message = f"{code!r} cannot be a round's code"
        raise InputFault(message, column="code", remedy="Use letters, digits and hyphens.")
    wanted = {
        "name": name,
        "name_en": name_en,
        "kind": kind.value,
        "area_id": area,
        "owner_id": units.unit(owner).pk,
        "opens_at": opens_at,
        "deadline_at": deadline_at,
        "pool_size": pool_size,
    }
    made, fresh = TestingRound.objects.get_or_create(code=code, defaults=wanted)
    if not fresh:
        differing = [field for field, value in wanted.items() if getattr(made, field) != value]
        if differing:
            message = f"a round {code} exists with another {differing[0].removesuffix('_id')}"
            raise Conflict(message, column=differing[0].removesuffix("_id"), remedy="Choose another code.")
        return made
    ledger.record(
        tag=Tag.ROUND_PLANNED,
        subject=rules.round_subject(code),
        unit=owner,
        by=by,
        at=at,
        data={"kind": kind, "area": area, "opens_at": opens_at, "deadline_at": deadline_at, "pool_size": pool_size},
    )
    return made


@transaction.atomic
def open_round(*, round_code: str, by: Actor, at: datetime) -> TestingRound:
    """Open a planned round: draw its roster if none was imported, take the base number, and owe every community."""
    row = rows.locked_round(round_code)
    permit(by, Operation.KEEP_ROUND, row.owner_id)
    rules.require_round(row.state, (RoundState.PLANNED,), doing="opened")
    if at >= row.deadline_at:
        message = f"the deadline of {round_code} has passed ({row.deadline_at.isoformat()})"
        raise Refused(message, code="deadline-passed", remedy="Extend the round, or plan another.")
    if row.roster.exists():
        row.roster_size = row.roster.count()
    else:
        rosters.draw(row, by=by, at=at)
    if not row.roster_size:
        message = f"nobody is on the roster of {round_code}"
        raise Refused(message, code="empty-roster", remedy="Import a roster, or register the area's residents.")
    row.state, row.opened_at = RoundState.OPEN, at
    row.save(update_fields=("state", "opened_at", "roster_size"))
    ledger.record(
        tag=Tag.ROUND_OPENED,
        subject=rules.round_subject(row.pk),
        unit=row.owner_id,
        by=by,
        at=at,
        data={"round": row.pk, "roster": row.roster_size, "deadline_at": row.deadline_at},
    )
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A moved deadline and what that does to the open duties."""

    round: TestingRound
    before: datetime
    effect: rules.DeadlineEffect


def round_duties(round_code: str, kinds: tuple[str, ...]) -> list[Duty]:
    """The open duties of these kinds in any place of a round, by due time.

    The code is compared here and not by LIKE, which is blind to case on SQLite.
    """
    found = Duty.objects.filter(kind__in=kinds, state=DutyState.OPEN).order_by("due_at", "id")
    return [row for row in found if row.about.startswith(rules.place_about(round_code, ""))]


def moved_clocks(duties_: list[Duty], deadline_at: datetime) -> list[rules.Clocked]:
    """Each duty's due instant now, and with another deadline, by the pack version that it was opened under."""
    found = []
    for row in duties_:
        facts = {name: datetime.fromisoformat(text) for name, text in row.facts.items()}
        rule = load_pack(row.pack, row.pack_version).duty(row.kind)
        found.append(rules.Clocked(row.due_at, rule.due_at(facts | {"deadline_at": deadline_at})))
    return found


@transaction.atomic
def extend_round(*, round_code: str, deadline_at: datetime, reason: str, by: Actor, at: datetime) -> Extension:
    """Move a round's deadline to a later instant, with a reason, and re-clock what is owed for it.

    Returns the effect on the open duties. Steps that were told stay told; a round that was cut off has person duties
    with clocks of their own and is not extended.
    """
    row = rows.locked_round(round_code)
    permit(by, Operation.KEEP_ROUND, row.owner_id)
    rules.require_round(row.state, (RoundState.PLANNED, RoundState.OPEN), doing="extended")
    if row.cut_off_at is not None:
        message = f"{round_code} was cut off at {row.cut_off_at.isoformat()}"
        raise Refused(message, code="cut-off", remedy="The missing are person duties now; plan another round.")
    rules.require_order(max(row.deadline_at, at), deadline_at, column="deadline_at")
    if not reason.strip():
        message = "an extension needs a reason"
        raise InputFault(message, column="reason", remedy="Say what could not be done in time, and why.")
    before, row.deadline_at = row.deadline_at, deadline_at
    row.save(update_fields=("deadline_at",))
    owed = round_duties(round_code, (rules.COVERED, rules.RATE_RECOVERED))
    effect = rules.deadline_effect(moved_clocks(owed, deadline_at), at=at)
    for kind in sorted({duty.kind for duty in owed}):
        about = [duty.about for duty in owed if duty.kind == kind]
        by_set.reclock_many_by_fact(kind=kind, about=about, facts={"deadline_at": deadline_at}, by=by, at=at)
    ledger.record(
        tag=Tag.ROUND_EXTENDED,
        subject=rules.round_subject(row.pk),
        unit=row.owner_id,
        by=by,
        at=at,
        data={
            "from": before,
            "to": deadline_at,
            "reason": reason,
            "moved": effect.moved,
            "no_longer_overdue": effect.no_longer_overdue,
            "still_overdue": effect.still_overdue,
        },
    )
    return Extension(round=row, before=before, effect=effect)


@transaction.atomic
def close_round(*, round_code: str, by: Actor, at: datetime) -> TestingRound:
    """Close an open round in which no community owes anybody any more: all covered, or cut off.

    Its open sites close with it. Person duties of the missing stay open: they have clocks of their own.
    """
    row = rows.locked_round(round_code)
    permit(by, Operation.KEEP_ROUND, row.owner_id)
    rules.require_round(row.state, (RoundState.OPEN,), doing="closed")
    owed = round_duties(round_code, (rules.COVERED,))
    if owed:
        message = f"{len(owed)} communities of {round_code} still owe people"
        raise Refused(message, code="still-missing", remedy="Cut the round off at its deadline, or extend it.")
    for duty in round_duties(round_code, (rules.RATE_RECOVERED,)):
        duties.supersede_by_fact(
            kind=duty.kind,
            about=duty.about,
            successor=f"{round_code} was closed with everybody accounted for",
            by=by,
            at=at,
        )
    _close_sites(row, reason=f"{round_code} was closed", by=by, at=at)
    row.state, row.closed_at = RoundState.CLOSED, at
    row.save(update_fields=("state", "closed_at"))
    ledger.record(
        tag=Tag.ROUND_CLOSED,
        subject=rules.round_subject(row.pk),
        unit=row.owner_id,
        by=by,
        at=at,
        data={"round": row.pk, "roster": row.roster_size, "cut_off_at": row.cut_off_at},
    )
    return row


@transaction.atomic
def cancel_round(*, round_code: str, reason: str, by: Actor, at: datetime) -> TestingRound:
    """Cancel a round that was planned or is open, with a reason: nobody owes anything for it any more."""
    row = rows.locked_round(round_code)
    permit(by, Operation.KEEP_ROUND, row.owner_id)
    rules.require_round(row.state, (RoundState.PLANNED, RoundState.OPEN), doing="cancelled")
    if row.cut_off_at is not None:
        message = f"{round_code} was cut off at {row.cut_off_at.isoformat()}: its missing are owed person by person"
        raise Refused(message, code="cut-off", remedy="Close the round; waive person duties one by one if need be.")
    if not reason.strip():
        message = "a cancellation needs a reason"
        raise InputFault(message, column="reason", remedy="Say why the round is not finished.")
    recorded = ledger.record(
        tag=Tag.ROUND_CANCELLED,
        subject=rules.round_subject(row.pk),
        unit=row.owner_id,
        by=by,
        at=at,
        data={"round": row.pk, "reason": reason},
    )
    ended = f"{round_code} was cancelled: {reason} entry:{recorded.pk}"[:300]
    for duty in round_duties(round_code, (rules.COVERED, rules.RATE_RECOVERED)):
        duties.supersede_by_fact(kind=duty.kind, about=duty.about, successor=ended, by=by, at=at)
    _close_sites(row, reason=f"{round_code} was cancelled", by=by, at=at)
    row.state, row.closed_at = RoundState.CANCELLED, at
    row.save(update_fields=("state", "closed_at"))
    return row


def _close_sites(row: TestingRound, *, reason: str, by: Actor, at: datetime) -> None:
    standing = Site.objects.select_for_update(of=("self",), no_key=True).select_related("round").order_by("pk")
    for site in standing.filter(round=row).exclude(state=SiteState.CLOSED):
        sites.close(site, reason=reason, by=by, at=at)


def note_cut_off(row: TestingRound, *, at: datetime) -> None:
    """Write when the missing of a locked round became person duties; the testing room records the fact itself."""
    row.cut_off_at = at
    row.save(update_fields=("cut_off_at",))
