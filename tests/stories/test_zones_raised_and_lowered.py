"""D7: a positive proposes a zone and a person decides; a zone kept beyond its rule is told upward; a new positive resets the days.

Mirror: declared, screened and lowered in time, and nobody above is bothered.
"""

from __future__ import annotations

import pytest

from bulou.books import reading
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.environment.models import Job
from bulou.exchange.shelf import BOOKS
from bulou.investigation import actions as investigation
from bulou.kernel import clock
from bulou.kernel.actor import Door, Role, system
from bulou.kernel.errors import Refused
from bulou.ledger.models import Entry
from bulou.people.models import Resident
from bulou.playbook.zoning import disinfect_after
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from bulou.specimens.choices import Outcome
from bulou.zones import actions as zones
from bulou.zones.choices import RiskLevel, ZoneState
from bulou.zones.models import RiskZone, ZonePart
from tests import chain as chains
from tests.city import CITY, COMMUNITY_A, EAST, STREET_1, at

pytestmark = pytest.mark.django_db
SWEEPER = system(unit="CN", door=Door.SWEEP)
COUNTER = ("testing", "food", "medicine", "waste", "emergency", "frail")


def told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("told_at", "id")
    return list(found.values_list("unit_id", "told_at"))


@pytest.fixture
def positive(city):
    """A laboratory reports a person's own sample positive at 03:00 after the start."""
    chain = chains.running(city)
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    return chain


def _watch(hours):
    zones.watch_zones(by=SWEEPER, at=at(hours))
    sweep(at=at(hours))


def _declared(city):
    return zones.declare_zone(code=RiskZone.objects.get().pk, by=city.actor(EAST), at=at(3.5))


def test_a_positive_proposes_its_building_and_restricts_nothing(city, positive):
    row = RiskZone.objects.get()
    home = Resident.objects.get(pk=positive.people[0]).place_code
    assert (row.state, row.level, row.authority_id) == (ZoneState.PROPOSED, RiskLevel.HIGH, EAST)
    assert [one.place_code for one in row.parts.all()] == [home[:17]]
    assert not Restriction.objects.filter(kind=Kind.ZONE_MEASURE).exists()
    for hours in (3.1, 4.6, 5.1):
        _watch(hours)
    assert told("zone.proposal_decided") == [(EAST, at(4.6)), (CITY, at(5.1))], "undecided: the district, then the city"


def test_a_decision_then_a_measure_with_its_counter_duties_and_its_fire_exits(city, positive):
    row = RiskZone.objects.get()
    with pytest.raises(Refused, match="may not declare"):  # whoever proposed it does not declare it, whatever the role
        zones.declare_zone(code=row.pk, by=city.actor(COMMUNITY_A, role=Role.DUTY_LEADER), at=at(3.2))
    row = _declared(city)
    assert "Fire exits stay open" in row.notice_en
    assert "消防通道" in row.notice_zh
    assert Duty.objects.get(kind="zone.proposal_decided").state == "fulfilled"
    zones.propose_measures(code=row.pk, by=city.actor(EAST), at=at(3.6))
    measure = Restriction.objects.get(kind=Kind.ZONE_MEASURE)
    with pytest.raises(Refused):
        restrictions.approve(code=measure.pk, by=city.actor(EAST), at=at(3.7))
    owners = {f"counter.{one}": COMMUNITY_A for one in COUNTER}
    restrictions.approve(code=measure.pk, by=city.actor(EAST), owners=owners, at=at(3.8))
    exits = Duty.objects.get(kind="zone.exits_checked")
    assert (exits.owner_id, exits.due_at) == (COMMUNITY_A, at(4.8))
    zones.check_exits(code=row.pk, found="both stairs open", by=city.actor(COMMUNITY_A), at=at(4))
    assert Duty.objects.get(kind="zone.exits_checked").state == "fulfilled"
    zones.record_clean_round(code=row.pk, round_name="R7", people=40, by=city.actor(COMMUNITY_A), at=at(3 + 24 * 6.9))
    with pytest.raises(Refused, match="not yet"):
        zones.lower_zone(code=row.pk, by=city.actor(EAST), at=at(24 * 6))
    day7 = at(24 * 6 + 20)  # still within the measure's seven days
    RiskZone.objects.filter(pk=row.pk).update(last_on=clock.day_of(at(-24)), screened_on=clock.day_of(at(24 * 6)))
    zones.lower_zone(code=row.pk, by=city.actor(EAST), at=day7)
    measure.refresh_from_db()
    assert (measure.state, measure.closed_at) == ("lifted", day7), "lowering lifts the measure"
    assert RiskZone.objects.get().level == RiskLevel.MID


def test_a_zone_kept_beyond_its_rule_is_told_to_its_authority_and_then_above(city, positive):
    row = _declared(city)
    week = 24 * 7
    _watch(week)
    assert Duty.objects.get(kind="zone.screened").owner_id == EAST, "only the round of day 7 is missing, and somebody owes it"
    zones.record_clean_round(code=row.pk, round_name="R7", people=40, by=city.actor(COMMUNITY_A), at=at(week + 1))
    for hours in (1.5, 3, 6):
        _watch(week + hours)
    duty = Duty.objects.get(kind="zone.lowered")
    assert (duty.owner_id, duty.due_at) == (EAST, at(week + 5.5))
    assert told("zone.lowered") == [(EAST, at(week + 3)), (CITY, at(week + 6))], "over-control climbs"
    zones.keep_zone(code=row.pk, reason="一户未检", by=city.actor(EAST), at=at(week + 7))
    assert Duty.objects.get(kind="zone.keeping_reviewed").owner_id == CITY
    _watch(week + 8)
    assert not Duty.objects.filter(kind="zone.lowered", state="open").exists(), "said for today"
    _watch(week + 32)
    assert Duty.objects.filter(kind="zone.lowered", state="open").exists(), "and asked again tomorrow"
    assert Entry.objects.filter(tag="zone:zone:kept", subject=f"zone:{row.pk}").exists()


def test_a_new_positive_resets_the_days_and_takes_the_lowering_away(city, positive):
    row = _declared(city)
    week = 24 * 7
    zones.record_clean_round(code=row.pk, round_name="R7", people=40, by=city.actor(COMMUNITY_A), at=at(week))
    _watch(week)
    home = RiskZone.objects.get().parts.get().place_code
    investigation.open_case(
        person_id="P-new", place_code=f"{home}-001", tube_id="", sampled_at=at(week), detected_at=at(week + 1), by=city.actor(EAST),
        at=at(week + 1),
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.positives, row.last_on, RiskZone.objects.count()) == (2, clock.day_of(at(week + 1)), 1)
    assert not Duty.objects.filter(kind="zone.lowered", state="open").exists()
    with pytest.raises(Refused, match="7 more days"):
        zones.lower_zone(code=row.pk, by=city.actor(EAST), at=at(week + 2))


def test_home_is_disinfected_once_for_each_positive(city, positive):
    job = Job.objects.get(kind="terminal")
    home = Resident.objects.get(pk=positive.people[0]).place_code
    assert (job.unit_id, job.place_code) == (COMMUNITY_A, home)
    assert Duty.objects.get(kind="environment.terminal").owner_id == COMMUNITY_A
    disinfect_after(Entry.objects.get(tag="case:case:opened"))
    assert Job.objects.filter(kind="terminal").count() == 1


def test_overlap_is_refused_merged_with_a_reason_and_found_by_another_name(city):
    def propose(parts, name, aliases=""):
        return zones.propose_zone(
            name=name, level=RiskLevel.HIGH, parts=parts, basis="N9-HIGH-UNIT", reason="x", aliases=aliases, by=city.actor(STREET_1), at=at(),
        )  # fmt: skip

    one = propose(f"{COMMUNITY_A}-0001", "花园一栋", "老纺织厂宿舍")
    with pytest.raises(Refused, match="overlaps"):
        propose(COMMUNITY_A, "甲社区")
    two = propose(f"{COMMUNITY_A}-0002", "花园二栋")
    for row in (one, two):
        zones.declare_zone(code=row.pk, by=city.actor(EAST), at=at(1))
    zones.merge_zones(code=one.pk, into=two.pk, reason="同一院落", by=city.actor(EAST), at=at(2))
    assert set(ZonePart.objects.filter(live=True).values_list("zone_id", flat=True)) == {two.pk}
    found = reading.listed(BOOKS["zones"], city.actor(EAST), chosen={"q": "纺织厂", "state": "declared"})
    assert [row.pk for row in found] == [two.pk], "a compound's other name finds the zone"


def test_mirror_declared_screened_and_lowered_in_time_and_nobody_above_is_bothered(city, positive):
    row = _declared(city)
    week = 24 * 7
    zones.record_clean_round(code=row.pk, round_name="R7", people=40, by=city.actor(COMMUNITY_A), at=at(week))
    _watch(week)
    zones.lower_zone(code=row.pk, by=city.actor(EAST), at=at(week + 0.5))
    _watch(week + 72)
    zones.lower_zone(code=row.pk, by=city.actor(EAST), at=at(week + 72.5))
    sweep(at=at(week + 100))
    row.refresh_from_db()
    assert (row.state, row.level) == (ZoneState.ENDED, RiskLevel.LOW)
    assert not ZonePart.objects.filter(live=True).exists()
    assert not Notice.objects.filter(duty__kind__startswith="zone.", state="sent").exists()
