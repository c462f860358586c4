"""Pure rules: steps of a site, surveys, the door's two shares, plans of tests, release in words, infection inside."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.isolation.choices import Answer, LinkKind, PartyKind, RiskClass, SampleOutcome, SiteState
from bulou.isolation.rules import infection, release, sites, stays
from bulou.isolation.rules.infection import Lodging
from bulou.isolation.rules.release import Sample
from bulou.kernel.errors import PolicyFault, Refused
from bulou.policy import load_pack
from bulou.policy.load import read_pack
from tests.city import at

NEG, POS = SampleOutcome.NEGATIVE, SampleOutcome.POSITIVE
PACK = load_pack()
CONTACT, CASE = release.terms_of(PACK, RiskClass.CONTACT), release.terms_of(PACK, RiskClass.CASE)


def test_a_site_goes_step_by_step_and_never_skips():
    order = [SiteState.CANDIDATE, SiteState.SURVEYED, SiteState.REBUILT, SiteState.ACCEPTED, SiteState.OPEN]
    for before, after in itertools.pairwise(order):
        sites.require_step(before, after)
    with pytest.raises(Refused, match="rebuilt first"):
        sites.require_step(SiteState.SURVEYED, SiteState.ACCEPTED)
    with pytest.raises(Refused):
        sites.require_step(SiteState.CLOSED, SiteState.OPEN)


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({}, []),
        ({"lifts": 0}, []),
        ({"fire_ok": False, "sewage_ok": False}, ["fire safety", "sewage"]),
        ({"lifts": 1}, ["1 lift for two passages"]),
        ({"distance_m": 12}, ["12 m to the next dwelling, 20 are asked for"]),
    ],
)
def test_a_survey_says_what_does_not_suit(changed, faults):
    seen = {"fire_ok": True, "water_ok": True, "sewage_ok": True, "lifts": 2, "distance_m": 30} | changed
    assert sites.survey_faults(**seen, distance_min=20, lifts_min=2) == faults


def test_the_checklist_is_data_with_document_and_clause():
    items = PACK.checklist("isolation.site")
    assert {"zones", "two_passages", "fire_exits", "one_person_rooms"} <= {item.code for item in items}
    assert all(item.says_zh and item.document and item.clause and item.fix_within for item in items)
    assert {item.required for item in items} == {True, False}
    with pytest.raises(PolicyFault, match="no checklist"):
        PACK.checklist("isolation.menu")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("required = 1", "true or false"),
        ('required = true\ndocument = " "', "names its document"),
        ("", "'required' is missing"),
    ],
)
def test_a_checklist_item_is_read_strictly(tmp_path, line, says):
    text = '[[item]]\nchecklist = "c"\ncode = "x"\nsays = "x"\nsays_zh = "x"\nclause = "x"\nstatus = "quoted"\n' + line
    if "document" not in line:
        text += '\ndocument = "d"'
    (tmp_path / "items.toml").write_text(text)
    with pytest.raises(PolicyFault, match=says):
        read_pack(tmp_path)


def test_acceptance_needs_every_required_item_and_no_open_finding():
    items = PACK.checklist("isolation.site")
    yes = {item.code: Answer.YES for item in items}
    assert sites.refusal_to_accept(items, yes, []) == ""
    assert sites.refusal_to_accept(items, yes | {"languages": Answer.NO}, []) == "", "not required"
    assert sites.refusal_to_accept(items, yes | {"zones": Answer.NO}, ["sewage"]) == "not met: sewage, zones"
    assert sites.refusal_to_accept(items, {"zones": Answer.YES}, []).startswith("not inspected: living_zone")
    assert sites.missing_parties([PartyKind.SECTOR]) == [one for one in PartyKind if one is not PartyKind.SECTOR]


NOTICE = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("announced", "expected", "door", "until", "sender", "site", "late"),
    [
        (0, 120, 120, 150, 0, 30, 0),  # as announced: the wait is the site's
        (0, 120, 100, 150, 20, 30, 0),  # twenty minutes early
        (0, 120, 165, 180, 0, 15, 45),  # late, and then kept waiting
        (115, 110, 120, 160, 25, 15, 10),  # told five minutes before
        (0, 120, 100, 110, 10, 0, 0),  # early, and taken in before the announced hour
        (0, 120, 120, 120, 0, 0, 0),
    ],
)
def test_the_wait_at_the_door_is_split_between_both_sides(announced, expected, door, until, sender, site, late):
    wait = stays.door_wait(
        announced_at=at(minutes=announced), expected_at=at(minutes=expected), door_at=at(minutes=door),
        until=at(minutes=until), notice=NOTICE,
    )  # fmt: skip
    minutes = [int(span / timedelta(minutes=1)) for span in (wait.sender, wait.site, wait.late)]
    assert minutes == [sender, site, late]


@given(st.lists(st.integers(0, 600), min_size=4, max_size=4))
def test_the_two_shares_always_add_up_to_the_wait(minutes):
    announced, expected, door, until = (at(minutes=one) for one in minutes)
    wait = stays.door_wait(announced_at=announced, expected_at=expected, door_at=door, until=until, notice=NOTICE)
    assert wait.sender + wait.site == wait.wait >= timedelta(0)
    assert min(wait.sender, wait.site, wait.late) >= timedelta(0)


def test_tests_fall_on_the_packs_days_from_admission_on_and_one_at_entry():
    day = date(2022, 9, 20)
    on = lambda number: day + timedelta(days=number)  # noqa: E731 - a calendar
    assert stays.test_plan(clock_on=day, admitted_on=on(1), days=CONTACT.test_days) == [
        (1, on(1)), (2, on(2)), (3, on(3)), (5, on(5)), (7, on(7)),
    ]  # fmt: skip
    assert stays.test_plan(clock_on=day, admitted_on=on(4), days=CONTACT.test_days) == [(4, on(4)), (5, on(5)), (7, on(7))]
    assert stays.test_plan(clock_on=day, admitted_on=day, days=(1,)) == [(0, day), (1, on(1))]


def _samples(**by_day):
    return [Sample(day=int(day[1:]), sampled_at=at(24 * int(day[1:])), outcome=said) for day, said in by_day.items()]


def test_a_contact_goes_home_when_the_days_are_over_and_every_test_is_negative():
    tests = _samples(d1=NEG, d2=NEG, d3=NEG, d5=NEG, d7=NEG)
    assert release.verdict(CONTACT, clock_from=at(0), tests=tests, at=at(7 * 24)).may
    early = release.verdict(CONTACT, clock_from=at(0), tests=tests, at=at(7 * 24 - 1))
    assert early.reasons == ["the 7 days end at 2022-09-27T00:00:00+00:00"]
    missing = release.verdict(CONTACT, clock_from=at(0), tests=[*tests[:-1], replace(tests[-1], outcome=None)], at=at(170))
    assert missing.reasons == ["the test of day 7 has no result yet"]
    never = release.verdict(
        CONTACT, clock_from=at(0), tests=[*tests[:-1], Sample(day=7, sampled_at=None, outcome=None)], at=at(170)
    )
    assert never.reasons == ["the test of day 7 was not taken"]
    ill = release.verdict(CONTACT, clock_from=at(0), tests=[*tests, Sample(day=0, sampled_at=at(160), outcome=POS)], at=at(170))
    assert ill.reasons == ["the test of day 0 is positive"], "also one out of turn"


@pytest.mark.parametrize(
    ("hours", "may"),
    [
        ([(0, POS), (24, NEG), (48, NEG)], True),
        ([(0, POS), (24, NEG), (47, NEG)], False),  # 23 hours apart
        ([(0, NEG), (24, POS), (48, NEG)], False),
        ([(0, POS), (24, NEG), (36, NEG), (48, NEG)], True),
        ([], False),
    ],
)
def test_a_case_goes_home_by_two_negative_samples_a_day_apart(hours, may):
    tests = [Sample(day=0, sampled_at=at(hour), outcome=said) for hour, said in hours]
    found = release.verdict(CASE, clock_from=at(0), tests=tests, at=at(60))
    assert found.may is may
    assert found.reasons == ([] if may else [found.conditions[0].says])


def test_negative_at_entry_and_positive_later_is_found_and_nothing_else():
    day = timedelta(hours=24)
    turned = infection.turned_positive([(at(2), NEG), (at(96), POS), (at(90), NEG)], admitted_at=at(0), entry=day)
    assert (turned.negative_at, turned.positive_at) == (at(2), at(96))
    assert infection.turned_positive([(at(2), POS)], admitted_at=at(0), entry=day) is None, "positive at entry"
    assert infection.turned_positive([(at(50), NEG), (at(96), POS)], admitted_at=at(0), entry=day) is None, "no test at entry"
    assert infection.turned_positive([(at(2), NEG), (at(50), NEG)], admitted_at=at(0), entry=day) is None


def _lodging(stay, room, *, floor=1, air="", trip="", infected=False):
    return Lodging(stay=stay, room_id=room, floor=floor, air=air, trip=trip, infected=infected)


def test_links_name_the_closest_thing_that_two_guests_share():
    guest = _lodging("G", "102", air="A", trip="T1")
    others = [
        _lodging("mate", "102"), _lodging("left", "101", infected=True), _lodging("far", "105"),
        _lodging("air", "105", air="A", infected=True), _lodging("floor", "106", infected=True),
        _lodging("well on the same air", "107", air="A"), _lodging("bus", "301", floor=3, trip="T1", infected=True),
        _lodging("elsewhere", "302", floor=3, infected=True),
    ]  # fmt: skip
    found = infection.links(guest, others, rooms_of_floor=["101", "102", "103", "105", "106", "107"])
    assert [(one.kind, one.stay) for one in found] == [
        (LinkKind.ROOM, "mate"), (LinkKind.NEIGHBOUR, "left"), (LinkKind.AIR, "air"), (LinkKind.FLOOR, "floor"),
        (LinkKind.BUS, "bus"),
    ]  # fmt: skip
    assert infection.is_suspicious(found)
    assert not infection.is_suspicious(one for one in found if not one.infected)
