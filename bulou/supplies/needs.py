"""Needs: asked one by one or as a list, picked from stock, short or substituted, at the door with a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Substr

from bulou.access.choices import Operation
from bulou.access.rules import covers, permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.duties import by_set
from bulou.duties.opening import Owed, open_many
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, CapacityFull, InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import LineTag
from bulou.people.models import Resident
from bulou.supplies import rules
from bulou.supplies.choices import (
    BY_SET,
    LISTED_MET,
    MET,
    SHORT_ANSWERED,
    VULNERABLE_MET,
    WAITING,
    NeedState,
    Proof,
    Way,
)  # fmt: skip
from bulou.supplies.models import Batch, Delivery, Need, Pick
from bulou.supplies.stock import batch_of, goods_for, require_good, take

PART = 500  # rows in one statement
_TURN = ("-vulnerable", "due_at", "code")
_ON_THE_WAY = (NeedState.ASKED, NeedState.PICKED)
_Row = TypeVar("_Row", Need, Delivery)


def ask_need(*, by: Actor, at: datetime, **row: Any) -> Need:
    """Somebody needs something (物资需求): by phone, on the web, through the building's captain."""
    return _one(ask_needs(rows=[row], by=by, at=at))


def _one(answers: Sequence[_Row | BulouError]) -> _Row:
    found = answers[0]
    if isinstance(found, BulouError):
        raise found
    return found


def ask_needs(*, rows: Sequence[Mapping[str, Any]], by: Actor, at: datetime) -> list[Need | BulouError]:
    """Ask for many at once: each row's need, or what refuses it.

    A row gives ``unit``, ``place_code``, ``household_id``, ``good``, ``quantity``, ``how`` (``Way``) and may give ``code``,
    ``note``, ``first``. Whoever the register knows as vulnerable is so here. What a list or an entitlement asks for is
    owed as one duty of the unit, with the earliest clock of its rows; the rest each by a duty of its own.
    """
    return _ask(rows, by=by, at=at, asked=True)


def ask_by_fact(*, rows: Sequence[Mapping[str, Any]], by: Actor, at: datetime) -> None:
    """The same for what is owed without anybody asking; a row that cannot be asked for raises."""
    for answer in _ask(rows, by=by, at=at, asked=False):
        if isinstance(answer, BulouError):
            raise answer


@transaction.atomic
def _ask(rows: Sequence[Mapping[str, Any]], *, by: Actor, at: datetime, asked: bool) -> list[Need | BulouError]:
    frail = _vulnerable({str(row["household_id"]) for row in rows})
    units = {str(row["unit"]) for row in rows}
    goods = dict(goods_for(units).values_list("code", "unit"))
    due = {first: due_of(VULNERABLE_MET if first else MET, at=at, facts={"asked_at": at}) for first in (True, False)}
    answers: list[Need | BulouError] = []
    for row in rows:
        try:
            if asked:
                permit(by, Operation.ASK_SUPPLIES, str(row["unit"]), str(row["place_code"]))
            answers.append(_read(row, frail, goods, due, by, at))
        except BulouError as fault:
            answers.append(fault)
    made = [one for one in answers if isinstance(one, Need)]
    Need.objects.bulk_create(made, batch_size=PART)
    ledger.record_many(
        ledger.Draft(
            tag=LineTag.SUPPLY_ASKED, subject=about(one.pk), unit=one.unit_id, by=by, at=at,
            data={"good": one.good_id, "quantity": one.quantity, "how": one.how, "vulnerable": one.vulnerable},
            personal={"household": one.household_id, "note": one.note},
        )
        for one in made
    )  # fmt: skip
    _owe(made, by=by, at=at)
    return answers


def _read(
    row: Mapping[str, Any], frail: set[str], goods: Mapping[str, str], due: Mapping[bool, datetime], by: Actor, at: datetime
) -> Need:
    unit, place, home = str(row["unit"]), str(row["place_code"]), str(row["household_id"]).strip()
    rules.require_text(home, "household_id", "say which household")
    if not codes.is_below(unit, goods.get(str(row["good"]), "?")):
        message = f"{row['good']!r} stands in no catalogue of {unit}"
        raise InputFault(message, column="good", remedy="bulou export goods shows the codes.")
    first = bool(row.get("first"))
    vulnerable = first or home in frail
    return Need(
        code=row.get("code") or public_id("SN", at), unit_id=unit, place_code=place, household_id=home[:40],
        good_id=row["good"], quantity=rules.require_amount(row["quantity"]), how=Way(row["how"]), first=first,
        vulnerable=vulnerable, note=str(row.get("note") or "")[:200], asked_at=at, asked_by=signature(by),
        due_at=due[vulnerable], standing_id=row.get("standing"), on=row.get("on"),
    )  # fmt: skip


def _vulnerable(households: set[str]) -> set[str]:
    known = Resident.objects.filter(left_on=None).exclude(vulnerable="")
    found = set(known.filter(household_id__in=households).values_list("household_id", flat=True))
    return found | set(known.filter(pk__in=households, household_id="").values_list("pk", flat=True))


def _owe(made: Sequence[Need], *, by: Actor, at: datetime) -> None:
    owed = [
        Owed(
            kind=VULNERABLE_MET if one.vulnerable else MET, about=about(one.pk), label=one.pk, place_code=one.place_code,
            owners={"explicit": one.unit_id}, facts={"asked_at": at},
        )
        for one in made
        if one.how not in BY_SET
    ]  # fmt: skip
    due: dict[str, datetime] = {}
    for one in made:
        if one.how in BY_SET:
            due[one.unit_id] = min(one.due_at, due.get(one.unit_id, one.due_at))
    owed += [
        Owed(kind=LISTED_MET, about=f"needs:{unit}", label=unit, place_code=codes.territory(unit), owners={"explicit": unit},
             facts={"due_at": when})
        for unit, when in due.items()
    ]  # fmt: skip
    open_many(owed, by=by, at=at)


@transaction.atomic
def pick_need(*, code: str, by: Actor, at: datetime, batch: str = "") -> Need:
    """Pick it from stock: of the unit's own store or a superior's that the picker keeps, what ends first goes first."""
    row = locked(Need, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id, row.place_code)
    rules.require(row.state, WAITING, doing="picked")
    stores = [unit for unit in codes.chain(row.unit_id) if covers(by, unit)]
    stock = Batch.objects.filter(good=row.substitute_id or row.good_id, unit__in=stores, there__gt=0)
    if batch:
        stock = stock.filter(pk=batch)
    rest, picks = row.quantity, []
    ordered = stock.order_by(F("expires_on").asc(nulls_last=True), "came_at", "code")
    for one in ordered.select_for_update(of=("self",), no_key=True):
        if not rest:
            break
        part = min(one.there, rest)
        take(one, part)
        picks.append(Pick(need=row, batch=one, quantity=part, picked_at=at))
        rest -= part
    if rest:
        message = f"{row.quantity - rest} of {row.quantity} are in stock"
        raise CapacityFull(message, remedy="Report the shortage, offer a substitute, or take stock in.")
    Pick.objects.bulk_create(picks)
    row.state = NeedState.PICKED
    row.save(update_fields=("state",))
    commit(tag=LineTag.SUPPLY_PICKED, subject=about(code), unit=row.unit_id, by=by, at=at, closes=[SHORT_ANSWERED],
           data={"batches": {one.batch_id: one.quantity for one in picks}})  # fmt: skip
    return row


@transaction.atomic
def pick_for_waiting(*, code: str, by: Actor, at: datetime) -> Batch:
    """Hand a batch out to all in its unit's territory who wait for the good: vulnerable first, then by their clock."""
    batch = locked(Batch, code)
    permit(by, Operation.KEEP_STOCK, batch.unit_id)
    low, high = codes.below(codes.territory(batch.unit_id))
    wanted = Q(good=batch.good_id, substitute=None) | Q(substitute=batch.good_id)
    waiting = Need.objects.filter(wanted, state=NeedState.ASKED, place_code__gte=low, place_code__lt=high)
    listed = waiting.select_for_update(of=("self",), no_key=True).order_by(*_TURN).values_list("code", "quantity")
    got = list(rules.served(listed.iterator(chunk_size=5_000), batch.there))
    if not got:
        message = "nobody waits for it here, or the first one waits for more than is there"
        raise Refused(message)
    total, rest = sum(quantity for _, quantity in got), iter(got)
    take(batch, total)
    while part := list(islice(rest, PART)):
        Need.objects.filter(pk__in=[need for need, _ in part]).update(state=NeedState.PICKED)
        Pick.objects.bulk_create(Pick(need_id=need, batch=batch, quantity=quantity, picked_at=at) for need, quantity in part)
    commit(tag=LineTag.STOCK_PICKED, subject=batch_of(code), unit=batch.unit_id, by=by, at=at,
           data={"needs": len(got), "quantity": total})  # fmt: skip
    batch.refresh_from_db()
    return batch


@transaction.atomic
def put_back(*, code: str, reason: str, by: Actor, at: datetime) -> Need:
    """It did not come to the door: what was picked lies in its batches again, and the need waits on with its own clock."""
    row = locked(Need, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id, row.place_code)
    rules.require(row.state, {NeedState.PICKED}, doing="put back")
    said = rules.require_text(reason, "reason", "say why")
    for pick in Pick.objects.select_for_update(of=("self",)).filter(need=row, returned_at=None).order_by("batch_id"):
        Batch.objects.filter(pk=pick.batch_id).update(there=F("there") + pick.quantity, out=F("out") - pick.quantity)
        pick.returned_at = at
        pick.save(update_fields=("returned_at",))
    row.state = NeedState.ASKED
    row.save(update_fields=("state",))
    commit(tag=LineTag.SUPPLY_RETURNED, subject=about(code), unit=row.unit_id, by=by, at=at, data={"reason": said[:200]})
    return row


@transaction.atomic
def report_short(*, code: str, note: str, by: Actor, at: datetime) -> Need:
    """There is none (缺货): the unit above finds some, or says what may stand in for it."""
    row = locked(Need, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id, row.place_code)
    rules.require(row.state, {NeedState.ASKED}, doing="reported short")
    row.state = NeedState.SHORT
    row.save(update_fields=("state",))
    owed = Owed(kind=SHORT_ANSWERED, about=about(code), label=f"{row.good} · {code}", place_code=row.place_code,
                owners={"of": row.unit_id}, facts={"reported_at": at}, why=note)  # fmt: skip
    commit(
        tag=LineTag.SUPPLY_SHORT, subject=about(code), unit=row.unit_id, by=by, at=at, data={"note": note[:200]}, opens=[owed]
    )
    return row


@transaction.atomic
def substitute_good(*, code: str, good: str, quantity: int, agreed: str, by: Actor, at: datetime) -> Need:
    """Something else stands in for it, with who of the household agreed."""
    row = locked(Need, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id, row.place_code)
    rules.require(row.state, WAITING, doing="substituted")
    said = rules.require_text(agreed, "agreed", "say who of the household agreed")
    row.substitute, row.quantity = require_good(good, row.unit_id), rules.require_amount(quantity)
    row.state = NeedState.ASKED
    row.save(update_fields=("substitute", "quantity", "state"))
    commit(tag=LineTag.SUPPLY_SUBSTITUTED, subject=about(code), unit=row.unit_id, by=by, at=at, closes=[SHORT_ANSWERED],
           data={"good": good, "quantity": quantity}, personal={"agreed": said[:120]})  # fmt: skip
    return row


@transaction.atomic
def withdraw_need(*, code: str, result: str, by: Actor, at: datetime) -> Need:
    """It is not needed any more: who said so, and why."""
    row = locked(Need, code)
    permit(by, Operation.ASK_SUPPLIES, row.unit_id, row.place_code)
    rules.require(row.state, WAITING, doing="withdrawn")
    row.state, row.ended_at = NeedState.WITHDRAWN, at
    row.result = rules.require_text(result, "result", "say who said so, and why")[:200]
    row.save(update_fields=("state", "ended_at", "result"))
    commit(tag=LineTag.SUPPLY_WITHDRAWN, subject=about(code), unit=row.unit_id, by=by, at=at, personal={"result": row.result},
           closes=[MET, VULNERABLE_MET, SHORT_ANSWERED])  # fmt: skip
    return row


def deliver_need(*, by: Actor, at: datetime, **row: Any) -> Delivery:
    """It is at the door (送达), with a proof."""
    return _one(deliver_needs(rows=[row], by=by, at=at))


@transaction.atomic
def deliver_needs(*, rows: Sequence[Mapping[str, Any]], by: Actor, at: datetime) -> list[Delivery | BulouError]:
    """Many came to their doors at once: each row's delivery, or what refuses it.

    A row gives ``need``, ``proof_kind``, ``proof`` and may give ``code`` and ``ahead``: why it came before a vulnerable
    neighbour, who counts as served when the same call brings it there.
    """
    named = [str(row["need"]) for row in rows]
    found = {
        one.pk: one for one in Need.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=named).order_by("code")
    }
    waiting = _waiting([found[code] for code in named if code in found])
    answers: list[Delivery | BulouError] = []
    seen: set[str] = set()
    for row, code in zip(rows, named, strict=True):
        try:
            answers.append(_at_door(row, found.get(code) if code not in seen else None, waiting, by, at))
            seen.add(code)
        except BulouError as fault:
            answers.append(fault)
    made = [one for one in answers if isinstance(one, Delivery)]
    Delivery.objects.bulk_create(made, batch_size=PART)
    done = {about(one.need_id): f"delivery:{one.pk}" for one in made}
    for start in range(0, len(made), PART):
        part = [one.need_id for one in made[start : start + PART]]
        Need.objects.filter(pk__in=part).update(state=NeedState.DELIVERED, ended_at=at)
    ledger.record_many(
        ledger.Draft(tag=LineTag.SUPPLY_DELIVERED, subject=about(one.need_id), unit=one.unit_id, by=by, at=at,
                     data={"delivery": one.pk, "proof": one.proof_kind, "reason": one.ahead}, personal={"proof": one.proof})
        for one in made
    )  # fmt: skip
    for kind in (MET, VULNERABLE_MET):
        by_set.fulfil_many_by_fact(kind=kind, refs=done, tag=LineTag.SUPPLY_DELIVERED, by=by, at=at)
    return answers


def _waiting(these: Sequence[Need]) -> set[tuple[str, str]]:
    """In which of these buildings, and for which good, a vulnerable household waits that is not among these."""
    doors = {rules.neighbourhood(one.place_code) for one in these if not one.vulnerable}
    if not doors:
        return set()
    low, (_, high) = min(doors), codes.below(max(doors))
    others = Need.objects.filter(vulnerable=True, state__in=_ON_THE_WAY, place_code__gte=low, place_code__lt=high)
    door = Substr("place_code", 1, rules.BUILDING_LENGTH)
    wait = others.exclude(pk__in=[one.pk for one in these]).order_by().annotate(door=door).filter(door__in=doors)
    return set(wait.values_list("door", "good").distinct())


def _at_door(row: Mapping[str, Any], need: Need | None, waiting: set[tuple[str, str]], by: Actor, at: datetime) -> Delivery:
    if need is None:
        message = "no such record"  # as for a foreign one
        raise NotFound(message, remedy="Check the identifier.")
    permit(by, Operation.DELIVER_SUPPLIES, need.unit_id, need.place_code)
    rules.require(need.state, {NeedState.PICKED}, doing="delivered")
    kind, ahead = Proof(row["proof_kind"]), str(row.get("ahead") or "")
    proof = rules.read_proof(kind, str(row["proof"]))
    rules.require_turn(vulnerable=need.vulnerable, place_code=need.place_code, good=need.good_id, waiting=waiting, ahead=ahead)
    return Delivery(
        code=row.get("code") or public_id("DL", at), unit_id=need.unit_id, need=need, place_code=need.place_code,
        household_id=need.household_id, proof_kind=kind, proof=proof, ahead=ahead.strip()[:200], delivered_at=at,
        delivered_by=signature(by),
    )  # fmt: skip


def about(code: str) -> str:
    """How ledger and duties name a need."""
    return f"supply:{code}"
