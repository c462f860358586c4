"""G5: a compound under static management has no confirmed supplies: it stands on the gap list with its owner and who was told.

Mirror: confirmed within the hour, the vulnerable served first, every household reached; nobody above is bothered.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel import clock
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind
from bulou.supplies import actions as supplies
from bulou.supplies import provisions
from bulou.supplies.choices import Proof, ProvisionState
from bulou.supplies.models import Need, Provision
from tests import pantry
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, EAST, STREET_1, SYSTEM, at
from tests.restrictions.facts import positive

pytestmark = pytest.mark.django_db
COMPOUND = f"{COMMUNITY_A}-0001"
SHUT = at(0)  # 08:00 in the city


@pytest.fixture
def compound(city):
    """Four households, the second one an old man alone; a measure keeps them indoors from 08:00 on."""
    homes = pantry.households(4)
    pantry.rice(city)
    entry = positive(city, "P-x", place=COMPOUND)
    row = restrictions.propose(
        kind=Kind.ZONE_MEASURE, person_id="", place_code=COMPOUND, evidence_id=entry.pk, reason="positive, rule N9",
        legal_basis="infectious-diseases-law-41", starts_at=SHUT, ends_at=at(72), by=city.actor(STREET_1), at=SHUT,
    )  # fmt: skip
    owners = {f"counter.{what}": COMMUNITY_A for what in ("testing", "food", "medicine", "waste", "emergency", "frail")}
    restrictions.approve(code=row.pk, owners=owners, by=city.actor(EAST), at=SHUT)
    return city, homes


def _told(kind):
    found = Notice.objects.filter(duty__kind=f"supplies.{kind}", state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - SHUT) / timedelta(minutes=1)) for one in found]


def _watch(*hours):
    for hour in hours:
        with clock.frozen(at(hour)):
            supplies.tend_provisions(by=SYSTEM, at=at(hour))
            sweep(at=at(hour))


def test_the_compound_stands_on_the_gap_list_with_its_owner_and_who_was_told_when(compound):
    city, _ = compound
    row = Provision.objects.get()
    owed = set(Duty.objects.filter(about=f"provision:{row.pk}", state="open").values_list("kind", "owner_id", "due_at"))
    assert owed == {
        ("supplies.confirmed", COMMUNITY_A, at(2)), ("supplies.vulnerable_reached", COMMUNITY_A, at(6)),
        ("supplies.households_reached", COMMUNITY_A, at(12)),
    }  # fmt: skip
    _watch(1.5, 2, 2.5, 4)
    assert _told("confirmed") == [(COMMUNITY_A, 90), (STREET_1, 120), (EAST, 150), (CITY, 240)]
    for reader in (EAST, STREET_1, COMMUNITY_A):
        (gap,) = provisions.gaps(city.actor(reader), at=at(4))
        assert (gap.provision.place_code, gap.provision.unit_id, gap.provision.missing) == (COMPOUND, COMMUNITY_A, 4)
        assert gap.provision.due_at == at(2)
        assert gap.told == ((COMMUNITY_A, at(1.5)), (STREET_1, at(2)), (EAST, at(2.5)), (CITY, at(4)))
    assert provisions.gaps(city.actor(COMMUNITY_B), at=at(4)) == []
    # The district brings food; the list is empty, and the households that got nothing are named until they got it.
    supplies.confirm_provision(code=row.pk, source="区保供专班配送", evidence="调拨单 12", by=city.actor(EAST), at=at(4.2))
    assert provisions.gaps(city.actor(EAST), at=at(4.3)) == []
    _watch(6, 12, 14)
    assert _told("vulnerable_reached") == [(COMMUNITY_A, 240), (STREET_1, 360), (EAST, 480)]
    assert [one.household_id for one in provisions.not_reached(city.actor(STREET_1), row.pk)] == ["H002", "H001", "H003", "H004"]  # fmt: skip
    tags = list(Entry.objects.filter(subject=f"provision:{row.pk}").order_by("id").values_list("tag", flat=True))
    assert tags == ["supplies:provision:opened", "supplies:provision:confirmed"]
    seal(at=at(15))
    assert verify(at=at(15)).broken is None


def test_mirror_confirmed_and_brought_to_every_door_in_time_nobody_above_is_told(compound):
    city, homes = compound
    row, worker = Provision.objects.get(), city.actor(COMMUNITY_A)
    supplies.confirm_provision(code=row.pk, source="粮油公司", evidence="PU-7", by=worker, at=at(0.8))
    pantry.stock(city, 20_000, unit=COMMUNITY_A, code="B1")
    needs = [pantry.need(city, home, when=at(1)) for home in homes]
    supplies.pick_for_waiting(code="B1", by=worker, at=at(2))
    for number, need in enumerate(sorted(needs, key=lambda one: not one.vulnerable)):
        supplies.deliver_need(need=need.pk, proof_kind=Proof.SIGNATURE, proof="签收", by=worker, at=at(3, minutes=10 * number))
    _watch(1.5, 3.6, 6, 12)
    assert not Notice.objects.filter(duty__kind__startswith="supplies.", state="sent").exists()
    assert not Duty.objects.filter(kind__startswith="supplies.", state="open").exists()
    assert Duty.objects.get(kind="counter.food").state == "fulfilled"
    row.refresh_from_db()
    assert (row.state, row.households, row.reached, row.vulnerable_reached) == (ProvisionState.CONFIRMED, 4, 4, 1)
    assert not Need.objects.exclude(state="delivered").exists()
    assert not [one for one in Need.objects.all() if one.delivery.ahead], "no neighbour came earlier"
