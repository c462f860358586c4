"""D16: a community's robot refuses, and says so in the body of a good answer; its notices wait, its owner hears of it, none is lost.

Mirror: one hiccup, and nobody is bothered.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.channels import actions as channels
from bulou.channels import rules
from bulou.channels.choices import WORKS, ChannelKind, ChannelState, DeliveryState
from bulou.channels.models import Channel, Delivery
from bulou.duties import queries
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.hazards import actions as hazards
from bulou.hazards.choices import HazardKind, How
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from tests import robots
from tests.city import CITY, COMMUNITY_A, STREET_1, SYSTEM, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(monkeypatch):
    with robots.standing(monkeypatch) as server:
        yield server


def after(minutes):
    return at(10) + timedelta(minutes=minutes)


def _registered(city):
    """The community's group and its street's, each with a robot of its own."""
    made = {}
    for unit, key in ((COMMUNITY_A, "a" * 36), (STREET_1, "s" * 36)):
        address = f"{rules.PREFIXES[ChannelKind.WECOM][0]}{key}"
        made[unit] = channels.register_channel(
            unit=unit, kind=ChannelKind.WECOM, title="值班群", address=address, by=city.actor(unit), at=at(9)
        ).pk
    return made


def _crowd(city, *, minute):
    """A crowd is reported: its community is told at once, whoever stands in above it at minute five."""
    hazards.report_hazard(
        kind=HazardKind.CROWD, unit=COMMUNITY_A, place_code=COMMUNITY_A, place="采样点外广场", what="排队的人挤在一起", how=How.PHONE,
        people=180, by=city.actor(CITY), at=after(minute),
    )  # fmt: skip


def _runs(first, last):
    """The worker, a pass each minute."""
    for minute in range(first, last + 1):
        now = after(minute)
        hazards.watch_crowds(by=SYSTEM, at=now)
        sweep(at=now)
        channels.deliver(at=now)


def _told_of_channel():
    found = Notice.objects.filter(duty__kind=WORKS, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.told_at - after(0)) / timedelta(minutes=1)) for one in found]


def _numbers(server, key):
    return [body["text"]["content"].rsplit("#", 1)[1] for path, body in server.took if path.endswith(key)]


def test_the_robot_refuses_and_no_notice_is_lost(city, service):
    made = _registered(city)
    own, street = made[COMMUNITY_A], made[STREET_1]
    _runs(0, 1)
    service.behaves = "refuses"
    _crowd(city, minute=2)
    _runs(2, 20)
    # HTTP said 200; the register says that nothing was taken.
    assert service.took == []
    row = Channel.objects.get(pk=own)
    assert (row.state, row.failing_since, row.sent_at) == (ChannelState.FAILS, after(2), None)
    assert {one.problem for one in Delivery.objects.filter(channel=own, attempts__gt=0)} == {"refused with code 93000"}
    assert not Delivery.objects.exclude(state=DeliveryState.OWED).exists()
    # Each owner is told in the inbox ten minutes after its channel's first failure; the street's robot failed at minute seven.
    assert _told_of_channel() == [(COMMUNITY_A, 12), (STREET_1, 17)]
    # The inbox is the place of record: what the robot did not take stands there, unread, in full.
    inbox = queries.inbox(city.actor(COMMUNITY_A)).filter(state="sent", read_at=None)
    owed = Delivery.objects.filter(channel=own).values_list("notice", flat=True)
    assert set(inbox.values_list("id", flat=True)) == set(owed)
    assert {"hazard.crowd_answered", WORKS} <= set(inbox.values_list("duty__kind", flat=True))
    _runs(20, 73)
    assert (STREET_1, 72) in _told_of_channel(), "an hour after its owner, the street hears of the community's channel"
    # It is mended: all that was owed arrives, each once, and the duty ends by what arrived.
    service.behaves = "well"
    _runs(74, 95)
    assert not Delivery.objects.exclude(state=DeliveryState.SENT).exists()
    for channel, unit, key in ((own, COMMUNITY_A, "a" * 36), (street, STREET_1, "s" * 36)):
        notices = Notice.objects.filter(unit=unit, state="sent").values_list("id", flat=True)
        assert sorted(_numbers(service, key)) == sorted(f"{channel}-{one}" for one in notices)
    assert Channel.objects.get(pk=own).state == ChannelState.WORKS
    assert {one.state for one in Duty.objects.filter(kind=WORKS)} == {"fulfilled"}
    # What remains: the entries of the channel, the try's own words in the one of its failure, under a seal that holds.
    entries = list(Entry.objects.filter(subject=f"channel:{own}").order_by("id").values_list("tag", "data"))
    assert [tag for tag, _ in entries] == ["channel:channel:registered", "channel:channel:failing", "channel:channel:recovered"]
    assert "refused with code 93000" in str(entries[1][1])
    seal(at=after(120))
    assert verify(at=after(120)).broken is None


def test_mirror_one_hiccup_and_nobody_is_bothered(city, service):
    own = _registered(city)[COMMUNITY_A]
    service.behaves = "refuses"
    _crowd(city, minute=2)
    _runs(2, 2)
    assert len(service.got) == 1
    service.behaves = "well"
    _runs(3, 40)
    assert _told_of_channel() == []
    assert {one.state for one in Duty.objects.filter(kind=WORKS)} == {"fulfilled"}
    notices = Notice.objects.filter(unit=COMMUNITY_A, state="sent").values_list("id", flat=True)
    assert sorted(_numbers(service, "a" * 36)) == sorted(f"{own}-{one}" for one in notices)
    assert set(queries.inbox(city.actor(COMMUNITY_A)).filter(state="sent").values_list("id", flat=True)) == set(notices)
    assert len(service.got) == len(service.took) + 1, "one try more than messages"


def test_mirror_all_is_well_and_each_message_is_sent_once_at_once(city, service):
    own = _registered(city)[COMMUNITY_A]
    _crowd(city, minute=2)
    _runs(2, 40)
    assert service.got == service.took
    assert not Duty.objects.filter(kind=WORKS).exists()
    assert not Delivery.objects.filter(channel=own).exclude(state=DeliveryState.SENT, attempts=1).exists()
    late = [one for one in Delivery.objects.all() if one.ended_at - one.owed_at > timedelta(seconds=30)]
    assert not late
