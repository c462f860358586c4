"""Proposing zones: by a person, or because of a positive; a positive inside a standing zone resets its days instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import due_of, pack_at, signature
from bulou.duties.opening import existing_owners
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.ledger.models import Entry
from bulou.restrictions.rules import narrowest
from bulou.units.models import Unit
from bulou.zones import rules
from bulou.zones.choices import DECIDED, LOWERED, RAISE_DECIDED, SCREENED, RiskLevel, ZoneState
from bulou.zones.models import RiskZone, ZonePart
from bulou.zones.rows import end, owed, settle, told


@transaction.atomic
def propose_zone(
    *,
    name: str,
    level: RiskLevel,
    parts: str,
    basis: str,
    reason: str,
    by: Actor,
    at: datetime,
    aliases: str = "",
    code: str = "",
) -> RiskZone:
    """A person proposes a zone of these places (codes by comma or blank); another unit declares or refuses it."""
    places = rules.named_places(parts)
    permit(by, Operation.PROPOSE_ZONE)
    for place in places:
        permit(by, Operation.PROPOSE_ZONE, place)
    if level is RiskLevel.LOW:
        message = "what is in no zone is low already"
        raise InputFault(message, column="level", remedy="Choose high or mid.")
    for value, column in ((name, "name"), (basis, "basis"), (reason, "reason")):
        if not value.strip():
            message = f"a zone has a {column}"
            raise InputFault(message, column=column)
    return _propose(
        name=name, level=level, places=places, basis=basis, reason=reason, aliases=aliases, code=code, because="",
        entry=None, proposer=by.unit, by=by, at=at,
    )  # fmt: skip


def _propose(
    *,
    name: str,
    level: RiskLevel,
    places: Sequence[str],
    basis: str,
    reason: str,
    aliases: str,
    code: str,
    because: str,
    entry: Entry | None,
    proposer: str,
    by: Actor,
    at: datetime,
) -> RiskZone:
    within = narrowest([codes.territory(one) for one in places])
    proposer, unit, authority = _units(proposer, within)
    _lock(within)
    clash = rules.overlapping(places, list(ZonePart.objects.filter(live=True).values_list("place_code", flat=True)))
    if clash:
        place, other = clash[0]
        zone = ZonePart.objects.get(live=True, place_code=other).zone_id
        message = f"{place} overlaps {other} of the zone {zone}"
        raise Refused(message, code="zone-overlap", remedy="Merge the two zones with a reason, or leave the place out.")
    day = clock.day_of(at)
    row = RiskZone.objects.create(
        code=code or public_id("Z", at), name=name.strip()[:120], aliases=aliases.strip()[:300], level=level, unit_id=unit,
        authority_id=authority, basis=basis[:200], reason=reason[:300], because=because, proposed_unit_id=proposer,
        proposed_by=signature(by), proposed_at=at, due_at=due_of(DECIDED, at=at, facts={"proposed_at": at}), level_on=day,
        last_on=day, positives=1 if because else 0,
    )  # fmt: skip
    ZonePart.objects.bulk_create(ZonePart(zone=row, place_code=one, evidence=entry) for one in places)
    told(
        row, LineTag.ZONE_PROPOSED, by=by, at=at, data={"level": level, "parts": list(places), "because": because},
        opens=[owed(row, DECIDED, reason, proposed_at=at)],
    )  # fmt: skip
    return row


def _units(proposer: str, within: str) -> tuple[str, str, str]:
    """Who proposes, in whose territory it lies, and who decides: the district, or whoever is above the proposer."""
    district = codes.up_to(within, codes.Level.DISTRICT)
    above = codes.parent_unit(proposer) or proposer
    decides = district if district and not codes.is_below(district, proposer) else above
    found = existing_owners([proposer, within, decides])
    return found[proposer], found[within], found[decides]


def _lock(within: str) -> None:
    """One proposal at a time in a city: an overlap of unlike codes is no constraint that a table can hold."""
    city = codes.up_to(within, codes.Level.CITY) or within
    list(Unit.objects.select_for_update(of=("self",), no_key=True).filter(pk=existing_owners([city])[city]).values_list("pk"))


@transaction.atomic
def note_positive_by_fact(
    *, place_code: str, place: str, because: str, entry: Entry, carries: bool, by: Actor, at: datetime
) -> RiskZone:
    """A positive at a place (playbook): counted in the zone that covers it, else a zone of its building is proposed.

    ``carries`` says whether the entry can be the evidence of a measure. Nothing is restricted by this.
    """
    _lock(codes.territory(place_code))
    part = ZonePart.objects.filter(live=True, place_code__in=rules.covering(place_code)).select_related("zone").first()
    if part is None:
        place_code = rules.part_for(place_code, int(pack_at(at).amount("zone_code_length")))
        inside = ZonePart.objects.filter(live=True, place_code__startswith=place_code).select_related("zone").first()
        if inside is None:
            return _propose(
                name=place[:120] or place_code, level=RiskLevel.HIGH, places=[place_code], because=because,
                basis="N9-HIGH-UNIT, N20-HIGH-UNIT", reason=f"a positive: {because}", aliases="", code="",
                entry=entry if carries else None, proposer=codes.territory(place_code), by=by, at=at,
            )  # fmt: skip
        part = inside
    return _count(part, because=because, entry=entry if carries else None, by=by, at=at)


def _count(part: ZonePart, *, because: str, entry: Entry | None, by: Actor, at: datetime) -> RiskZone:
    """The days begin anew; a mid zone owes the decision whether it is high again."""
    row = RiskZone.objects.select_for_update(of=("self",), no_key=True).get(pk=part.zone_id)
    if entry is not None:
        part.evidence = entry
        part.save(update_fields=("evidence",))
    row.last_on, row.positives, row.after_high = max(row.last_on, clock.day_of(at)), row.positives + 1, False
    row.save(update_fields=("last_on", "positives", "after_high"))
    mid = row.level == RiskLevel.MID and row.state == ZoneState.DECLARED
    told(
        row, LineTag.ZONE_POSITIVE, by=by, at=at, data={"because": because, "last_on": row.last_on}, closes=(LOWERED, SCREENED),
        opens=[owed(row, RAISE_DECIDED, f"a positive in a mid zone: {because}", found_at=at)] if mid else [],
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw_by_fact(*, because: str, why: str, by: Actor, at: datetime) -> int:
    """A case was excluded (playbook): a zone that was only proposed because of it is refused by that fact."""
    rows = list(
        RiskZone.objects.select_for_update(of=("self",), no_key=True).filter(
            because=because, state=ZoneState.PROPOSED, positives=1
        )
    )
    for row in rows:
        end(row, state=ZoneState.REFUSED, why=why, by=by, at=at)
        told(row, LineTag.ZONE_REFUSED, by=by, at=at, data={"reason": why}, closes=(DECIDED,))
        settle(row, LineTag.ZONE_REFUSED, by=by, at=at)
    return len(rows)
