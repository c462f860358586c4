"""G2: a township's sampling rate projects past the deadline, and the alarm comes hours before, not after.

A round of twelve hours. In the eastern street 40 people an hour are sampled of 1,200: at that rate it needs 30 hours.
Who was told, when, and what evidence remains; and the mirror, in which the rate is fine and nobody is told.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty, Evidence, Notice
from bulou.duties.sweep import sweep
from bulou.kernel import clock
from bulou.ledger.models import Entry
from bulou.testing import actions as testing
from bulou.testing import queries
from bulou.testing.models import Progress
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_C, COMMUNITY_D, EAST, SITE_A, SITE_C, SITE_D, STREET_1, at

pytestmark = pytest.mark.django_db
SLOW, DEADLINE = f"round:R1@{STREET_1}", town.DEADLINE


class Day:
    """A round's day: samplers work at a rate, the sweep comes round every ten minutes."""

    def __init__(self, city, people: dict[str, int]) -> None:
        self.city, self.now = city, at(0)
        self.left = {place: town.settle(place, count) for place, count in people.items()}
        self.rates = dict.fromkeys(people, 0)
        town.running(city)
        town.laboratory(city, tubes_per_hour=1_000)
        self.sites = {place: town.site(city, site) for place, site in _SITES.items() if place in people}

    def work(self, *, until: float, rates: dict[str, int]) -> None:
        """Sample at ``rates`` people an hour in each community until an hour of the day."""
        while self.now < at(until):
            self.now += timedelta(minutes=10)
            with clock.frozen(self.now):
                for place, rate in rates.items():
                    count = rate // 6
                    done, self.left[place] = self.left[place][:count], self.left[place][count:]
                    if done:
                        town.sample(self.sites[place], done, registered_at=self.now)
                testing.tend_rounds(at=self.now)
                sweep(at=self.now)


_SITES = {COMMUNITY_A: SITE_A, COMMUNITY_C: SITE_C, COMMUNITY_D: SITE_D}


def told(about: str) -> list[tuple[str, str, str]]:
    """Who was told about a duty: unit, person on duty there, and when (hours and minutes of the round)."""
    return [
        (notice.unit_id, notice.told, str(notice.told_at - at(0)))
        for notice in Notice.objects.filter(duty__about=about).order_by("told_at", "unit")
    ]


@pytest.fixture
def day(city):
    made = Day(city, {COMMUNITY_A: 1_200, COMMUNITY_C: 600, COMMUNITY_D: 600})
    made.work(until=1, rates={COMMUNITY_A: 42, COMMUNITY_C: 120, COMMUNITY_D: 120})
    return made


def test_the_street_and_its_district_are_told_eleven_hours_before_the_deadline(day):
    duty = Duty.objects.get(kind="round.rate_recovered")
    assert (duty.about, duty.owner_id, duty.place_code) == (SLOW, STREET_1, STREET_1)
    assert DEADLINE - duty.opened_at == timedelta(hours=11)
    # 1,158 at 42 an hour are 27 h 34 min
    assert duty.why == "1158 of 1200 missing, 42 tested an hour: done 09-21 12:34, due 09-20 20:00"
    assert duty.label == "东一街道 · 第一轮"
    assert told(SLOW) == [
        (EAST, "东区值班员", "1:00:00"),
        (STREET_1, "东一街道值班员", "1:00:00"),
    ]


def test_silence_goes_up_and_every_step_is_told_once(day):
    day.work(until=3, rates={COMMUNITY_A: 42, COMMUNITY_C: 120, COMMUNITY_D: 120})
    assert told(SLOW) == [
        (EAST, "东区值班员", "1:00:00"),
        (STREET_1, "东一街道值班员", "1:00:00"),
        (EAST, "东区值班员", "1:30:00"),
        (CITY, "试验市值班员", "2:00:00"),
    ]
    assert Entry.objects.filter(tag="testing:round:behind").count() == 1


def test_what_was_known_stays_as_evidence(day):
    entry = Entry.objects.get(tag="testing:round:behind")
    assert (entry.subject, entry.unit, entry.happened_at) == (SLOW, STREET_1, at(1))
    assert '"missing":1158' in entry.data
    assert '"per_hour":42.0' in entry.data
    snapshot = Progress.objects.get(place_code=STREET_1, as_of=at(1))
    assert (snapshot.roster, snapshot.tested, snapshot.missing) == (1_200, 42, 1_158)
    row = queries.place_view(day.city.actor(EAST), "R1", EAST, now=at(1)).children[0]
    assert (row.code, row.projection.finish_at > DEADLINE) == (STREET_1, True)
    duty = Duty.objects.get(about=SLOW)
    duties.explain(duty_id=duty.pk, why="two of five samplers did not come", by=day.city.actor(STREET_1), at=at(1.2))
    assert Evidence.objects.filter(duty=duty, note="two of five samplers did not come").exists()


def test_more_hands_close_it_with_the_rate_that_shows_it(day):
    day.work(until=3, rates={COMMUNITY_A: 240, COMMUNITY_C: 120, COMMUNITY_D: 120})
    duty = Duty.objects.get(about=SLOW)
    assert duty.state == DutyState.FULFILLED
    assert "tested an hour: done" in duty.proof
    recovered = Entry.objects.get(tag="testing:round:recovered")
    assert at(1) < recovered.happened_at <= at(2)
    before = told(SLOW)
    day.work(until=4, rates={COMMUNITY_A: 240, COMMUNITY_C: 120, COMMUNITY_D: 120})
    assert told(SLOW) == before  # nobody hears of it any more


def test_the_others_are_left_alone(day):
    day.work(until=5, rates={COMMUNITY_A: 42, COMMUNITY_C: 120, COMMUNITY_D: 120})
    assert set(Duty.objects.filter(kind="round.rate_recovered").values_list("about", flat=True)) == {SLOW}
    assert told(f"round:R1@{COMMUNITY_C}") == []
    assert Duty.objects.get(about=f"round:R1@{COMMUNITY_C}").state == DutyState.FULFILLED


def test_mirror_a_round_that_goes_well_bothers_nobody(city):
    day = Day(city, {COMMUNITY_A: 1_200, COMMUNITY_C: 600, COMMUNITY_D: 600})
    day.work(until=12.5, rates={COMMUNITY_A: 180, COMMUNITY_C: 120, COMMUNITY_D: 90})
    assert not Notice.objects.exists()
    assert not Duty.objects.filter(kind__in=("round.rate_recovered", "person.tested")).exists()
    assert set(Duty.objects.filter(kind="round.covered").values_list("state", flat=True)) == {DutyState.FULFILLED}
    assert not Entry.objects.filter(tag="testing:round:behind").exists()
    assert '"missing":0' in Entry.objects.get(tag="testing:round:cut_off").data


def test_a_street_where_nobody_began_is_told_as_soon_as_a_rate_says_anything(city):
    day = Day(city, {COMMUNITY_A: 60, COMMUNITY_C: 60})
    day.work(until=0.8, rates={COMMUNITY_C: 60})
    assert not Notice.objects.exists()
    day.work(until=1, rates={COMMUNITY_C: 60})
    duty = Duty.objects.get(kind="round.rate_recovered")
    assert duty.about == SLOW
    assert "never done at this rate" in duty.why
    assert {unit for unit, _, _ in told(SLOW)} == {STREET_1, EAST}
