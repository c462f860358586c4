"""Results: a pool is never a person's result, a positive acts at once, people settle what differs or comes late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bulou.investigation import actions as investigation
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.specimens import actions as specimens
from bulou.specimens import matching
from bulou.specimens.actions import Reported, ResultScan
from bulou.specimens.choices import Outcome, ResultState
from bulou.specimens.models import LaboratoryResult, Tube
from tests.chain import Chain, owed
from tests.city import CITY, COMMUNITY_A, EAST, LAB_1, LAB_2, SITE_A, at


def tags(tube: str) -> list[str]:
    found = Entry.objects.filter(subject=f"tube:{tube}", tag__startswith="specimen:result").order_by("id")
    return [tag.rsplit(":", 1)[1] for tag in found.values_list("tag", flat=True)]


def released_case(chain: Chain, person: str, *, at_hours: float) -> Case:
    """A case of the person that was diagnosed and then released."""
    first = chain.tube([person], when=at(0.5))
    chain.report(first, Outcome.POSITIVE, when=at(1))
    case = Case.objects.get(person_id=person)
    expert = chain.city.actor(CITY)
    investigation.diagnose_case(code=case.pk, status=CaseStatus.ASYMPTOMATIC, by=expert, at=at(2))
    return investigation.release_case(code=case.pk, reason="two negatives", by=expert, at=at(at_hours))


def test_a_box_is_tested_when_its_last_tube_is_reported(chain: Chain) -> None:
    first, second = chain.tubes(2, when=at(1))
    chain.received([first, second], when=at(2))
    chain.report(first, Outcome.NEGATIVE, when=at(3))
    assert len(owed("specimen.tested")) == 1
    chain.report(second, Outcome.NEGATIVE, when=at(4))
    (row,) = owed("specimen.tested", state="fulfilled")
    assert row.closed_at == at(4)
    assert set(Tube.objects.values_list("state", "outcome")) == {("reported", "negative")}


def test_an_abnormal_pool_asks_each_member_for_one_new_sample_and_opens_no_case(chain: Chain) -> None:
    (pool,) = chain.tubes(1, when=at(1))
    chain.report(pool, Outcome.POSITIVE, when=at(3))
    assert tags(pool) == ["pool_abnormal"]
    found = owed("specimen.resampled")
    assert {row.about for row in found} == {f"person:{person}" for person in chain.people[:10]}
    assert {(row.owner_id, row.due_at) for row in found} == {(COMMUNITY_A, at(7))}
    assert not Case.objects.exists()


def test_a_second_laboratory_or_pool_asks_nobody_twice(chain: Chain) -> None:
    (pool,) = chain.tubes(1, when=at(1))
    other = chain.tube([chain.people[0], chain.people[11]], when=at(1))
    chain.report(pool, Outcome.POSITIVE, when=at(3))
    chain.report(other, Outcome.POSITIVE, when=at(3.1))
    assert len(owed("specimen.resampled")) == 11
    chain.tube([chain.people[0]], when=at(3.5))
    chain.report(pool, Outcome.POSITIVE, when=at(4), lab=LAB_2)
    assert len(owed("specimen.resampled")) == 10, "who was sampled again meanwhile is not asked again"


def test_the_new_sample_remembers_its_pool(chain: Chain) -> None:
    (pool,) = chain.tubes(1, when=at(1))
    chain.report(pool, Outcome.POSITIVE, when=at(3))
    single = chain.tube([chain.people[0]], when=at(3.5))
    assert Tube.objects.get(pk=single).retest_of == pool


def test_a_persons_own_positive_opens_case_chase_diagnosis_and_report(chain: Chain) -> None:
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    case = Case.objects.get()
    assert (case.person_id, case.place_code, case.status) == (chain.people[0], COMMUNITY_A, "preliminary")
    assert (case.sampled_at, case.detected_at, case.laboratories) == (at(1), at(3), LAB_1)
    clocks = {
        kind: (row.owner_id, row.due_at) for kind in ("case.chased", "case.diagnosed", "case.reported") for row in owed(kind)
    }
    assert clocks == {"case.chased": (EAST, at(7)), "case.diagnosed": (CITY, at(15)), "case.reported": (CITY, at(5))}
    assert not owed("specimen.resampled")


def test_the_same_positive_by_two_laboratories_is_one_case(chain: Chain) -> None:
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    chain.report(tube, Outcome.POSITIVE, when=at(4), lab=LAB_2)
    case = Case.objects.get()
    assert (case.laboratories, case.detected_at) == (f"{LAB_1};{LAB_2}", at(3))
    assert [len(owed(kind)) for kind in ("case.chased", "case.diagnosed", "case.reported")] == [1, 1, 1]


@pytest.mark.parametrize("outcome", [Outcome.INDETERMINATE, Outcome.INVALID])
def test_a_result_that_says_nothing_asks_for_a_new_sample(chain: Chain, outcome: Outcome) -> None:
    tube = chain.tube(chain.people[:2], when=at(1))
    chain.report(tube, outcome, when=at(3))
    assert tags(tube) == [outcome.value]
    assert len(owed("specimen.resampled")) == 2
    clear = chain.tube(chain.people[2:4], when=at(1))
    chain.report(clear, Outcome.NEGATIVE, when=at(3))
    chain.report(clear, outcome, when=at(4), lab=LAB_2)
    assert len(owed("specimen.resampled")) == 2, "a clear result already stands"
    assert Tube.objects.get(pk=clear).outcome == "negative"


def test_a_result_for_an_unknown_tube_is_kept_and_its_laboratory_must_find_whose_it_is(chain: Chain) -> None:
    row = chain.report("T-unknown", Outcome.POSITIVE, when=at(3))
    assert row.state == ResultState.UNMATCHED
    (duty,) = owed("result.matched")
    assert (duty.owner_id, duty.about, duty.due_at) == (LAB_1, f"result:{row.pk}", at(5))
    assert not Case.objects.exists()
    tube = chain.tube([chain.people[0]], when=at(1))
    with pytest.raises(InputFault, match="no tube"):
        specimens.match_result(result_id=row.pk, tube_id="T-other", by=chain.city.actor(LAB_1), at=at(4))
    specimens.match_result(result_id=row.pk, tube_id=tube, by=chain.city.actor(LAB_1), at=at(4))
    duty.refresh_from_db()
    assert (duty.state, duty.proof) == ("fulfilled", f"specimen:result:unmatched T-unknown = {tube}")
    assert Case.objects.get().tube_id == tube, "from here it takes effect like any other"
    with pytest.raises(Refused, match="valid"):
        specimens.match_result(result_id=row.pk, tube_id=tube, by=chain.city.actor(LAB_1), at=at(4))


def test_a_tube_uploaded_after_its_result_finds_it(chain: Chain) -> None:
    chain.report("T1", Outcome.POSITIVE, when=at(3))
    chain.tube([chain.people[0]], when=at(4), tube_id="T1", collected=at(1))
    assert specimens.watch(at=at(4.1)).matched == 1
    assert not owed("result.matched")
    assert Case.objects.get().person_id == chain.people[0]
    assert specimens.watch(at=at(4.2)).matched == 0


def test_two_laboratories_that_differ_are_settled_by_the_city_and_the_positive_acts_meanwhile(chain: Chain) -> None:
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.NEGATIVE, when=at(3))
    chain.report(tube, Outcome.POSITIVE, when=at(4), lab=LAB_2)
    assert tags(tube) == ["negative", "conflicting", "positive"]
    assert set(LaboratoryResult.objects.values_list("state", flat=True)) == {"conflicting"}
    (row,) = owed("result.conflict_settled")
    assert (row.owner_id, row.about, row.due_at) == (CITY, f"tube:{tube}", at(6))
    assert Tube.objects.get(pk=tube).outcome == "positive"
    case = Case.objects.get()
    specimens.settle_conflict(
        tube_id=tube, outcome=Outcome.NEGATIVE, reason="third test negative", by=chain.city.actor(CITY), at=at(5)
    )
    assert dict(LaboratoryResult.objects.values_list("outcome", "state")) == {
        "negative": "valid",
        "positive": "overruled",
    }
    row.refresh_from_db()
    assert (row.state, case.status) == ("fulfilled", "preliminary"), "the experts exclude the case, not the software"


def test_a_later_negative_does_not_take_a_positive_back(chain: Chain) -> None:
    (pool,) = chain.tubes(1, when=at(1))
    chain.report(pool, Outcome.POSITIVE, when=at(3))
    chain.report(pool, Outcome.NEGATIVE, when=at(4))
    assert Tube.objects.get(pk=pool).outcome == "positive"
    assert len(owed("result.conflict_settled")) == 1, "also when one laboratory contradicts itself"


def test_the_experts_diagnosis_settles_the_tubes_conflict(chain: Chain) -> None:
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    chain.report(tube, Outcome.NEGATIVE, when=at(4), lab=LAB_2)
    investigation.diagnose_case(code=Case.objects.get().pk, status=CaseStatus.EXCLUDED, by=chain.city.actor(CITY), at=at(5))
    assert not owed("result.conflict_settled")
    assert Tube.objects.get(pk=tube).outcome == "negative"


def test_a_positive_from_before_the_release_is_reviewed_and_opens_no_case_by_itself(chain: Chain) -> None:
    person = chain.people[0]
    late = chain.tube([person], when=at(2.5))
    released_case(chain, person, at_hours=3)
    chain.report(late, Outcome.POSITIVE, when=at(4))
    assert tags(late) == ["late"]
    (row,) = owed("result.late_reviewed")
    assert (row.owner_id, row.about, row.due_at) == (EAST, f"tube:{late}", at(5))
    assert Case.objects.count() == 1
    investigation.open_case(
        person_id=person,
        place_code=COMMUNITY_A,
        tube_id=late,
        sampled_at=at(2.5),
        detected_at=at(4),
        by=chain.city.actor(EAST),
        at=at(4.5),
    )
    row.refresh_from_db()
    assert row.state == "fulfilled"
    assert len(owed("case.chased")) == 2, "one by the first positive, one by the case that was opened by hand"


def test_a_positive_sampled_after_the_release_is_a_new_case(chain: Chain) -> None:
    person = chain.people[0]
    released_case(chain, person, at_hours=3)
    tube = chain.tube([person], when=at(3.5))
    chain.report(tube, Outcome.POSITIVE, when=at(5))
    assert tags(tube) == ["positive"]
    assert Case.objects.filter(person_id=person).count() == 2


def test_the_same_result_again_changes_nothing_and_another_at_that_instant_is_a_conflict(chain: Chain) -> None:
    tube = chain.tube(chain.people[:2], when=at(1))
    step = {
        "tube_id": tube,
        "tested_at": at(2),
        "reported_at": at(3),
        "run_id": "R",
        "by": chain.city.actor(LAB_1),
        "at": at(3),
    }
    assert specimens.report_result(outcome=Outcome.POSITIVE, **step).created
    assert not specimens.report_result(outcome=Outcome.POSITIVE, **step).created
    with pytest.raises(Conflict, match="another outcome"):
        specimens.report_result(outcome=Outcome.NEGATIVE, **step)
    assert tags(tube) == ["pool_abnormal"]


def test_a_batch_answers_each_item_and_one_fault_undoes_nothing(chain: Chain) -> None:
    tubes = chain.tubes(3, when=at(1))

    def scan(tube: str, outcome: Outcome = Outcome.NEGATIVE, hours: float = 3) -> ResultScan:
        return ResultScan(
            tube_id=tube, outcome=outcome, tested_at=at(hours) - timedelta(hours=1), reported_at=at(hours), run_id="R1"
        )

    answers = specimens.report_results(
        results=[
            scan(tubes[0]),
            scan(tubes[1], Outcome.POSITIVE),
            scan("T-unknown"),
            scan(tubes[0]),
            scan(tubes[0], Outcome.POSITIVE),
            scan("", Outcome.NEGATIVE),
            scan(tubes[2], hours=9),
        ],
        by=chain.city.actor(LAB_1),
        at=at(3),
    )
    kinds = [("new" if one.created else "same") if isinstance(one, Reported) else type(one).__name__ for one in answers]
    assert kinds == ["new", "new", "new", "same", "Conflict", "InputFault", "InputFault"]
    assert LaboratoryResult.objects.count() == 3
    assert len(owed("specimen.resampled")) == 10


def test_only_a_laboratory_reports_results(chain: Chain) -> None:
    tube = chain.tube(chain.people[:1], when=at(1))
    for unit in (SITE_A, CITY):
        with pytest.raises(NotPermitted):
            specimens.report_result(
                tube_id=tube,
                outcome=Outcome.NEGATIVE,
                tested_at=at(2),
                reported_at=at(3),
                by=chain.city.actor(unit),
                at=at(3),
            )


def test_a_recalled_run_waits_for_new_results_and_lists_what_the_wrong_ones_caused(chain: Chain) -> None:
    pool, negative = chain.tubes(2, when=at(1), pool=3)
    single = chain.tube([chain.people[20]], when=at(1))
    other = chain.tube(chain.people[30:33], when=at(1))
    chain.received([pool, negative, single, other], when=at(2))
    for tube, outcome in ((pool, Outcome.POSITIVE), (negative, Outcome.NEGATIVE), (single, Outcome.POSITIVE)):
        chain.report(tube, outcome, when=at(3), run="BAD")
    chain.report(other, Outcome.NEGATIVE, when=at(3), run="GOOD")
    lab = chain.city.actor(LAB_1)
    recall = specimens.recall_run(run_id="BAD", reason="positive control failed", by=lab, at=at(4))
    caused = recall.caused
    assert (recall.results, caused.positives, caused.negatives, caused.people_told_negative) == (3, 2, 1, 3)
    assert caused.cases == (Case.objects.get().pk,)
    assert len(caused.new_samples) == 3, "the pool's members"
    (row,) = owed("result.recalled_retested")
    assert (row.owner_id, row.about, row.due_at) == (LAB_1, f"run:{LAB_1}/BAD", at(10))
    assert dict(Tube.objects.values_list("tube_id", "state"))[other] == "reported"
    assert set(Tube.objects.exclude(pk=other).values_list("state", "outcome")) == {("received", "")}
    assert specimens.recall_run(run_id="BAD", reason="again", by=lab, at=at(4.1)).results == 0
    for tube in (pool, negative):
        chain.report(tube, Outcome.NEGATIVE, when=at(5), run="NEW")
    assert len(owed("result.recalled_retested")) == 1
    chain.report(single, Outcome.NEGATIVE, when=at(5), run="NEW")
    assert not owed("result.recalled_retested")
    assert not owed("result.conflict_settled"), "what was recalled contradicts nobody"


def test_a_recall_of_one_of_two_differing_results_settles_them(chain: Chain) -> None:
    tube = chain.tube(chain.people[:2], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3), run="BAD")
    chain.report(tube, Outcome.NEGATIVE, when=at(4), lab=LAB_2)
    specimens.recall_run(run_id="BAD", reason="contaminated", by=chain.city.actor(LAB_1), at=at(5))
    assert not owed("result.conflict_settled")
    assert not owed("result.recalled_retested"), "the other laboratory's result stands"
    assert Tube.objects.get(pk=tube).outcome == "negative"
    assert dict(LaboratoryResult.objects.values_list("laboratory", "state")) == {LAB_1: "recalled", LAB_2: "valid"}


def test_a_laboratory_recalls_only_its_own_runs(chain: Chain) -> None:
    tube = chain.tube(chain.people[:2], when=at(1))
    chain.report(tube, Outcome.NEGATIVE, when=at(3), run="R7")
    with pytest.raises(NotFound):
        specimens.recall_run(run_id="R7", reason="x", by=chain.city.actor(LAB_2), at=at(4))


def test_a_late_tube_that_cannot_take_its_result_becomes_a_duty_and_stops_no_other(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, good = (chain.report(f"T{n}", Outcome.NEGATIVE, when=at(3)) for n in (1, 2))
    for tube in ("T1", "T2"):
        chain.tube([f"P-{tube}"], when=at(4), tube_id=tube, collected=at(1))

    def adopt(*, result_id: int, by: Actor, at: datetime) -> LaboratoryResult:
        if result_id == poison.pk:
            message = "row of another age"
            raise ValueError(message)
        return matching.adopt(result_id=result_id, by=by, at=at)

    monkeypatch.setattr("bulou.specimens.watch.adopt", adopt)
    assert specimens.watch(at=at(4.1)).matched == 1
    good.refresh_from_db()
    assert good.state == ResultState.VALID
    (row,) = owed("consequence.repaired")
    assert (row.owner_id, row.why) == (CITY, "ValueError: row of another age")
