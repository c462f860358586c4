"""Calling back: the seed before the period, who calls, what a call does, what a draw shows."""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.requests import actions, callbacks, filing, sampling
from bulou.requests.choices import Category, DrawHow, Heard, How, Said
from bulou.requests.models import Call, Draw, ResidentRequest
from tests import city as cities

pytestmark = pytest.mark.django_db
A, C, EAST = cities.COMMUNITY_A, cities.COMMUNITY_C, cities.EAST


def closed(city, place, *, number=1, hours=1.0, category=Category.FOOD):
    for _ in range(number):
        row = filing.file_request(
            category=category, text="x", how=How.PHONE, place_code=place, by=city.actor(EAST), at=cities.at()
        )  # fmt: skip
        actions.claim_done(code=row.pk, evidence="x", by=city.actor(place), at=cities.at(hours))
    return row


def plan(city, **more):
    said = {
        "unit": EAST, "how": DrawHow.PLANNED, "size": 6, "seed": "2022-09-21 通报", "since": cities.at(), "until": cities.at(12),
        "by": city.actor(EAST), "at": cities.at(minutes=5),
    }  # fmt: skip
    return callbacks.plan_draw(**{**said, **more})


def test_the_seed_stands_in_the_ledger_before_the_period_ends_and_the_draw_is_repeated_from_it(city):
    draw = plan(city)
    for place, number in ((A, 8), (C, 5)):
        closed(city, place, number=number)
    closed(city, A, hours=13)
    with pytest.raises(Refused, match="period ends"):
        callbacks.draw(code=draw.pk, by=city.actor(EAST), at=cities.at(11))
    draw = callbacks.draw(code=draw.pk, by=city.actor(EAST), at=cities.at(12, minutes=1))
    published, drawn = (
        Entry.objects.get(tag="request:draw:planned"),
        ledger.content(Entry.objects.get(tag="request:draw:drawn")),
    )
    assert ledger.content(published)["seed"] == "2022-09-21 通报"
    assert published.happened_at < draw.until
    again = sampling.draw(callbacks.frame(draw), seed="2022-09-21 通报", size=6)
    assert (
        [one.ticket for one in again]
        == drawn["drawn"]
        == list(draw.calls.order_by("place_in_order").values_list("request", flat=True))
    )
    assert (draw.frame, draw.drawn, drawn["digest"]) == (13, 6, sampling.frame_digest(callbacks.frame(draw)))
    assert Duty.objects.get(kind="request.calls_made").owner_id == EAST
    with pytest.raises(Refused):
        callbacks.draw(code=draw.pk, by=city.actor(EAST), at=cities.at(13))


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"seed": " "}, "seed"), ({"size": 0}, "size"), ({"size": 501}, "size"), ({"until": cities.at(-1), "since": cities.at(-2)}, "until"),
        ({"since": cities.at(13)}, "since"),
    ],
)  # fmt: skip
def test_a_plan_says_what_is_wrong(city, more, column):
    with pytest.raises(InputFault) as found:
        plan(city, **more)
    assert found.value.column == column


def test_a_leader_draws_five_on_the_spot_and_nobody_chooses_the_seed(city):
    closed(city, A, number=9)
    newest = Entry.objects.order_by("-id")[0].digest
    draw = plan(city, how=DrawHow.ON_THE_SPOT, size=5, seed="mine", at=cities.at(2), since=None, until=None)
    assert (draw.seed, draw.drawn, draw.state, draw.until) == (newest, 5, "calling", cities.at(2))
    assert Entry.objects.filter(tag="request:draw:drawn", subject=f"draw:{draw.pk}").exists(), "recorded likewise"
    empty = plan(city, how=DrawHow.ON_THE_SPOT, size=5, at=cities.at(48), since=None, until=None)
    assert (empty.drawn, empty.state) == (0, "finished")


def _calls(city, number=5):
    closed(city, A, number=number)
    draw = plan(city, how=DrawHow.ON_THE_SPOT, size=number, at=cities.at(2), since=None, until=None)
    return draw, list(draw.calls.order_by("place_in_order"))


def test_what_was_not_done_is_disputed_by_the_call_and_the_interval_stands_with_the_draw(city):
    draw, calls = _calls(city)
    desk = city.actor(EAST)
    for call in calls[:3]:
        callbacks.record_call(code=call.pk, heard=Heard.REACHED, done=Said.YES, satisfied=Said.YES, by=desk, at=cities.at(3))
    callbacks.record_call(code=calls[3].pk, heard=Heard.NOT_REACHED, by=desk, at=cities.at(3))
    assert Duty.objects.get(kind="request.calls_made").state == "open"
    callbacks.record_call(
        code=calls[4].pk, heard=Heard.REACHED, done=Said.NO, satisfied=Said.NO, note="没有人来", by=desk, at=cities.at(3)
    )
    row = ResidentRequest.objects.get(pk=calls[4].request_id)
    assert (row.state, row.disputes) == ("disputed", 1)
    assert Duty.objects.get(kind="request.dispute_looked").owner_id == cities.STREET_1
    draw.refresh_from_db()
    assert (draw.called, draw.reached, draw.not_done, draw.state) == (5, 4, 1, "finished")
    expected = sampling.estimate([(1.0, True)] * 3 + [(1.0, False)])
    assert (draw.satisfied, draw.satisfied_low, draw.satisfied_high) == pytest.approx(
        (expected.share, expected.low, expected.high)
    )
    assert Duty.objects.get(kind="request.calls_made").state == "fulfilled"
    with pytest.raises(Refused, match="recorded"):
        callbacks.record_call(code=calls[3].pk, heard=Heard.DECLINED, by=desk, at=cities.at(4))


def test_the_unit_that_worked_on_it_does_not_call_and_a_foreign_call_is_missing(city):
    closed(city, A, number=1)
    own = callbacks.plan_draw(unit=A, how=DrawHow.ON_THE_SPOT, size=5, by=city.actor(EAST), at=cities.at(2))
    call = own.calls.get()
    officer = city.actor(A, role=city.actor(cities.STREET_1).role)
    with pytest.raises(Refused, match="does not ask"):
        callbacks.record_call(code=call.pk, heard=Heard.NOT_REACHED, by=officer, at=cities.at(3))
    with pytest.raises(NotFound):
        callbacks.record_call(code=call.pk, heard=Heard.NOT_REACHED, by=city.actor(cities.WEST), at=cities.at(3))
    with pytest.raises(InputFault) as found:
        callbacks.record_call(code=call.pk, heard=Heard.REACHED, done=Said.YES, by=city.actor(EAST), at=cities.at(3))
    assert found.value.column == "satisfied"


def test_a_request_opened_again_before_the_call_stays_as_it_stands(city):
    row = closed(city, A)
    draw = plan(city, how=DrawHow.ON_THE_SPOT, size=5, at=cities.at(2), since=None, until=None)
    actions.dispute(code=row.pk, why="没有", by=city.actor(EAST), at=cities.at(2, minutes=5))
    callbacks.record_call(
        code=draw.calls.get().pk, heard=Heard.REACHED, done=Said.NO, satisfied=Said.NO, by=city.actor(EAST), at=cities.at(3)
    )
    assert ResidentRequest.objects.get(pk=row.pk).disputes == 1
    assert Call.objects.get().done == "no"
    assert Draw.objects.get().not_done == 1
