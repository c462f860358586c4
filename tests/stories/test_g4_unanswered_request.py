"""G4: a resident's request passes its due time; it climbs, is drawn for a call, is opened again; ten like it alarm.

Mirror: it is done in time, the resident confirms, and nobody above hears of it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel.actor import Door
from bulou.kernel.errors import Refused
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.requests import actions, callbacks, filing, joining
from bulou.requests.choices import Category, DrawHow, Heard, How, Said
from bulou.requests.filing import Told
from bulou.requests.models import Cause, ResidentRequest
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, EAST, STREET_1, at

pytestmark = pytest.mark.django_db
MORNING = at()  # 08:00 in the city


def after(minutes):
    return MORNING + timedelta(minutes=minutes)


def _filed(minutes=0, building="0001", text="三天没有菜,孩子没有奶粉", place=COMMUNITY_A):
    said = Told(category=Category.FOOD, text=text, how=How.WEB, place_code=f"{place}-{building}", name="住户甲", phone="")
    return filing.file_publicly(said, door=Door.WEB, at=after(minutes))


def _told(about):
    found = Notice.objects.filter(duty__about=about, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - MORNING) / timedelta(minutes=1)) for one in found]


def test_a_request_passes_its_time_climbs_is_called_back_and_opened_again(city):
    draw = callbacks.plan_draw(
        unit=CITY, how=DrawHow.PLANNED, size=3, seed="9 月 20 日早间通报", until=at(24), by=city.actor(CITY), at=after(0)
    )
    row = _filed()
    for minute in (300, 360, 420):
        sweep(at=after(minute))
    assert _told(f"request:{row.pk}") == [(COMMUNITY_A, 300), (STREET_1, 360), (EAST, 420)]

    # Under pressure the community closes it without having gone there.
    done = actions.claim_done(code=row.pk, evidence="已电话联系", by=city.actor(COMMUNITY_A), at=after(430))
    assert done.closed_late
    for number in range(30):  # thirty others of the city are closed in time
        other = _filed(440 + number, text=f"其他 {number}", place=COMMUNITY_B)
        actions.claim_done(code=other.pk, evidence="签收单", by=city.actor(COMMUNITY_B), at=after(500))
    drawn = callbacks.draw(code=draw.pk, by=city.actor(CITY), at=at(24))
    assert drawn.frame == 31
    call = drawn.calls.get(request=row.pk)  # closed late, it is drawn surely, though three of 31 are
    callbacks.record_call(
        code=call.pk, heard=Heard.REACHED, done=Said.NO, satisfied=Said.NO, note="没有人来", by=city.actor(CITY), at=at(25)
    )
    row.refresh_from_db()
    assert (row.state, row.disputes) == ("disputed", 1)
    sweep(at=at(25))
    assert (STREET_1, 25 * 60) in _told(f"request:{row.pk}"), "the unit above hears of it at once"
    with pytest.raises(Refused):
        actions.claim_done(code=row.pk, evidence="已电话联系", by=city.actor(COMMUNITY_A), at=at(25.5))
    actions.claim_done(code=row.pk, evidence="蔬菜包 2 份、奶粉 1 罐,照片 7", by=city.actor(STREET_1), at=at(27))
    actions.confirm_by_ticket(ticket=row.plain_ticket, door=Door.WEB, at=at(28))
    actions.reopen_by_ticket(ticket=row.plain_ticket, why="奶粉又没有了", door=Door.WEB, at=at(50))
    assert set(Duty.objects.filter(about=f"request:{row.pk}", state="open").values_list("owner", flat=True)) == {
        COMMUNITY_A,
        STREET_1,
    }

    # What remains: who closed it with what, what the call showed, and when the seed was published.
    claims = Entry.objects.filter(tag="request:request:done_claimed", subject=f"request:{row.pk}").order_by("id")
    assert [(one.unit, ledger.content(one)["evidence"][:5]) for one in claims] == [
        (COMMUNITY_A, "已电话联系"),
        (COMMUNITY_A, "蔬菜包 2"),
    ]
    assert STREET_1 in claims[1].actor
    assert Entry.objects.filter(tag="request:call:made", subject=f"call:{call.pk}").exists()
    assert Entry.objects.get(tag="request:draw:planned").happened_at < Entry.objects.get(tag="request:draw:drawn").happened_at
    seal(at=at(51))
    assert verify(at=at(51)).broken is None


def test_ten_like_it_from_one_compound_alarm_before_the_gate_fills(city):
    rows = [_filed(number * 6, building=f"{number + 1:04}") for number in range(10)]
    cause = Cause.objects.get()
    assert cause.requests_joined == 10
    assert cause.rose_at == after(4 * 6), "with the fifth in 24 minutes, not with the tenth"
    assert set(ResidentRequest.objects.filter(cause=cause).values_list("pk", flat=True)) == {row.pk for row in rows}
    owed = Duty.objects.get(kind="request.rise_answered")
    assert (owed.owner_id, owed.due_at) == (STREET_1, after(54))
    for minute in (24, 25, 54):
        sweep(at=after(minute))
    assert _told(f"request_cause:{cause.pk}") == [(STREET_1, 24), (COMMUNITY_A, 25), (EAST, 54)]
    joining.answer_cause(code=cause.pk, answer="副主任在小区西门,12:30 保供车到", by=city.actor(STREET_1), at=after(60))
    assert Duty.objects.get(kind="request.rise_answered").state == "fulfilled"
    assert Duty.objects.filter(kind="request.food_answered", state="open").count() == 10, "an answer is not yet food"
    joining.settle_cause(code=cause.pk, evidence="蔬菜包 312 份,签收表", by=city.actor(COMMUNITY_A), at=after(300))
    assert not Duty.objects.filter(state="open").exists()
    assert not Notice.objects.filter(duty__kind="request.food_answered", state="sent").exists(), "no request by itself was late"


def test_mirror_it_is_done_in_time_confirmed_and_nobody_above_is_bothered(city):
    row = _filed()
    actions.start_request(code=row.pk, by=city.actor(COMMUNITY_A), at=after(20))
    actions.claim_done(code=row.pk, evidence="签收单 17", by=city.actor(COMMUNITY_A), at=after(150))
    actions.confirm_by_ticket(ticket=row.plain_ticket, door=Door.WEB, at=after(170))
    draw = callbacks.plan_draw(unit=EAST, how=DrawHow.ON_THE_SPOT, size=5, by=city.actor(EAST), at=after(200))
    call = draw.calls.get()
    callbacks.record_call(
        code=call.pk, heard=Heard.REACHED, done=Said.YES, satisfied=Said.YES, by=city.actor(EAST), at=after(210)
    )
    _filed(220, building="0002", text="一户要盐")
    for minute in (230, 300, 420):
        sweep(at=after(minute))
    assert _told(f"request:{row.pk}") == []
    assert not Cause.objects.exists()
    assert not Notice.objects.filter(duty__kind="request.calls_made", state="sent").exists()
    assert set(Duty.objects.filter(state="open").values_list("kind", flat=True)) == {"request.food_answered"}
