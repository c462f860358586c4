"""Jobs at places (D14): each has an owner and a clock, nobody enters before another unit signs, a positive begins again."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.environment import actions, rules
from bulou.environment.choices import JobKind, JobState, Outcome
from bulou.environment.models import Job
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from tests import city as cities

pytestmark = pytest.mark.django_db
HERE, STREET = cities.COMMUNITY_A, cities.STREET_1


def _ask(city, kind=JobKind.TERMINAL, **given):
    said = {
        "unit": HERE,
        "place_code": HERE,
        "place": "1 栋 101",
        "reason": "病例已转走",
        "by": city.actor(cities.EAST),
        "at": cities.at(),
    }
    return actions.ask_job(kind=kind, **{**said, **given})


def _open(kind):
    return list(Duty.objects.filter(kind=kind, state="open").values_list("owner_id", flat=True))


def test_a_flat_is_disinfected_in_time_and_the_street_lets_people_in(city):
    job = _ask(city)
    assert _open("environment.terminal") == [HERE]
    here = city.actor(HERE)
    actions.start_job(code=job.pk, by=here, at=cities.at(1))
    actions.finish_job(code=job.pk, evidence="记录 17", reopens_at=cities.at(3), by=here, at=cities.at(2))
    assert _open("environment.terminal") == []
    assert _open("environment.reentry_decided") == [STREET]
    with pytest.raises(Refused, match="nobody enters before"):
        actions.clear_place(code=job.pk, by=city.actor(STREET), at=cities.at(2.5))
    actions.clear_place(code=job.pk, by=city.actor(STREET), at=cities.at(3))
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.cleared_at) == (JobState.CLEARED, cities.at(3))
    assert not Duty.objects.filter(state="open").exists()
    sweep(at=cities.at(30))
    assert not Notice.objects.filter(duty__about=f"environment:{job.pk}", state="sent").exists(), "nobody was bothered"
    assert list(Entry.objects.filter(subject=f"environment:{job.pk}").order_by("id").values_list("tag", flat=True)) == [
        "environment:job:asked", "environment:job:started", "environment:job:done", "environment:place:cleared",
    ]  # fmt: skip


def test_a_job_that_nobody_does_is_told_to_the_community_then_the_street_then_the_city(city):
    job = _ask(city)
    for hours in (5, 6, 8):
        sweep(at=cities.at(hours))
    told = Notice.objects.filter(duty__about=f"environment:{job.pk}", state="sent").order_by("due_at")
    assert [(one.unit_id, one.due_at) for one in told] == [
        (HERE, cities.at(5)),
        (STREET, cities.at(6)),
        (cities.CITY, cities.at(8)),
    ]


def test_whoever_did_it_never_signs_that_it_is_safe(city):
    job = _ask(city, unit=STREET, place_code=STREET)
    actions.finish_job(code=job.pk, evidence="记录", by=city.actor(STREET), at=cities.at(1))
    with pytest.raises(Refused, match="does not sign"):
        actions.clear_place(code=job.pk, by=city.actor(STREET), at=cities.at(2))
    actions.clear_place(code=job.pk, by=city.actor(cities.EAST), at=cities.at(2))
    assert Job.objects.get(pk=job.pk).state == JobState.CLEARED


def test_positive_samples_keep_the_place_shut_until_it_is_disinfected_and_sampled_again(city):
    here, street = city.actor(HERE), city.actor(STREET)
    first = _ask(city, kind=JobKind.SAMPLING, place="菜场 3 号摊")
    with pytest.raises(InputFault, match="how many samples"):
        actions.finish_job(code=first.pk, evidence="记录", by=here, at=cities.at(1))
    actions.finish_job(code=first.pk, evidence="记录", samples=12, by=here, at=cities.at(1))
    with pytest.raises(Refused, match="positive, or"):
        actions.clear_place(code=first.pk, by=street, at=cities.at(1))
    actions.report_samples(code=first.pk, outcome=Outcome.POSITIVE, by=here, at=cities.at(4))
    with pytest.raises(Refused, match="reported once"):
        actions.report_samples(code=first.pk, outcome=Outcome.NEGATIVE, by=here, at=cities.at(5))
    with pytest.raises(Refused, match="positive, or"):
        actions.clear_place(code=first.pk, by=street, at=cities.at(5))
    cleaning = Job.objects.get(kind=JobKind.TERMINAL, because=f"environment:{first.pk}")
    actions.finish_job(code=cleaning.pk, evidence="记录", by=here, at=cities.at(6))
    actions.clear_place(code=cleaning.pk, by=street, at=cities.at(7))
    again = Job.objects.get(kind=JobKind.SAMPLING, because=f"environment:{cleaning.pk}")
    actions.finish_job(code=again.pk, evidence="记录", samples=12, by=here, at=cities.at(8))
    actions.report_samples(code=again.pk, outcome=Outcome.NEGATIVE, by=here, at=cities.at(20))
    actions.clear_place(code=again.pk, by=street, at=cities.at(21))
    assert Job.objects.filter(state=JobState.CLEARED).count() == 2
    assert not Duty.objects.filter(state="open").exists()


def test_asked_twice_for_one_cause_the_open_job_answers(city):
    first = _ask(city, because="case:C1")
    assert _ask(city, because="case:C1").pk == first.pk
    assert Duty.objects.filter(state="open").count() == 1
    actions.cancel_job(code=first.pk, reason="同户已做", by=city.actor(cities.EAST), at=cities.at(1))
    assert not Duty.objects.filter(state="open").exists()
    assert _ask(city, because="case:C1", at=cities.at(2)).pk != first.pk


def test_a_foreign_job_is_missing_and_a_role_that_may_not_is_told_so(city):
    job = _ask(city)
    with pytest.raises(NotFound):
        actions.start_job(code=job.pk, by=city.actor(cities.COMMUNITY_C), at=cities.at(1))
    with pytest.raises(NotPermitted):
        actions.clear_place(code=job.pk, by=city.actor(HERE), at=cities.at(1))
    with pytest.raises(NotFound):
        _ask(city, unit=cities.WEST)
    with pytest.raises(InputFault, match="why"):
        _ask(city, reason=" ")


def test_the_database_holds_that_nothing_is_done_without_evidence(city):
    job = _ask(city)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE, done_at=cities.at(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED)


@pytest.mark.parametrize(
    ("kind", "state", "outcome", "may"),
    [
        (JobKind.SAMPLING, JobState.DONE, "", False), (JobKind.SAMPLING, JobState.DONE, "negative", True),
        (JobKind.SAMPLING, JobState.DONE, "positive", False), (JobKind.TERMINAL, JobState.DONE, "", True),
        (JobKind.TERMINAL, JobState.UNDER_WAY, "", False), (JobKind.DISINFECTION, JobState.CLEARED, "", False),
    ],
)  # fmt: skip
def test_when_people_may_enter(kind, state, outcome, may):
    assert rules.may_clear(kind=kind, state=state, outcome=outcome) is may
