"""What a superior was asked about a duty ends with the question; both sides of a hand-over answer; the former owner is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties import actions, handovers, sweep
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty, Notice
from bulou.duties.opening import Owed, open_duty
from bulou.kernel.errors import Refused
from bulou.units import actions as units
from tests import city as cities

pytestmark = pytest.mark.django_db
A, B, STREET, DISTRICT = cities.COMMUNITY_A, cities.COMMUNITY_B, cities.STREET_1, cities.EAST


def _duty(owner=A, number=1):
    owed = Owed(kind="task.done", about=f"task:{number}", label="x", owners={"explicit": owner}, facts={"due_at": cities.at(9)})
    return open_duty(owed, by=cities.SYSTEM, at=cities.at())


def _asked(city, duty):
    """Refused twice and declared impossible: two questions wait at the street."""
    for _ in range(2):
        handovers.offer_handover(duty_id=duty.pk, to_unit=B, by=city.actor(A), at=cities.at(1))
        handovers.refuse_handover(duty_id=duty.pk, reason="not ours", by=city.actor(B), at=cities.at(1))
    actions.answer_no_capacity(duty_id=duty.pk, reason="two of five came", by=city.actor(A), at=cities.at(1))
    found = Duty.objects.filter(about=f"duty:{duty.pk}", state=DutyState.OPEN)
    assert {one.kind for one in found} == {"handover.decided", "capacity.answered"}
    return found


def _accepted(city, duty):
    handovers.offer_handover(duty_id=duty.pk, to_unit=B, by=city.actor(A), at=cities.at(2))
    handovers.accept_handover(duty_id=duty.pk, by=city.actor(B), at=cities.at(2))


ENDS = {
    "accepted": _accepted,
    "taken over": lambda city, duty: actions.take_over(duty_id=duty.pk, by=city.actor(STREET), at=cities.at(2)),
    "decided": lambda city, duty: handovers.decide_owner(
        duty_id=duty.pk, to_unit=B, reason="its building", by=city.actor(STREET), at=cities.at(2)
    ),
    "fulfilled": lambda city, duty: actions.fulfil(duty_id=duty.pk, kind="note", ref="done", by=city.actor(A), at=cities.at(2)),
    "waived": lambda city, duty: actions.waive(duty_id=duty.pk, reason="not needed", by=city.actor(STREET), at=cities.at(2)),
    "vacant": lambda city, _duty: units.vacate_post(post=city.posts[A], reason="left", by=city.actor(STREET), at=cities.at(2)),
}


@pytest.mark.parametrize("how", list(ENDS))
def test_a_question_about_a_duty_ends_with_the_question(city, how):
    duty = _duty()
    found = _asked(city, duty)
    ENDS[how](city, duty)
    assert list(found.all()) == []
    closed = Duty.objects.filter(about=f"duty:{duty.pk}")
    assert {one.state for one in closed} == {DutyState.FULFILLED}
    assert all(one.proof for one in closed)


def test_a_question_about_another_duty_stays_open(city):
    duty, other = _duty(), _duty(number=2)
    _asked(city, other)
    actions.fulfil(duty_id=duty.pk, kind="note", ref="done", by=city.actor(A), at=cities.at(2))
    assert Duty.objects.filter(about=f"duty:{other.pk}", state=DutyState.OPEN).count() == 2


@pytest.mark.parametrize("how", ["accepted", "taken over", "decided", "vacant"])
def test_a_new_owner_starts_with_no_refusals(city, how):
    duty = _duty()
    _asked(city, duty)
    ENDS[how](city, duty)
    duty.refresh_from_db()
    assert duty.refusals == 0
    assert duty.owner_id != A


@pytest.mark.parametrize(("how", "step"), [("taken over", "taken_over"), ("decided", "passed_on")])
def test_the_former_owner_is_told(city, how, step):
    duty = _duty()
    ENDS[how](city, duty)
    (told,) = Notice.objects.filter(duty=duty, unit=A)
    assert told.step.startswith(f"{step}:")


def test_two_decisions_in_one_second_are_two_notices(city):
    duty = _duty()
    for unit in (B, A, B):
        handovers.decide_owner(duty_id=duty.pk, to_unit=unit, reason="x", by=city.actor(STREET), at=cities.at(2))
    assert Notice.objects.filter(duty=duty, unit=B, step__startswith="decided:").count() == 2


@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_a_sender_above_the_receiver_does_not_answer_its_own_offer(city, answer):
    duty = _duty(owner=DISTRICT)
    handovers.offer_handover(duty_id=duty.pk, to_unit=STREET, by=city.actor(DISTRICT), at=cities.at(1))
    step = {
        "accept": lambda by: handovers.accept_handover(duty_id=duty.pk, by=by, at=cities.at(2)),
        "refuse": lambda by: handovers.refuse_handover(duty_id=duty.pk, reason="x", by=by, at=cities.at(2)),
    }[answer]
    for unit in (DISTRICT, cities.CITY):
        with pytest.raises(Refused) as refused:
            step(city.actor(unit))
        assert refused.value.code == "not-receiver"
    assert handovers.accept_handover(duty_id=duty.pk, by=city.actor(STREET), at=cities.at(2)).owner_id == STREET


def test_a_receiver_above_the_sender_answers_for_itself(city):
    duty = _duty()
    handovers.offer_handover(duty_id=duty.pk, to_unit=DISTRICT, by=city.actor(A), at=cities.at(1))
    assert handovers.accept_handover(duty_id=duty.pk, by=city.actor(DISTRICT), at=cities.at(2)).owner_id == DISTRICT


def test_a_row_whose_repair_cannot_be_owed_stops_no_other_and_is_not_forgotten(city, monkeypatch):
    """The first duty breaks the sweep, and even the duty to repair it cannot be opened: the second is told all the same."""
    broken, sound = _duty(), _duty(owner=B, number=2)
    at = cities.at(9) + timedelta(minutes=1)
    act, owe = sweep._act, sweep.open_duty

    def breaks(duty_id, act_at, **named):
        if duty_id == broken.pk:
            raise ValueError("the row is broken")
        return act(duty_id, act_at, **named)

    def cannot(owed, **named):
        if owed.about == f"sweep:{broken.pk}":
            raise RuntimeError("nobody to owe it")
        return owe(owed, **named)

    monkeypatch.setattr(sweep, "_act", breaks)
    monkeypatch.setattr(sweep, "open_duty", cannot)
    with pytest.raises(RuntimeError, match="nobody to owe it") as raised:
        sweep.sweep(at=at)
    assert any("the row is broken" in note for note in raised.value.__notes__)
    assert Notice.objects.filter(duty=sound).exists()
    broken.refresh_from_db()
    assert broken.act_at == at + sweep.PUSH_BACK, "it rests, and is looked at again"
