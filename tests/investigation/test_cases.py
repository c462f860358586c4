"""Cases: one open per person, diagnosed once, converted once, chased step by step; who may, and how long it took."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty
from bulou.investigation import actions as investigation
from bulou.investigation import queries, rules
from bulou.investigation.choices import CaseStatus, ChaseStep, FoundWhere
from bulou.investigation.models import Case
from bulou.kernel import clock
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry, PersonalPayload
from tests.city import CITY, COMMUNITY_A, COURIER, EAST, LAB_1, WEST, City, at

DAY = clock.day_of(at(0))


def opened(city: City, *, person: str = "P1", hours: float = 3, place: str = COMMUNITY_A) -> Case:
    return investigation.open_case(
        person_id=person,
        place_code=place,
        tube_id="T1",
        sampled_at=at(hours - 2),
        detected_at=at(hours),
        laboratory=LAB_1,
        by=city.actor(EAST),
        at=at(hours),
    )


def diagnosed(city: City, case: Case, status: CaseStatus, *, hours: float = 5) -> Case:
    return investigation.diagnose_case(code=case.pk, status=status, by=city.actor(CITY), at=at(hours))


def state_of(kind: str, case: Case) -> str:
    return Duty.objects.get(kind=kind, about=f"case:{case.pk}").state


def test_a_person_has_one_open_case_and_the_record_names_nobody_in_clear(city: City) -> None:
    case = opened(city)
    assert opened(city, hours=4).pk == case.pk
    entry = Entry.objects.get(tag="case:case:opened")
    assert '"P1"' not in entry.data
    assert PersonalPayload.objects.get(entry=entry).body == '{"person_id":"P1"}'


def test_a_case_opened_by_hand_owes_chase_diagnosis_and_report(city: City) -> None:
    case = opened(city)
    assert {state_of(kind, case) for kind in (rules.CHASED, rules.DIAGNOSED, rules.REPORTED)} == {"open"}


def test_the_experts_diagnose_once(city: City) -> None:
    case = opened(city)
    done = diagnosed(city, case, CaseStatus.CONFIRMED)
    assert (done.status, done.diagnosed_as, done.diagnosed_at) == ("confirmed", "confirmed", at(5))
    assert state_of(rules.DIAGNOSED, case) == "fulfilled"
    with pytest.raises(Refused, match="already diagnosed"):
        diagnosed(city, case, CaseStatus.ASYMPTOMATIC)
    with pytest.raises(InputFault):
        diagnosed(city, opened(city, person="P2"), CaseStatus.PRELIMINARY)


def test_an_excluded_case_ends_and_a_later_positive_opens_another(city: City) -> None:
    case = diagnosed(city, opened(city), CaseStatus.EXCLUDED)
    assert {state_of(kind, case) for kind in (rules.CHASED, rules.REPORTED)} == {"superseded"}
    assert opened(city, hours=8).pk != case.pk


def test_a_conversion_is_counted_once_and_the_days_first_figure_stays(city: City) -> None:
    case = diagnosed(city, opened(city), CaseStatus.ASYMPTOMATIC)
    expert = city.actor(CITY)
    for hours, status in ((30, CaseStatus.CONFIRMED), (31, CaseStatus.ASYMPTOMATIC), (32, CaseStatus.CONFIRMED)):
        investigation.reclassify_case(code=case.pk, status=status, reason="CT", by=expert, at=at(hours))
    case.refresh_from_db()
    assert (case.status, case.converted_at, case.diagnosed_as) == ("confirmed", at(30), "asymptomatic")
    first, second = queries.figures(expert, DAY), queries.figures(expert, DAY + timedelta(days=1))
    assert (first.asymptomatic, first.confirmed, first.converted) == (1, 0, 0)
    assert (second.asymptomatic, second.confirmed, second.converted) == (0, 0, 1)


def test_a_correction_back_and_forth_of_a_confirmed_case_is_no_conversion(city: City) -> None:
    case = diagnosed(city, opened(city), CaseStatus.CONFIRMED)
    for status in (CaseStatus.ASYMPTOMATIC, CaseStatus.CONFIRMED):
        investigation.reclassify_case(code=case.pk, status=status, reason="typing error", by=city.actor(CITY), at=at(6))
    assert Case.objects.get().converted_at is None


def test_a_change_of_diagnosis_needs_a_diagnosis_and_a_reason(city: City) -> None:
    case = opened(city)
    step = {"code": case.pk, "by": city.actor(CITY), "at": at(5)}
    with pytest.raises(Refused, match="does not become"):
        investigation.reclassify_case(status=CaseStatus.CONFIRMED, reason="x", **step)
    diagnosed(city, case, CaseStatus.ASYMPTOMATIC)
    with pytest.raises(InputFault, match="reason"):
        investigation.reclassify_case(status=CaseStatus.CONFIRMED, reason=" ", **step)
    with pytest.raises(Refused, match="does not become"):
        investigation.reclassify_case(status=CaseStatus.PRELIMINARY, reason="x", **step)


def test_a_case_is_reported_once_at_its_first_instant(city: City) -> None:
    case = opened(city)
    for hours in (4, 5):
        investigation.report_case(code=case.pk, by=city.actor(CITY), at=at(hours))
    assert Case.objects.get().reported_at == at(4)
    assert state_of(rules.REPORTED, case) == "fulfilled"


def test_the_last_step_of_the_chase_closes_it_and_a_step_said_again_keeps_its_instant(city: City) -> None:
    case = opened(city)
    for hours, step in enumerate(ChaseStep, start=4):
        assert state_of(rules.CHASED, case) == "open"
        investigation.chase_step_done(code=case.pk, step=step, by=city.actor(EAST), at=at(hours))
    assert state_of(rules.CHASED, case) == "fulfilled"
    again = investigation.chase_step_done(code=case.pk, step=ChaseStep.FOUND, by=city.actor(EAST), at=at(9))
    assert again.done_at == at(4)
    assert list(case.steps.values_list("done_at", flat=True)) == [at(4), at(5), at(6), at(7)]


def test_release_follows_a_diagnosis_and_has_a_reason(city: City) -> None:
    case = opened(city)
    step = {"code": case.pk, "by": city.actor(EAST), "at": at(6)}
    with pytest.raises(Refused, match="diagnosed"):
        investigation.release_case(reason="x", **step)
    diagnosed(city, case, CaseStatus.ASYMPTOMATIC)
    with pytest.raises(InputFault):
        investigation.release_case(reason="", **step)
    assert investigation.release_case(reason="two negatives", **step).released_at == at(6)
    assert opened(city, hours=9).pk != case.pk, "the next positive is a new case"


def test_a_foreign_case_answers_like_a_missing_one_and_a_courier_may_not_ask(city: City) -> None:
    case = opened(city)
    answers = []
    for code in (case.pk, "C-none"):
        with pytest.raises(NotFound) as caught:
            queries.case(city.actor(WEST), code)
        answers.append(str(caught.value))
        with pytest.raises(NotFound):
            investigation.report_case(code=code, by=city.actor(WEST), at=at(4))
    assert answers[0] == answers[1]
    assert queries.case(city.actor(EAST), case.pk) == case
    with pytest.raises(NotPermitted):
        queries.cases(city.actor(COURIER))
    with pytest.raises(NotPermitted):
        investigation.diagnose_case(code=case.pk, status=CaseStatus.CONFIRMED, by=city.actor(COURIER), at=at(5))


def test_times_run_from_sample_to_result_to_diagnosis_and_report(city: City, django_assert_num_queries) -> None:
    leader = city.actor(CITY)
    first, second = opened(city), opened(city, person="P2", hours=4)
    diagnosed(city, first, CaseStatus.CONFIRMED, hours=6)
    investigation.report_case(code=first.pk, by=leader, at=at(4))
    first.refresh_from_db()
    spent = queries.times(first)
    assert (spent.sample_to_result, spent.result_to_diagnosed) == (timedelta(hours=2), timedelta(hours=3))
    assert (spent.result_to_reported, spent.sample_to_reported) == (timedelta(hours=1), timedelta(hours=3))
    assert queries.times(second).result_to_diagnosed is None
    with django_assert_num_queries(1):
        pace = queries.pace(leader, DAY)
    assert (pace.cases, pace.waiting_for_diagnosis, pace.waiting_for_report) == (2, 1, 1)
    assert pace.sample_to_result == timedelta(hours=2)
    assert [case.pk for case in queries.undiagnosed(leader, before=at(9))] == [second.pk]


def test_where_a_case_was_found_is_said_with_the_diagnosis(city: City) -> None:
    case = opened(city)
    investigation.diagnose_case(
        code=case.pk, status=CaseStatus.CONFIRMED, found_where=FoundWhere.COMMUNITY, by=city.actor(CITY), at=at(5)
    )
    assert Case.objects.get().found_where == "community"


def test_figures_are_of_the_readers_own_places(city: City, django_assert_num_queries) -> None:
    opened(city)
    with django_assert_num_queries(1):
        mine = queries.figures(city.actor(EAST), DAY)
    assert (mine.preliminary, mine.backlog) == (1, 1)
    assert queries.figures(city.actor(WEST), DAY).preliminary == 0
