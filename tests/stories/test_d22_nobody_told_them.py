"""D22: a district locks a compound, and two buildings are never told; a rumour goes round, and nobody answers it.

Mirror: the notice is written in minutes and stands at every door, the rumour is refuted in time, nobody above is bothered.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel.actor import Door, system
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.notices import actions as notices
from bulou.notices.book import NOTICES
from bulou.notices.choices import AskedKind, DeliveryState, How, Verdict, Way
from bulou.notices.models import AskedQuestion, NoticeDelivery, PlainNotice
from bulou.orders import actions as orders
from bulou.orders.choices import Reach, Subject, Verb
from bulou.places.models import Building
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, EAST, STREET_1, at

pytestmark = pytest.mark.django_db
DOORS = tuple(f"{COMMUNITY_A}-{number:04}" for number in range(1, 6))


def after(minutes):
    return at(1) + timedelta(minutes=minutes)


@pytest.fixture
def locked(city):
    """Five towers; at minute 0 the district orders everybody in them to stay at home."""
    for door in DOORS[1:]:
        Building.objects.create(code=door, community_id=COMMUNITY_A, name=f"{int(door[-4:])} 栋", floors=20)
    for door in DOORS:
        town.settle(f"{door}-001", 6)
    orders.issue_order(
        number="东指 12 号", title="甲小区静态管理", text="自九时起足不出户,每日上门采样,保供到户。", basis="区指挥部令", place_code=COMMUNITY_A,
        verb=Verb.KEEP_IN, subject=Subject.RESIDENTS, starts_at=after(0), due_at=after(120), ends_at=after(24 * 60),
        reach=Reach.NAMED, named=COMMUNITY_A, by=city.actor(EAST), at=after(0),
    )  # fmt: skip
    return city


def _publish(city, minute):
    return notices.publish_notice(
        code=PlainNotice.objects.get().pk, title_en="Compound A: please stay at home",
        text_en="From nine o'clock stay at home. Samplers and food come to your door.", call="甲社区 0851-1",
        object_to="社区窗口,或请楼栋长代办", by=city.actor(EAST), at=after(minute),
    )  # fmt: skip


def _tell(city, row, door, minute, **given):
    said = {"way": Way.POSTER, "evidence": f"门口照片 {door[-2:]}", **given}
    notices.tell_building(code=f"{row.pk}:{door}", by=city.actor(COMMUNITY_A), at=after(minute), **said)


def _watch(*minutes):
    for minute in minutes:
        sweep(at=after(minute))


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - after(0)) / timedelta(minutes=1)) for one in found]


def test_two_buildings_are_never_told(locked):
    city, row = locked, _publish(locked, 20)
    for door in DOORS[:3]:
        _tell(city, row, door, 50)
    _tell(city, row, DOORS[3], 55, way=Way.GROUP, reached=2, evidence="群截图")
    _watch(20, 60, 200, 260, 380)
    assert _told("notice.delivered") == [(COMMUNITY_A, 200), (STREET_1, 260), (EAST, 380)]
    left = NoticeDelivery.objects.filter(state=DeliveryState.OWED).order_by("code")
    assert list(left.values_list("place", "households", "reached")) == [("甲社区 4 栋", 2, 2), ("甲社区 5 栋", 2, 0)]
    shown = NOTICES.visible(city.actor(EAST)).get()
    assert (shown.buildings, shown.told, shown.homes, shown.reached) == (5, 3, 10, 2)
    duty = Duty.objects.get(kind="notice.delivered")
    assert (duty.owner_id, duty.state, duty.due_at) == (COMMUNITY_A, "open", after(260))
    for door in DOORS[3:]:
        _tell(city, row, door, 400, way=Way.CAPTAIN, reached=2, evidence="楼长签名单")
    duty.refresh_from_db()
    assert (duty.state, duty.closed_at) == ("fulfilled", after(400)), "140 minutes late, and that stays written"
    told = list(Entry.objects.filter(tag="notice:building:told").order_by("id").values_list("happened_at", flat=True))
    assert told == [after(minute) for minute in (50, 50, 50, 55, 400, 400)]
    seal(at=after(500))
    assert verify(at=after(500)).broken is None


def test_nobody_writes_the_notice_and_the_city_hears_of_it(locked):
    _watch(0, 30, 60, 600)
    assert _told("notice.written") == [(EAST, 30), (CITY, 60)]
    assert not NoticeDelivery.objects.exists()
    assert Duty.objects.get(kind="notice.written").state == "open"


def _ask(text, community, minute):
    """On the public page, without an account."""
    return notices.ask_openly(
        kind=AskedKind.RUMOUR, text=text, how=How.WEB, place_code=community, by=system(unit=community, door=Door.WEB), at=after(minute)
    )  # fmt: skip


def test_a_rumour_stays_unanswered_and_the_city_hears_of_it(city):
    row = _ask("超市明天全关,要断粮了!", COMMUNITY_A, 0)
    for minute in (5, 9, 30):
        _ask("超市明天全关,要断粮了", COMMUNITY_B, minute)
    _watch(0, 60, 120, 200)
    assert _told("rumour.answered") == [(EAST, 60), (CITY, 120)]
    row.refresh_from_db()
    assert (row.times, row.state, row.last_at) == (4, "open", after(30))
    assert AskedQuestion.objects.count() == 1
    tags = list(Entry.objects.filter(subject=f"question:{row.pk}").order_by("id").values_list("tag", flat=True))
    assert tags == ["question:question:asked", *["question:question:asked_again"] * 3]


def test_mirror_everybody_is_told_in_time_and_the_rumour_is_refuted(locked):
    city, row = locked, _publish(locked, 10)
    _tell(city, row, DOORS[0], 40, all_ours=True)
    rumour = _ask("整个东区今晚封闭", COMMUNITY_B, 15)
    notices.answer_question(
        code=rumour.pk, verdict=Verdict.REFUTED, answer_zh="不实:仅甲小区五栋楼。", answer_en="Not true: five towers of compound A only.",
        evidence="东指 12 号", by=city.actor(EAST), at=after(45),
    )  # fmt: skip
    _watch(10, 45, 60, 120, 260, 600)
    for kind in ("notice.written", "notice.delivered", "rumour.answered"):
        assert _told(kind) == []
        assert not Duty.objects.filter(kind=kind, state="open").exists()
    assert Entry.objects.filter(tag="notice:community:covered").get().happened_at == after(40)
