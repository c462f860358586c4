"""Places whose people are kept indoors: confirmed supplies, the vulnerable reached, every household reached (一户不落, G5).

The duties are of the place, not of a household: their figures are counted by one statement over all open places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, pack_at, signature
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState, NoticeState
from bulou.duties.models import Duty, Notice
from bulou.duties.opening import Owed, existing_owners, open_many
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import LineTag
from bulou.places.models import Division
from bulou.supplies import rules
from bulou.supplies.choices import CONFIRMED, HOUSEHOLDS_REACHED, VULNERABLE_REACHED, ProvisionState
from bulou.supplies.models import Provision

COUNT_EVERY = timedelta(minutes=5)  # operational, no document
_KINDS = (CONFIRMED, VULNERABLE_REACHED, HOUSEHOLDS_REACHED)

# Households below each open place, and which of them got something since the place's cycle began.
_HOMES = """
  SELECT p.code AS place, CASE WHEN r.household_id = '' THEN r.person_id ELSE r.household_id END AS home,
         min(r.place_code) AS door, max(CASE WHEN r.vulnerable = '' THEN 0 ELSE 1 END) AS frail
    FROM supplies_provision p
    JOIN people_resident r ON r.place_code >= p.place_code AND r.place_code < p.place_end
   WHERE {where} AND r.left_on IS NULL GROUP BY 1, 2"""
_GOT = """
  SELECT p.code AS place, d.household_id AS home FROM supplies_provision p
    JOIN supplies_delivery d ON d.place_code >= p.place_code AND d.place_code < p.place_end AND d.delivered_at >= p.since_at
   WHERE {where}
  UNION
  SELECT p.code, b.household_id FROM supplies_provision p
    JOIN supplies_booking b ON b.place_code >= p.place_code AND b.place_code < p.place_end AND b.ended_at >= p.since_at
   WHERE {where} AND b.state = 'collected'"""
_COUNT = """
WITH homes AS ({homes}), got AS ({got})
SELECT homes.place, count(*), sum(frail), count(got.home), sum(CASE WHEN got.home IS NULL THEN 0 ELSE frail END)
  FROM homes LEFT JOIN got ON got.place = homes.place AND got.home = homes.home GROUP BY homes.place"""
_MISSING = """
WITH homes AS ({homes}), got AS ({got})
SELECT homes.place, homes.home, homes.door, homes.frail
  FROM homes LEFT JOIN got ON got.place = homes.place AND got.home = homes.home
 WHERE got.home IS NULL ORDER BY homes.place, homes.frail DESC, homes.door, homes.home"""


@transaction.atomic
def open_provision(*, place_code: str, because: str, by: Actor, at: datetime, code: str = "") -> Provision:
    """People of a place are kept indoors from now on: its community owes supplies, the vulnerable first."""
    permit(by, Operation.CONFIRM_SUPPLIES, place_code)
    rules.require_text(because, "because", "say which order or measure keeps people indoors")
    return _open([place_code], because=because, code=code, by=by, at=at)[0]


@transaction.atomic
def open_by_fact(*, place_code: str, because: str, by: Actor, at: datetime) -> list[Provision]:
    """A measure was approved (playbook): each community of its place owes supplies; a place that stands open stays so."""
    places = [place_code]
    if not codes.up_to(place_code, codes.Level.COMMUNITY):
        low, high = codes.below(place_code)
        found = Division.objects.filter(level=codes.Level.COMMUNITY, code__gte=low, code__lt=high).order_by("code")
        places = list(found.values_list("code", flat=True)) or places
    standing = set(_live().filter(place_code__in=places).values_list("place_code", flat=True))
    return _open([one for one in places if one not in standing], because=because, code="", by=by, at=at)


def _live() -> QuerySet[Provision]:
    return Provision.objects.exclude(state=ProvisionState.CLOSED)


def _open(places: Sequence[str], *, because: str, code: str, by: Actor, at: datetime) -> list[Provision]:
    if _live().filter(place_code__in=places).exists():
        message = "this place is supplied under an open record already"
        raise Refused(message, remedy="Confirm that one.")
    wanted = {place: codes.up_to(place, codes.Level.COMMUNITY) or place for place in places}
    owners = existing_owners(list(wanted.values()))
    due = due_of(CONFIRMED, at=at, facts={"since_at": at})
    made = Provision.objects.bulk_create(
        Provision(code=code or public_id("PV", at), unit_id=owners[unit], place_code=place, place_end=codes.below(place)[1],
                  because=because[:96], opened_at=at, opened_by=signature(by), since_at=at, due_at=due)
        for place, unit in wanted.items()
    )  # fmt: skip
    ledger.record_many(
        ledger.Draft(tag=LineTag.PROVISION_OPENED, subject=about(one.pk), unit=one.unit_id, by=by, at=at,
                     data={"because": one.because})
        for one in made
    )  # fmt: skip
    _owe(made, _KINDS, by=by, at=at)
    _count([one.pk for one in made], by=by, at=at)
    return made


def _owe(rows: Sequence[Provision], kinds: Sequence[str], *, by: Actor, at: datetime) -> None:
    names = dict(Division.objects.filter(pk__in=[one.place_code[:12] for one in rows]).values_list("code", "name"))
    open_many(
        [
            Owed(kind=kind, about=about(one.pk), label=names.get(one.place_code[:12], one.place_code) + one.place_code[12:],
                 place_code=one.place_code, owners={"explicit": one.unit_id}, facts={"since_at": one.since_at},
                 why=one.because)
            for one in rows
            for kind in kinds
        ],
        by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def confirm_provision(*, code: str, source: str, evidence: str, by: Actor, at: datetime) -> Provision:
    """Supplies are confirmed: who brings what, and what shows it; from now on the clock is the households'."""
    row = locked(Provision, code)
    permit(by, Operation.CONFIRM_SUPPLIES, row.unit_id, row.place_code)
    rules.require(row.state, {ProvisionState.UNCONFIRMED}, doing="confirmed")
    row.source = rules.require_text(source, "source", "say who brings what")[:200]
    row.evidence = rules.require_text(evidence, "evidence", "name the purchase, the batch or the contract")[:200]
    row.state, row.confirmed_at, row.confirmed_by = ProvisionState.CONFIRMED, at, signature(by)
    row.due_at = due_of(HOUSEHOLDS_REACHED, at=at, facts={"since_at": row.since_at})
    row.save(update_fields=("state", "source", "evidence", "confirmed_at", "confirmed_by", "due_at"))
    commit(tag=LineTag.PROVISION_CONFIRMED, subject=about(code), unit=row.unit_id, by=by, at=at, closes=[CONFIRMED],
           data={"evidence": row.evidence, "note": row.source})  # fmt: skip
    return row


@transaction.atomic
def close_provision(*, code: str, reason: str, by: Actor, at: datetime) -> Provision:
    """People may go out again: nothing more is owed to the place as such."""
    row = locked(Provision, code)
    permit(by, Operation.CONFIRM_SUPPLIES, row.place_code)
    rules.require(row.state, {ProvisionState.UNCONFIRMED, ProvisionState.CONFIRMED}, doing="closed")
    _close(row, rules.require_text(reason, "reason", "say why"), by=by, at=at)
    return row


@transaction.atomic
def close_by_fact(*, because: str, by: Actor, at: datetime) -> int:
    """The measure ended (playbook)."""
    rows = list(_live().select_for_update(of=("self",)).filter(because=because).order_by("code"))
    for row in rows:
        _close(row, because, by=by, at=at)
    return len(rows)


def _close(row: Provision, why: str, *, by: Actor, at: datetime) -> None:
    row.state, row.closed_at, row.ended = ProvisionState.CLOSED, at, why[:200]
    row.save(update_fields=("state", "closed_at", "ended"))
    for kind in _KINDS:
        duties.supersede_by_fact(kind=kind, about=about(row.pk), successor=row.ended, by=by, at=at)
    commit(tag=LineTag.PROVISION_CLOSED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"reason": row.ended})


@transaction.atomic
def tend_provisions(*, by: Actor, at: datetime) -> int:
    """Count the open places whose figures are old, and begin the next cycle of those whose days are over; how many counted."""
    cycle = pack_at(at).span("supply_cycle")
    over = list(_live().select_for_update(of=("self",)).filter(since_at__lte=at - cycle).order_by("code"))
    for row in over:
        row.since_at += cycle * ((at - row.since_at) // cycle)
        if row.state == ProvisionState.CONFIRMED:
            row.due_at = due_of(HOUSEHOLDS_REACHED, at=at, facts={"since_at": row.since_at})
    Provision.objects.bulk_update(over, ("since_at", "due_at"))
    _owe(over, (VULNERABLE_REACHED, HOUSEHOLDS_REACHED), by=by, at=at)
    old = _live().exclude(counted_at__gt=at - COUNT_EVERY) | _live().filter(pk__in=[one.pk for one in over])
    return _count(list(old.values_list("pk", flat=True)), by=by, at=at)


def _count(keys: Sequence[str], *, by: Actor, at: datetime) -> int:
    """Households and vulnerable ones below each place, and how many were reached: one statement for all of them."""
    if not keys:
        return 0
    where = f"p.code IN ({', '.join(['%s'] * len(keys))})"
    statement = _COUNT.format(homes=_HOMES.format(where=where), got=_GOT.format(where=where))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*keys, *keys, *keys])
        counted = {code: (int(homes), int(frail), int(got), int(first)) for code, homes, frail, got, first in cursor.fetchall()}
    rows = list(Provision.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("code"))
    for row in rows:
        row.households, row.vulnerable, row.reached, row.vulnerable_reached = counted.get(row.pk, (0, 0, 0, 0))
        row.counted_at = at
    Provision.objects.bulk_update(
        rows, ("households", "vulnerable", "reached", "vulnerable_reached", "counted_at"), batch_size=200
    )
    open_ = set(Duty.objects.filter(
        kind__in=_KINDS, about__in=[about(one.pk) for one in rows], state=DutyState.OPEN
    ).values_list("kind", "about"))  # fmt: skip
    for row in rows:
        _reached(row, open_, by=by, at=at)
    return len(rows)


def _reached(row: Provision, open_: set[tuple[str, str]], *, by: Actor, at: datetime) -> None:
    """What the figures show to be done: all the vulnerable, then every household."""
    done = {
        VULNERABLE_REACHED: row.vulnerable_reached == row.vulnerable and (row.reached > 0 or not row.households),
        HOUSEHOLDS_REACHED: row.reached == row.households,
    }
    closes = [kind for kind, all_ in done.items() if all_ and (kind, about(row.pk)) in open_]
    if not row.households or not closes:
        return  # a place without a register is never "all reached": its duties stay until somebody closes it
    if HOUSEHOLDS_REACHED in closes and row.state == ProvisionState.CONFIRMED:  # nothing is late here before the next cycle
        again = row.since_at + pack_at(at).span("supply_cycle")
        row.due_at = due_of(HOUSEHOLDS_REACHED, at=at, facts={"since_at": again})
        row.save(update_fields=("due_at",))
    tag = LineTag.PROVISION_REACHED if HOUSEHOLDS_REACHED in closes else LineTag.PROVISION_FIRST_REACHED
    commit(tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=closes,
           data={"reached": row.reached, "of": row.households, "because": row.because})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A place on the gap list: whose it is, how many households wait, and who was told of it and when."""

    provision: Provision
    told: tuple[tuple[str, datetime], ...]


def gaps(by: Actor, *, at: datetime) -> list[Gap]:
    """Places under static management without confirmed supplies, the longest overdue first; three statements."""
    permit(by, Operation.SEE_SUPPLIES)
    found = Provision.objects.filter(within(by, "unit", "place_code"), state=ProvisionState.UNCONFIRMED, opened_at__lte=at)
    rows = list(found.select_related("unit").order_by("due_at", "code"))
    sent = Notice.objects.filter(
        duty__kind=CONFIRMED, duty__about__in=[about(one.pk) for one in rows], state=NoticeState.SENT, told_at__lte=at
    ).order_by("told_at", "id")  # fmt: skip
    told: dict[str, list[tuple[str, datetime]]] = {}
    for of, unit, when in sent.values_list("duty__about", "unit", "told_at"):
        told.setdefault(of, []).append((unit, when))
    return [Gap(provision=one, told=tuple(told.get(about(one.pk), ()))) for one in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """A household that got nothing since its place's cycle began, and whose it is."""

    provision: str
    unit: str
    household_id: str
    place_code: str
    vulnerable: bool


def not_reached(by: Actor, code: str = "") -> Iterator[Unreached]:
    """Households that got nothing yet, of one place or all that the reader sees; place by place, the vulnerable first."""
    permit(by, Operation.SEE_SUPPLIES)
    rows = _live().filter(within(by, "unit", "place_code"), **({"pk": code} if code else {}))
    owners = dict(rows.values_list("pk", "unit"))
    if not owners:
        return
    where = f"p.code IN ({', '.join(['%s'] * len(owners))})"
    statement = _MISSING.format(homes=_HOMES.format(where=where), got=_GOT.format(where=where))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*owners, *owners, *owners])
        while found := cursor.fetchmany(5_000):
            for place, home, door, frail in found:
                yield Unreached(provision=place, unit=owners[place], household_id=home, place_code=door, vulnerable=bool(frail))


def about(code: str) -> str:
    """How ledger and duties name a place's provision."""
    return f"provision:{code}"
