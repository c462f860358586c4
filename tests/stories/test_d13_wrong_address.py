"""D13: somebody comes by train; the community of stay never answers, then says that the address is wrong; nobody is dropped.

Mirror: the community takes over within the hour, both tests are taken, the rule ends it, and nobody above is bothered.
"""

from __future__ import annotations

import pytest

from bulou.arrivals import actions as arrivals
from bulou.arrivals.choices import ArrivalState, Measure, Risk, Transport
from bulou.arrivals.models import Arrival
from bulou.duties import handovers
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel.errors import Refused
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, EAST, STREET_1, SYSTEM, at

pytestmark = pytest.mark.django_db


def _arrival(city):
    return arrivals.register_arrival(
        name="来某", phone="13900000002", whence="外省某市", risk=Risk.LOW, transport=Transport.TRAIN, carrier="G2 7C", arrives_at=at(0),
        unit=EAST, stay_unit=COMMUNITY_A, place_code=COMMUNITY_A, stay="3 栋 502", by=city.actor(EAST), at=at(0, minutes=10),
    )  # fmt: skip


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, round((one.due_at - at()).total_seconds() / 60)) for one in found]


def test_a_silent_community_then_a_wrong_address(city):
    row = _arrival(city)
    sweep(at=at(0, minutes=11))
    assert (COMMUNITY_A, 10) in _told("arrival.followed"), "asked at once"
    sweep(at=at(2, minutes=11))
    row.refresh_from_db()
    assert (row.state, row.unit_id) == (ArrivalState.ARRIVED, EAST), "the offer lapsed: the desk owes it as before"
    decision = Duty.objects.get(kind="handover.decided")
    assert decision.owner_id == CITY, "above both: the city decides"
    handovers.decide_owner(
        duty_id=Duty.objects.get(kind="arrival.followed").pk,
        to_unit=COMMUNITY_A,
        reason="按住址",
        by=city.actor(CITY),
        at=at(2.5),
    )
    row.refresh_from_db()
    assert (row.state, row.unit_id) == (ArrivalState.FOLLOWED, COMMUNITY_A)
    arrivals.not_found(code=row.pk, tried="502 住户称无此人", by=city.actor(COMMUNITY_A), at=at(3))
    sweep(at=at(3))
    assert _told("arrival.searched") == [(STREET_1, 180)]
    arrivals.found_again(
        code=row.pk, unit=COMMUNITY_B, place_code=COMMUNITY_B, stay="1 栋 201", by=city.actor(STREET_1), at=at(4)
    )
    arrivals.accept_arrival(code=row.pk, by=city.actor(COMMUNITY_B), at=at(4.2))
    # Zeal: the new community wants a fortnight at home; the rule stands in the way, by name.
    with pytest.raises(Refused, match="N9-TRAVEL-LOW"):
        arrivals.set_terms(
            code=row.pk, measure=Measure.HOME, days=14, tests="1,3", reason="从严", by=city.actor(COMMUNITY_B), at=at(5)
        )
    owners = set(Duty.objects.filter(state="open").values_list("owner_id", flat=True))
    assert owners == {COMMUNITY_B}, "follow-up and tests lie with one unit at every instant"
    tags = list(Entry.objects.filter(subject=f"arrival:{row.pk}").order_by("id").values_list("tag", flat=True))
    assert tags == [
        "arrival:arrival:registered", "arrival:arrival:here", "arrival:arrival:offered", "arrival:arrival:followed",
        "arrival:arrival:not_found", "arrival:arrival:found", "arrival:arrival:offered", "arrival:arrival:followed",
    ]  # fmt: skip
    seal(at=at(6))
    assert verify(at=at(6)).broken is None


def test_mirror_taken_over_tested_ended_and_nobody_above_is_bothered(city):
    row = _arrival(city)
    arrivals.accept_arrival(code=row.pk, by=city.actor(COMMUNITY_A), at=at(0.7))
    for test in row.tests.order_by("day"):
        arrivals.take_test(code=test.pk, tube=f"T{test.day}", by=city.actor(COMMUNITY_A), at=test.due_at - (at(5) - at(0)))
    for hours in (1, 2.5, 15, 40, 60, 64):
        arrivals.end_due(by=SYSTEM, at=at(hours))
        sweep(at=at(hours))
    assert Arrival.objects.get().state == ArrivalState.ENDED
    assert not Duty.objects.filter(state="open").exists()
    assert {unit for kind in ("arrival.followed", "arrival.first_test", "arrival.tested") for unit, _ in _told(kind)} == {
        COMMUNITY_A
    }
