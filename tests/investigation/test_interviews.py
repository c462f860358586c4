"""The interview: its form is the pack's data; answers are checked, kept apart, and move what follows from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.duties.models import Duty
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, interviews
from bulou.investigation.choices import ChaseStep, InterviewState, Setting
from bulou.investigation.models import Case, Contact
from bulou.investigation.rules import interview as rules
from bulou.kernel.errors import InputFault, NotPermitted
from bulou.ledger import erasing
from bulou.ledger.models import Entry, PersonalPayload
from bulou.policy import load_pack
from tests.city import COMMUNITY_A, COURIER, EAST, LAB_1, City, at

FORM = load_pack("guiyang-2022").questions
WHOLE = {
    "reached_by": "phone",
    "occupation": "cook",
    "employer": "a canteen",
    "symptoms": "yes",
    "onset_on": "2022-09-18",
    "symptoms_which": ["fever", "cough"],
    "household_size": "3",
    "depends": "no",
    "moves": "home and canteen",
    "outside": "no",
    "known_case": "no",
}


@pytest.fixture
def case(city: City) -> Case:
    return investigation.open_case(
        person_id="P1", place_code=COMMUNITY_A, tube_id="T1", sampled_at=at(1), detected_at=at(3), laboratory=LAB_1,
        by=city.actor(EAST), at=at(3),
    )  # fmt: skip


def test_a_question_that_depends_on_an_answer_is_asked_only_then() -> None:
    assert "onset_on" not in {one.id for one in rules.asked(FORM, {"symptoms": "no"})}
    assert "onset_on" in rules.progress(FORM, {"symptoms": "yes"}).missing
    assert rules.progress(FORM, rules.validated(FORM, WHOLE)).missing == ()


@pytest.mark.parametrize(
    ("question", "answer", "says"),
    [
        ("nonsense", "x", "no question"),
        ("symptoms", "perhaps", "neither yes nor no"),
        ("onset_on", "last week", "not a day"),
        ("interviewed_at", "noon", "not an instant"),
        ("household_size", "many", "not a number"),
        ("household_size", "0", "out of range"),
        ("household_size", "nan", "out of range"),
        ("symptoms_which", ["fever", "boredom"], "not one of the answers"),
        ("occupation", "x" * 2001, "longer than"),
    ],
)
def test_an_answer_that_is_none_names_its_question(question: str, answer: object, says: str) -> None:
    with pytest.raises(InputFault, match=says) as caught:
        rules.validated(FORM, {question: answer})
    assert caught.value.column == question


@given(st.dictionaries(st.sampled_from(sorted(FORM)), st.text(max_size=40)))
def test_what_is_taken_is_taken_again_unchanged(given_: dict[str, str]) -> None:
    try:
        taken = rules.validated(FORM, given_)
    except InputFault:
        return
    assert rules.validated(FORM, taken) == taken


@pytest.mark.django_db
def test_answers_stand_apart_from_the_record_and_the_later_one_stands(city: City, case: Case) -> None:
    say = {"case": case.pk, "by": city.actor(EAST)}
    held = interviews.record_interview(answers={"occupation": "cook", "symptoms": "no"}, at=at(4), **say)
    assert (held.state, held.answered) == ("open", 2)
    interviews.record_interview(answers={"occupation": "teacher", "employer": ""}, at=at(5), **say)
    assert interviews.answers_of(held) == {"occupation": "teacher", "symptoms": "no"}
    assert not Entry.objects.filter(data__contains="teacher").exists()
    later = PersonalPayload.objects.filter(entry__happened_at=at(5), entry__tag="case:interview:recorded")
    erasing.erase(later, rule="test", by=city.actor(EAST), at=at(5))
    assert interviews.answers_of(held) == {"symptoms": "no"}, "what is erased by rule is gone"
    with pytest.raises(InputFault, match="no answer"):
        interviews.record_interview(answers={"employer": " "}, at=at(6), **say)
    with pytest.raises(NotPermitted):
        interviews.record_interview(case=case.pk, answers={"symptoms": "no"}, by=city.actor(COURIER), at=at(6))


@pytest.mark.django_db
def test_a_whole_interview_shows_that_the_person_is_found_and_investigated(city: City, case: Case) -> None:
    held = interviews.record_interview(case=case.pk, answers=WHOLE, by=city.actor(EAST), at=at(4), language="zh")
    assert (held.state, held.missing, held.ended_at) == ("complete", 0, at(4))
    assert set(case.steps.values_list("step", flat=True)) == {ChaseStep.FOUND, ChaseStep.INVESTIGATED}
    more = interviews.record_interview(case=case.pk, answers={"doses": "3"}, by=city.actor(EAST), at=at(6))
    assert (more.ended_at, more.answered) == (at(4), len(WHOLE) + 1)


@pytest.mark.django_db
def test_the_first_day_of_symptoms_moves_the_window_and_the_grades(city: City, case: Case) -> None:
    met = contacts.list_contact(
        case=case.pk,
        person_id="P2",
        setting=Setting.HOUSEHOLD,
        from_at=at(-90),
        until_at=at(-80),
        by=city.actor(EAST),
        at=at(4),
    )
    assert met.grade == "general", "four days before the sample"
    interviews.record_interview(case=case.pk, answers=WHOLE, by=city.actor(EAST), at=at(5))
    met.refresh_from_db()
    case.refresh_from_db()
    assert (str(case.onset_on), met.grade) == ("2022-09-18", "close"), "two days before the 18th they still lived together"
    interviews.record_interview(case=case.pk, answers={"symptoms": "no"}, by=city.actor(EAST), at=at(6))
    assert Contact.objects.get().grade == "general"


@pytest.mark.django_db
def test_who_refuses_or_is_not_reached_is_recorded_each_time_and_the_chase_stays_open(city: City, case: Case) -> None:
    say = {"case": case.pk, "by": city.actor(EAST)}
    with pytest.raises(InputFault, match="why"):
        interviews.interview_failed(how=InterviewState.UNREACHABLE, reason=" ", at=at(4), **say)
    for hours in (4, 5):
        held = interviews.interview_failed(how=InterviewState.UNREACHABLE, reason="number switched off", at=at(hours), **say)
    assert (held.state, held.attempts) == ("unreachable", 2)
    assert Duty.objects.get(kind="case.chased").state == "open"
    assert not Entry.objects.filter(data__contains="switched off").exists()
    reached = interviews.record_interview(answers=WHOLE, at=at(6), **say)
    assert (reached.state, reached.reason, reached.attempts) == ("complete", "", 2)
