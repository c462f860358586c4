"""G11: pool abnormal, preliminary positive, confirmed or asymptomatic: three figures that are never mixed.

A pool of ten is abnormal at 11:00. Eight of its members are sampled again, alone; two are not found. One of the eight is
positive: a case, chased, diagnosed, reported. Who was told, when, and what evidence remains; and the mirrors, in which
the pool is negative, or everybody does in time what is owed, and nobody is told.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.environment import actions as environment
from bulou.environment.models import Job
from bulou.investigation import actions as investigation
from bulou.investigation import queries as cases
from bulou.investigation.choices import CaseStatus, ChaseStep
from bulou.investigation.models import Case
from bulou.kernel import clock
from bulou.ledger.models import Entry
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from bulou.specimens import actions as specimens
from bulou.specimens import queries, stories
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Tube
from bulou.transfer import requests as transfer
from bulou.transfer.models import TransferRequest
from bulou.zones import actions as zones
from bulou.zones.models import RiskZone
from tests import chain as chains
from tests.chain import Chain, owed, passes
from tests.city import CITY, COMMUNITY_A, EAST, LAB_1, STREET_1, at

DAY = clock.day_of(at(0))
PROVINCE = "99"


def figures(chain: Chain) -> tuple[int, int, int, int]:
    """Pools abnormal, preliminary positives, confirmed, asymptomatic, as the duty leader sees them."""
    found = queries.three_figures(chain.city.actor(CITY), DAY)
    return found.pools_abnormal, found.preliminary, found.confirmed, found.asymptomatic


def told(kind: str, about: str = "") -> list[tuple[str, float]]:
    """Who was told about duties of a kind, and in which hour of the day's work."""
    found = Notice.objects.filter(duty__kind=kind, state="sent", duty__about__contains=about).order_by("id")
    return [(row.unit_id, (row.told_at - at(0)) / timedelta(hours=1)) for row in found]


@pytest.fixture
def chain(city) -> Chain:
    """Until 11:00: a pool of ten in the laboratory."""
    made = chains.running(city)
    pool = made.tube(made.people[:10], when=at(0.5), tube_id="POOL")
    made.received([pool], when=at(1.5))
    return made


@pytest.fixture
def abnormal(chain) -> Chain:
    chain.report("POOL", Outcome.POSITIVE, when=at(3))
    return chain


def sample_again(chain: Chain, people: list[str], *, hours: float) -> list[str]:
    """Each alone in a tube, all in one box to the laboratory within the half hour."""
    singles = [chain.tube([person], when=at(hours), tube_id=f"SINGLE-{person[-2:]}") for person in people]
    chain.received(singles, when=at(hours + 0.5))
    return singles


def test_an_abnormal_pool_is_nobodys_result(abnormal):
    assert figures(abnormal) == (1, 0, 0, 0)
    assert not Case.objects.exists()
    assert {(row.owner_id, row.due_at) for row in owed("specimen.resampled")} == {(COMMUNITY_A, at(7))}
    assert len(owed("specimen.resampled")) == 10
    story = stories.tube_story(abnormal.city.actor(EAST), "POOL")
    assert [entry.tag.rsplit(":", 1)[1] for entry in story.entries] == ["registered", "pool_abnormal"]


def test_the_three_figures_move_one_after_the_other_and_never_mix(abnormal):
    singles = sample_again(abnormal, abnormal.people[:8], hours=4)
    assert figures(abnormal) == (1, 0, 0, 0), "sampled again is no result"
    for single in singles[1:]:
        abnormal.report(single, Outcome.NEGATIVE, when=at(6))
    abnormal.report(singles[0], Outcome.POSITIVE, when=at(6))
    assert figures(abnormal) == (1, 1, 0, 0), "the pool is not counted as its member, nor the member as a pool"
    case = Case.objects.get()
    expert = abnormal.city.actor(CITY)
    investigation.diagnose_case(code=case.pk, status=CaseStatus.ASYMPTOMATIC, by=expert, at=at(9))
    assert figures(abnormal) == (1, 1, 0, 1), "a preliminary positive stays one of its day"
    later = clock.day_of(at(30))
    investigation.reclassify_case(code=case.pk, status=CaseStatus.CONFIRMED, reason="CT", by=expert, at=at(30))
    assert figures(abnormal) == (1, 1, 0, 1), "the conversion is of the next day, and does not rewrite this one"
    next_day = queries.three_figures(expert, later)
    assert (next_day.confirmed, next_day.asymptomatic, next_day.converted) == (0, 0, 1)


def test_who_is_not_found_again_climbs_from_community_to_street_to_district(abnormal):
    sample_again(abnormal, abnormal.people[:8], hours=4)
    passes(at(8.5), since=at(3))
    for person in abnormal.people[8:10]:
        assert told("specimen.resampled", person) == [(COMMUNITY_A, 6.0), (STREET_1, 7.0), (EAST, 8.0)]
    assert len(told("specimen.resampled")) == 6, "nobody is told about those who were sampled again in time"


def test_a_positive_opens_chase_diagnosis_and_report_and_silence_climbs(abnormal):
    (single,) = sample_again(abnormal, abnormal.people[:1], hours=4)
    abnormal.report(single, Outcome.POSITIVE, when=at(6))
    passes(at(10.5), since=at(6))
    assert told("case.reported") == [(CITY, 7.5), (PROVINCE, 8.0)]
    assert told("case.chased") == [(EAST, 8.0), (CITY, 10.0)]
    assert told("case.diagnosed") == []
    case = Case.objects.get()
    assert (case.place_code, case.sampled_at, case.detected_at) == (COMMUNITY_A, at(4), at(6))
    pace = cases.pace(abnormal.city.actor(CITY), DAY)
    assert (pace.sample_to_result, pace.waiting_for_diagnosis, pace.waiting_for_report) == (timedelta(hours=2), 1, 1)


def test_the_evidence_leads_from_the_pool_to_the_case_without_a_name(abnormal):
    (single,) = sample_again(abnormal, abnormal.people[:1], hours=4)
    abnormal.report(single, Outcome.POSITIVE, when=at(6))
    assert Tube.objects.get(pk=single).retest_of == "POOL"
    done = owed("specimen.resampled", state="fulfilled")
    assert [row.proof for row in done] == [f"specimen:tube:registered tube:{single}"]
    assert Case.objects.get().tube_id == single
    said = " ".join(Entry.objects.values_list("data", flat=True)) + " ".join(Duty.objects.values_list("label", flat=True))
    assert "王" not in said, "no name stands in the record or on a duty"


def test_mirror_a_negative_pool_bothers_nobody(chain):
    chain.report("POOL", Outcome.NEGATIVE, when=at(3))
    passes(at(9), since=at(3))
    assert figures(chain) == (0, 0, 0, 0)
    assert not Notice.objects.exclude(duty__line="D1").exists(), "only the round's own deadline may speak"
    assert not owed("specimen.resampled")


def approve_and_deliver(kind, by, *, when):
    """The district approves what the fact proposed, and the notice is brought."""
    (row,) = Restriction.objects.filter(kind=kind, state="proposed")
    restrictions.approve(code=row.pk, by=by, at=when)
    restrictions.deliver_notice(code=row.pk, how="by hand", by=by, at=when)


def test_mirror_everybody_does_in_time_what_is_owed_and_nobody_is_told(abnormal):
    singles = sample_again(abnormal, abnormal.people[:10], hours=4)
    specimens.report_results(
        results=[
            specimens.ResultScan(
                tube_id=single, outcome=Outcome.POSITIVE if single == singles[0] else Outcome.NEGATIVE, tested_at=at(6),
                reported_at=at(6),
            )
            for single in singles
        ],
        by=abnormal.city.actor(LAB_1),
        at=at(6),
    )  # fmt: skip
    case = Case.objects.get()
    leader, district = abnormal.city.actor(CITY), abnormal.city.actor(EAST)
    investigation.report_case(code=case.pk, by=leader, at=at(6.5))
    for minutes, step in enumerate(ChaseStep):
        investigation.chase_step_done(code=case.pk, step=step, by=district, at=at(6.6, minutes=20 * minutes))
    approve_and_deliver(Kind.HOLD, district, when=at(6.5))
    (moved,) = TransferRequest.objects.all()
    transfer.cancel_transfer(code=moved.pk, reason="the hospital's own ambulance took the person", by=district, at=at(7))
    zones.refuse_zone(code=RiskZone.objects.get().pk, reason="the building is empty: a shop at night", by=district, at=at(7))
    (job,) = Job.objects.all()
    environment.finish_job(code=job.pk, evidence="sheet 17", by=abnormal.city.actor(job.unit_id), at=at(8))
    environment.clear_place(code=job.pk, by=abnormal.city.actor(STREET_1), at=at(9))
    investigation.diagnose_case(code=case.pk, status=CaseStatus.CONFIRMED, by=leader, at=at(9))
    approve_and_deliver(Kind.ISOLATION, district, when=at(9.5))
    passes(at(20), since=at(3), every=timedelta(minutes=15))
    assert not Notice.objects.exclude(duty__line="D1").exists()
    assert not Duty.objects.filter(state="open").exclude(line="D1").exists()
    assert figures(abnormal) == (1, 1, 1, 0)
