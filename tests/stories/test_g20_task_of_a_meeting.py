"""G20: a task given at a meeting is due before the next one: its state stands on the next meeting's sheet.

Mirror: it is done in time, the sheet says so, and nobody was bothered.
"""

from __future__ import annotations

import pytest

from bulou.books import reading
from bulou.duties import actions as duties
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.exchange.shelf import BOOKS
from bulou.orders import actions as orders
from bulou.orders.choices import MeetingKind, Standing
from tests.city import EAST, STREET_1, STREET_2, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(city):
    """A meeting of the district at eight; the next at two; each street has a task due at noon."""
    first = orders.open_meeting(title="早调度会", kind=MeetingKind.MEETING, next_at=at(6), by=city.actor(EAST), at=at())
    made = {
        unit: orders.decide(meeting=first.pk, unit=unit, text="独居老人名册核对", due_at=at(4), by=city.actor(EAST), at=at(0.1))
        for unit in (STREET_1, STREET_2)
    }
    return first, made


def _next(city, first):
    return orders.open_meeting(
        title="午调度会", kind=MeetingKind.MEETING, previous=first.pk, by=city.actor(EAST), at=at(6)
    )  # fmt: skip


def test_what_was_not_done_stands_on_the_next_meetings_sheet(city, held):
    first, made = held
    duties.fulfil(duty_id=made[STREET_2].duty_id, kind="list", ref="名册 2 号", by=city.actor(STREET_2), at=at(3))
    for hours in (0.2, 3.5, 4.1, 5):
        sweep(at=at(hours))
    told = Notice.objects.filter(duty=made[STREET_1].duty_id, state="sent").order_by("due_at")
    assert {one.unit_id for one in told} >= {STREET_1, EAST}, "who owes it, and who gave it"
    second = _next(city, first)
    lines = {one.decision.unit_id: (one.standing, one.note) for one in second.sheet.select_related("decision")}
    assert lines[STREET_1][0] == Standing.OVERDUE
    assert lines[STREET_2][0] == Standing.DONE
    assert "名册 2 号" in lines[STREET_2][1], "with its evidence"
    duties.fulfil(duty_id=made[STREET_1].duty_id, kind="list", ref="名册 1 号", by=city.actor(STREET_1), at=at(7))
    assert second.sheet.get(decision=made[STREET_1]).standing == Standing.OVERDUE, "the sheet says what was known then"
    seen = reading.listed(BOOKS["sheet_lines"], city.actor(STREET_1), chosen={"standing": Standing.OVERDUE})
    assert [one.decision.unit_id for one in seen] == [STREET_1], "the street sees its own line, not its neighbour's"


def test_mirror_both_did_it_and_the_sheet_says_so(city, held):
    first, made = held
    for unit, row in made.items():
        duties.fulfil(duty_id=row.duty_id, kind="list", ref="名册", by=city.actor(unit), at=at(2))
    for hours in (0.2, 3.5, 5):
        sweep(at=at(hours))
    second = _next(city, first)
    assert [one.standing for one in second.sheet.all()] == [Standing.DONE, Standing.DONE]
    assert not Duty.objects.filter(state="open").exists()
    assert set(Notice.objects.filter(state="sent").values_list("step", flat=True)) == {"task:assigned"}
