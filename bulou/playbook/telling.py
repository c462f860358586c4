"""What residents must be told of: an order that binds them, a zone, a measure; and what was told ends with its cause (D22).

A draft is made from the record's own words and restricts nobody; a person completes it and publishes it, by its clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bulou.books.facts import pack_at
from bulou.duties.models import Duty
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.notices import actions as notices
from bulou.notices.choices import ANSWERED
from bulou.orders.choices import Subject, Verb
from bulou.orders.models import Order
from bulou.policy import load_pack
from bulou.restrictions import approving
from bulou.restrictions import notices as register
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from bulou.units.models import Unit
from bulou.zones.choices import RiskLevel, ZoneState
from bulou.zones.models import RiskZone
from bulou.zones.notices import basis_words, level_titles, place_names

# What changes what somebody may do at the door or in the street; the other orders are units' own work.
BINDS = frozenset({
    Verb.OPEN, Verb.CLOSE, Verb.START, Verb.STOP, Verb.LET_PASS, Verb.TURN_BACK, Verb.KEEP_IN, Verb.CALL_OUT, Verb.MOVE_OUT,
})  # fmt: skip
PUBLIC = frozenset({Subject.RESIDENTS, Subject.MARKETS, Subject.SCHOOLS, Subject.TRANSPORT, Subject.ROADS})


def tell_of_order(entry: Entry) -> None:
    """An order that binds residents was issued: its issuer owes a plain notice of it."""
    row = Order.objects.get(pk=entry.subject.removeprefix("order:"))
    if row.subject in PUBLIC and row.verb in BINDS:
        words = {"title_zh": row.title, "text_zh": row.text, "basis": f"{row.number} · {row.basis}"}
        _draft(entry, row.issuer_id, [row.place_code], words, starts_at=row.starts_at, ends_at=row.ends_at)


def tell_of_zone(entry: Entry) -> None:
    """A zone was declared, or is another now: what was told of it before holds no more, and who decided tells it anew.

    A zone has no end of its own: its notice ends with the days that its level needs, and is written again if it stays.
    """
    row = RiskZone.objects.get(pk=entry.subject.removeprefix("zone:"))
    notices.withdraw_by_fact(because=entry.subject, reason=str(entry.tag), by=_by(entry), at=entry.happened_at)
    if row.state != ZoneState.DECLARED:
        return
    title_zh, title_en = level_titles(row)
    words = {
        "title_zh": title_zh, "title_en": title_en, "text_zh": row.notice_zh, "text_en": row.notice_en,
        "basis": basis_words(row),
    }  # fmt: skip
    places = sorted(row.parts.filter(live=True).values_list("place_code", flat=True))
    days = pack_at(entry.happened_at).amount("zone_high_days" if row.level == RiskLevel.HIGH else "zone_mid_days")
    _draft(
        entry, row.authority_id, places, words, starts_at=entry.happened_at, ends_at=entry.happened_at + timedelta(days=days)
    )


def tell_of_measure(entry: Entry) -> None:
    """A measure that keeps a place's people indoors was approved: whoever answers for it owes the place a plain notice."""
    row = Restriction.objects.select_related("proposed_unit").get(pk=entry.subject.removeprefix("restriction:"))
    if row.kind != Kind.ZONE_MEASURE:
        return
    pack = load_pack(row.pack, row.pack_version)
    approver = Unit.objects.get(pk=json.loads(entry.actor)["unit"])
    # The register writes its own notice right after this entry; it is the same text, with the place by its name.
    texts = register.texts(row, pack, approver=approver, proposer=row.proposed_unit, at=entry.happened_at)
    text_zh, text_en = (text.replace(row.place_code, place_names([row.place_code])[0]) for text in texts)
    words = {
        "title_zh": "居家管控告知", "title_en": "Stay at home: notice", "text_zh": text_zh, "text_en": text_en,
        "basis": pack.legal_bases.get(row.legal_basis, row.legal_basis),
    }  # fmt: skip
    _draft(entry, row.authority_id, [row.place_code], words, starts_at=entry.happened_at, ends_at=row.ends_at)


def withdraw_notices(entry: Entry) -> None:
    """The order, the measure or the round is over before its end: what was told of it is withdrawn."""
    notices.withdraw_by_fact(because=entry.subject, reason=str(entry.tag), by=_by(entry), at=entry.happened_at)


def measure_told(entry: Entry) -> None:
    """Every building of a measure's place was told: that is what the measure's own notice asked for."""
    data = ledger.content(entry)
    because = str(data["because"])
    if data["everywhere"] and because.startswith("restriction:"):
        approving.notified_by_fact(
            code=because.removeprefix("restriction:"), how=entry.subject[:60], by=_by(entry), at=entry.happened_at
        )


def question_follows(entry: Entry) -> None:
    """A question has the owner of its duty; an offer that was refused or lapsed leaves it where it was."""
    duty = Duty.objects.filter(pk=entry.subject.removeprefix("duty:"), kind__in=ANSWERED.values()).first()
    if duty is not None:
        notices.passed_by_fact(
            code=duty.about.removeprefix("question:"), unit=duty.owner_id, by=_by(entry), at=entry.happened_at
        )


def _draft(
    entry: Entry, unit: str, places: Sequence[str], words: Mapping[str, str], *, starts_at: datetime, ends_at: datetime
) -> None:
    notices.draft_by_fact(
        because=entry.subject, unit=unit, places=places, words=words, starts_at=starts_at, ends_at=ends_at, by=_by(entry),
        at=entry.happened_at,
    )  # fmt: skip


def _by(entry: Entry) -> Actor:
    return system(unit=entry.unit, door=Door.PLAYBOOK)
