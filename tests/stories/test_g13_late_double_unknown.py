"""G13: a result comes late for a person already released; two laboratories report one positive; a tube is unknown.

Each is found when it is reported, has an owner and a clock, and climbs when nobody answers; and the mirrors, in which the
answer comes in time and nobody is told.
"""

from __future__ import annotations

import pytest

from bulou.duties import actions as duties
from bulou.duties.models import Duty, Notice
from bulou.investigation import actions as investigation
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.ledger.models import Entry
from bulou.specimens import actions as specimens
from bulou.specimens import stories
from bulou.specimens.choices import Outcome
from bulou.specimens.models import LaboratoryResult
from tests import chain as chains
from tests.chain import Chain, owed, passes
from tests.city import CITY, EAST, LAB_1, LAB_2, at

PROVINCE = "99"


@pytest.fixture
def chain(city) -> Chain:
    return chains.running(city)


def told(kind: str) -> list[tuple[str, object]]:
    """Who was told about duties of a kind, and when."""
    return [(unit, when) for unit, when, _ in chains.told(kind)]


def released(chain: Chain) -> tuple[str, Case]:
    """Somebody sampled again at 10:30 who is released at 11:00, before that result is there; returns that tube."""
    person = chain.people[0]
    first = chain.tube([person], when=at(0.5))
    chain.report(first, Outcome.POSITIVE, when=at(1))
    case, leader = Case.objects.get(), chain.city.actor(CITY)
    investigation.diagnose_case(code=case.pk, status=CaseStatus.ASYMPTOMATIC, by=leader, at=at(1.5))
    investigation.report_case(code=case.pk, by=leader, at=at(1.5))
    late = chain.tube([person], when=at(2.5))
    investigation.release_case(code=case.pk, reason="two negatives", by=leader, at=at(3))
    return late, case


def test_a_late_positive_for_a_released_person_reaches_the_district_and_then_the_city(chain):
    late, _ = released(chain)
    chain.report(late, Outcome.POSITIVE, when=at(5))
    (row,) = owed("result.late_reviewed")
    assert (row.owner_id, row.about, row.due_at, row.why) == (
        EAST,
        f"tube:{late}",
        at(6),
        f"positive by {LAB_1}, sampled before the release",
    )
    passes(at(7), since=at(5))
    assert told("result.late_reviewed") == [(EAST, at(6)), (CITY, at(6.25))]
    assert Case.objects.count() == 1, "people decide whether this is a new case, not the software"
    story = stories.tube_story(chain.city.actor(EAST), late)
    assert [entry.tag.rsplit(":", 1)[1] for entry in story.entries] == ["registered", "late"]
    assert [one.kind for one in story.duties] == ["result.late_reviewed"]


def test_mirror_the_late_result_is_reviewed_in_time_and_nobody_is_told(chain):
    late, case = released(chain)
    chain.report(late, Outcome.POSITIVE, when=at(5))
    (row,) = owed("result.late_reviewed")
    duties.fulfil(
        duty_id=row.pk, kind="note", ref=f"tube:{late}", note="Ct 38, old infection", by=chain.city.actor(EAST), at=at(5.5)
    )
    passes(at(7), since=at(5))
    assert told("result.late_reviewed") == []
    row.refresh_from_db()
    assert (row.state, row.closed_by) == ("fulfilled", f"东区值班员 · {EAST}")
    assert Case.objects.get() == case


def test_mirror_a_late_negative_is_no_matter(chain):
    late, _ = released(chain)
    chain.report(late, Outcome.NEGATIVE, when=at(5))
    assert not Duty.objects.filter(kind="result.late_reviewed").exists()


def test_one_positive_by_two_laboratories_is_one_case_with_both_names(chain):
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    chain.report(tube, Outcome.POSITIVE, when=at(4), lab=LAB_2)
    case = Case.objects.get()
    assert (case.laboratories, case.detected_at) == (f"{LAB_1};{LAB_2}", at(3))
    assert Entry.objects.filter(tag="case:case:opened").count() == 1
    assert Entry.objects.filter(tag="specimen:result:positive").count() == 2, "both laboratories' words are kept"
    for kind in ("case.chased", "case.diagnosed", "case.reported"):
        assert Duty.objects.filter(kind=kind).count() == 1
    assert not owed("result.conflict_settled")


def test_when_the_two_differ_the_city_must_settle_and_the_province_hears_of_silence(chain):
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    chain.report(tube, Outcome.NEGATIVE, when=at(4), lab=LAB_2)
    (row,) = owed("result.conflict_settled")
    assert (row.owner_id, row.opened_at, row.due_at) == (CITY, at(4), at(6))
    passes(at(7), since=at(4))
    assert told("result.conflict_settled") == [(CITY, at(6)), (PROVINCE, at(6.25))]
    assert Case.objects.get().status == "preliminary", "the positive acts until the experts have settled it"


def test_a_result_for_an_unknown_tube_is_kept_and_climbs_until_somebody_finds_whose_it_is(chain):
    kept = chain.report("T-unknown", Outcome.POSITIVE, when=at(3))
    assert LaboratoryResult.objects.get().state == "unmatched"
    (row,) = owed("result.matched")
    assert (row.owner_id, row.due_at) == (LAB_1, at(5))
    passes(at(6), since=at(3))
    assert told("result.matched") == [(CITY, at(5)), (CITY, at(5.5))], "a city laboratory's superior is the city itself"
    tube = chain.tube([chain.people[0]], when=at(6.1), collected=at(1))
    specimens.match_result(result_id=kept.pk, tube_id=tube, by=chain.city.actor(LAB_1), at=at(6.2))
    row.refresh_from_db()
    assert row.proof == f"specimen:result:unmatched T-unknown = {tube}"
    assert Case.objects.get().detected_at == at(3), "the case is as old as the laboratory's word"


def test_mirror_the_tube_is_uploaded_before_anybody_has_to_look_for_it(chain):
    chain.report("T-late-upload", Outcome.NEGATIVE, when=at(3))
    chain.tube([chain.people[0]], when=at(3.5), tube_id="T-late-upload", collected=at(1))
    passes(at(6), since=at(3.5))
    assert not Notice.objects.filter(duty__kind="result.matched").exists()
    assert not owed("result.matched")
    assert LaboratoryResult.objects.get().state == "valid"
