"""Evidence for tests: entries as a laboratory's positive leaves them, and proposals that rest on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import patch

from bulou.kernel.actor import Actor
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.restrictions import actions
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from tests.city import COMMUNITY_A, EAST, LAB_1, STREET_1, City, at

LAW = "infectious-diseases-law-39"
HOME = f"{COMMUNITY_A}-0001-001"


def positive(
    city: City, person: str, *, place: str = HOME, when: datetime | None = None, tag: Tag = Tag.RESULT_POSITIVE
) -> Entry:
    """A positive of this person's own sample, in the ledger; what follows from it in other rooms is left out."""
    with patch.object(ledger, "_follow"):
        return ledger.record(
            tag=tag, subject=f"tube:T-{person}", unit=place, by=city.actor(LAB_1), at=when or at(),
            data={"reported_at": when or at()}, personal={"person_id": person},
        )  # fmt: skip


def proposed(
    city: City,
    person: str = "P1",
    *,
    kind: Kind = Kind.ISOLATION,
    days: float = 7,
    by: Actor | None = None,
    when: datetime | None = None,
) -> Restriction:
    """A proposal of the street for a person with a positive."""
    now = when or at()
    entry = positive(city, person, when=now)
    return actions.propose(
        kind=kind, person_id=person, place_code=HOME, evidence_id=entry.pk, legal_basis=LAW, reason="positive, rule N9",
        starts_at=now, ends_at=now + timedelta(days=days), by=by or city.actor(STREET_1), at=now,
    )  # fmt: skip


def in_force(city: City, person: str = "P1", *, kind: Kind = Kind.ISOLATION, days: float = 7) -> Restriction:
    """The same, approved by the district."""
    return actions.approve(code=proposed(city, person, kind=kind, days=days).pk, by=city.actor(EAST), at=at())
