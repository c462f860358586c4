"""Opening duties: from a kind in the policy pack to a row with an owner and a clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from bulou.duties import rows, rules
from bulou.duties.choices import DutyState, TenureHow
from bulou.duties.models import Duty, Tenure
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import PolicyFault
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.policy import DutyRule, Pack
from bulou.units.models import Unit

_LEVELS = {
    "community": codes.Level.COMMUNITY,
    "street": codes.Level.STREET,
    "district": codes.Level.DISTRICT,
    "city": codes.Level.CITY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A duty to be opened.

    ``owners`` names units for the pack's owner symbols (``{"laboratory": "5201:lab001"}``); a level such as
    ``community`` is found from ``place_code``. ``facts`` are the instants its clock is computed from.
    """

    kind: str
    about: str
    label: str
    place_code: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, datetime] = field(default_factory=dict)
    why: str = ""
    issuer: str = ""
    parent: str | None = None


def owner_of(rule: DutyRule, owed: Owed) -> str:
    """The unit code that the pack's owner symbol means here; ``PolicyFault`` when nothing names it."""
    symbol = rule.owner.value
    explicit = owed.owners.get(symbol) or owed.owners.get("explicit")
    if explicit:
        return explicit
    level = _LEVELS.get(symbol)
    if level is not None and owed.place_code:
        place = codes.territory(owed.place_code)
        return codes.up_to(place, level) or place
    if symbol == "superior" and owed.owners.get("of"):
        return codes.parent_unit(owed.owners["of"]) or owed.owners["of"]
    if owed.place_code:  # a symbol without a unit of its own falls to the city, which can hand it over
        return codes.up_to(codes.territory(owed.place_code), codes.Level.CITY) or codes.territory(owed.place_code)
    message = f"nothing names the owner ({symbol}) of a duty {owed.kind}"
    raise PolicyFault(message, remedy="Give owners or a place code.")


def existing_owners(wanted: Sequence[str]) -> dict[str, str]:
    """For each unit code the nearest unit that exists, itself or a superior; one statement."""
    asked = {step for code in wanted for step in codes.chain(code)}
    known = set(Unit.objects.filter(code__in=asked).values_list("code", flat=True))
    found = {}
    for code in wanted:
        nearest = next((step for step in codes.chain(code) if step in known), None)
        if nearest is None:
            message = f"no unit {code} and none above it"
            raise PolicyFault(message, remedy="Register the unit.")
        found[code] = nearest
    return found


def open_many(owed: Sequence[Owed], *, by: Actor, at: datetime) -> list[Duty]:
    """Open duties as a set; one that is already open for the same (kind, about) is returned as it stands.

    Two transactions may open the same one at once: the second waits for the first, is refused by the database, and then
    finds the duty open.
    """
    if not owed:
        return []
    try:
        with transaction.atomic():
            return _open(owed, by=by, at=at)
    except IntegrityError:
        with transaction.atomic():
            return _open(owed, by=by, at=at)


def _open(owed: Sequence[Owed], *, by: Actor, at: datetime) -> list[Duty]:
    pack = rows.pack_now(clock.day_of(at))
    already = {
        (row.kind, row.about): row
        for row in Duty.objects.filter(
            state=DutyState.OPEN, kind__in={one.kind for one in owed}, about__in=[one.about for one in owed]
        )
    }
    owners = existing_owners([owner_of(pack.duty(one.kind), one) for one in owed])
    fresh: dict[tuple[str, str], Duty] = {}
    for one in owed:
        if (one.kind, one.about) not in already and (one.kind, one.about) not in fresh:
            fresh[one.kind, one.about] = _row(one, pack, owners[owner_of(pack.duty(one.kind), one)], at)
    made = list(fresh.values())
    Duty.objects.bulk_create(made, batch_size=500)
    Tenure.objects.bulk_create(
        (Tenure(duty=row, unit_id=row.owner_id, how=TenureHow.OPENED, starts_at=at) for row in made), batch_size=500
    )
    ledger.record_many(
        ledger.Draft(
            tag=Tag.DUTY_OPENED,
            subject=f"duty:{row.pk}",
            unit=row.owner_id,
            by=by,
            at=at,
            data={"kind": row.kind, "about": row.about, "due_at": row.due_at},
        )
        for row in made
    )
    return [already.get((one.kind, one.about)) or fresh[one.kind, one.about] for one in owed]


def open_duty(owed: Owed, *, by: Actor, at: datetime) -> Duty:
    """Open one duty, or return the one already open for the same (kind, about)."""
    return open_many([owed], by=by, at=at)[0]


def _row(owed: Owed, pack: Pack, owner: str, at: datetime) -> Duty:
    rule = pack.duty(owed.kind)
    facts = {"opened_at": at, **owed.facts}
    due_at = rule.due_at(facts)
    value = rules.open_duty(owner=owner, at=at, due_at=due_at)
    ladder = rules.steps(due_at=due_at, escalate=((s.key, s.offset, s.to.value) for s in rule.escalate), opened_at=at)
    return Duty(
        id=public_id("D", at),
        kind=owed.kind,
        line=rule.line,
        pack=pack.name,
        pack_version=pack.version,
        owner_id=value.owner,
        issuer=owed.issuer,
        about=owed.about,
        label=owed.label[:200],
        place_code=owed.place_code,
        why=owed.why[:300],
        facts={name: instant.isoformat() for name, instant in facts.items()},
        opened_at=at,
        due_at=value.due_at,
        act_at=rules.next_act(ladder=ladder, done=(), answer_by=None),
        parent_id=owed.parent,
    )
