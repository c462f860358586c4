"""What pages and API read of the chain: right figures, few statements, and nothing of other jurisdictions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.kernel import clock
from bulou.kernel.actor import Actor, Role
from bulou.kernel.errors import InputFault, NotFound, NotPermitted
from bulou.rounds import actions as rounds
from bulou.specimens import actions as specimens
from bulou.specimens import listing, queries, stories
from bulou.specimens.choices import Outcome
from tests.chain import Chain
from tests.city import CITY, COURIER, EAST, LAB_1, LAB_2, SITE_A, SITE_C, WEST, WEST_STREET, at

DAY = clock.day_of(at(0))


@pytest.fixture
def busy(chain: Chain) -> dict[str, list[str]]:
    """Tubes at every station: 1 loose, 2 packing, 1 sealed, 2 in transit, 3 received of which 1 reported, 1 lost."""
    tubes = chain.tubes(6, when=at(1), pool=2)
    more = [chain.tube([f"C{n}"], when=at(1.5), site=SITE_C) for n in range(3)]
    specimens.pack_box(box_id="PK", site_id=SITE_A, tubes=tubes[1:3], by=chain.city.actor(SITE_A), at=at(2))
    chain.sealed(tubes[3:4], when=at(2), box_id="SE")
    moving = chain.sealed(tubes[4:6], when=at(2), box_id="MO")
    chain.hand(moving, COURIER, when=at(2.1))
    chain.received(more, when=at(2.2), site=SITE_C)
    chain.report(more[0], Outcome.NEGATIVE, when=at(3))
    lost = chain.tube(["L"], when=at(2))
    specimens.report_lost_tube(tube_id=lost, reason="fell", by=chain.city.actor(SITE_A), at=at(2.5))
    return {"a": tubes, "c": more}


def test_the_pipeline_counts_tubes_by_station_with_the_oldest_of_each(
    chain: Chain, busy: dict[str, list[str]], django_assert_num_queries
) -> None:
    with django_assert_num_queries(2):
        found = queries.pipeline(chain.city.actor(EAST), round_code="R1")
    assert [(one.key, one.tubes) for one in found] == [
        ("collected", 1),
        ("packing", 2),
        ("sealed", 1),
        ("in_transit", 2),
        ("received", 2),
        ("reported", 1),
        ("lost", 1),
    ]
    assert {one.key: one.oldest for one in found}["received"] == at(1.5)
    assert sum(one.tubes for one in found) == 10, "every tube stands at one station"
    assert sum(one.tubes for one in queries.pipeline(chain.city.actor(WEST))) == 0


def test_a_team_and_a_laboratory_see_what_is_in_their_hands(chain: Chain, busy: dict[str, list[str]]) -> None:
    def stations(unit: str) -> dict[str, int]:
        return {one.key: one.tubes for one in queries.pipeline(chain.city.actor(unit)) if one.tubes}

    assert stations(COURIER) == {"in_transit": 2}
    assert stations(LAB_1) == {"sealed": 1, "in_transit": 2, "received": 2, "reported": 1}, "also what is meant for it"
    assert stations(SITE_C) == {"received": 2, "reported": 1}


def test_ages_per_district_and_for_the_whole(chain: Chain, busy: dict[str, list[str]], django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        whole, east = queries.ages(chain.city.actor(CITY), now=at(5.2))
    assert (east.code, east.name) == (EAST, "东区")
    assert (whole.waiting, whole.oldest, whole.undelivered, whole.oldest_undelivered) == (8, at(1), 6, at(1))
    assert (whole.late, whole.limit) == (6, timedelta(hours=4)), "older than four hours and not delivered"
    assert queries.ages(chain.city.actor(CITY), now=at(4.9))[0].late == 0


def test_specimens_without_a_laboratory_are_boxes_and_sites(
    chain: Chain, busy: dict[str, list[str]], django_assert_num_queries
) -> None:
    leader = chain.city.actor(EAST)
    assert queries.without_laboratory(leader, now=at(3)) == []
    rounds.report_full(laboratory=LAB_1, reason="reagents gone", by=chain.city.actor(LAB_1), at=at(3))
    chain.sealed(chain.tubes(2, when=at(3), first=40), when=at(3.1), box_id="OR")
    with django_assert_num_queries(4):
        site, box = queries.without_laboratory(leader, now=at(3.2))
    assert (box.about, box.tubes, box.owner, box.due_at, box.why) == (
        "box:OR",
        2,
        EAST,
        at(3.6),
        f"{LAB_1} has said that it is full: reagents gone",
    )
    assert (site.about, site.tubes, site.oldest, site.owner) == (SITE_A, 3, at(1), ""), "one loose and two being packed"
    assert queries.without_laboratory(chain.city.actor(WEST), now=at(3.2)) == []


def test_laboratories_show_their_load(chain: Chain, busy: dict[str, list[str]], django_assert_num_queries) -> None:
    with django_assert_num_queries(4):
        second, first = queries.laboratories(chain.city.actor(EAST), now=at(3))
    assert (first.code, first.in_hand, first.on_the_way, first.oldest_in_hand) == (LAB_1, 2, 3, at(1.5))
    assert first.hours_of_work == pytest.approx(0.05)
    assert (second.code, second.in_hand, second.on_the_way, second.full) == (LAB_2, 0, 0, False)
    assert [one.code for one in queries.laboratories(chain.city.actor(WEST), now=at(3))] == [LAB_1], "the city's serves it"


def test_boxes_are_paged_by_key_without_gap_or_repeat(chain: Chain) -> None:
    for number in range(7):
        chain.sealed(chain.tubes(1, when=at(1), first=number), when=at(1 + number // 3), box_id=f"B{number}")
    reader = chain.city.actor(EAST)
    everything = list(listing.listed_boxes(reader, listing.BoxFilter()))
    paged, key = [], ""
    while page := list(listing.boxes_after(listing.listed_boxes(reader, listing.BoxFilter()), key)[:2]):
        paged += page
        key = listing.box_key(page[-1])
    assert [box.pk for box in paged] == [box.pk for box in everything] == ["B6", "B3", "B4", "B5", "B0", "B1", "B2"]
    seen = listing.tubes(reader)
    assert [tube.pk for tube in listing.tubes_after(seen, listing.tube_key(seen[5]))] == [tube.pk for tube in seen[6:]]
    with pytest.raises(InputFault, match="key"):
        listing.boxes_after(listing.listed_boxes(reader, listing.BoxFilter()), "yesterday|B1")


def test_lists_of_boxes_filter(chain: Chain, busy: dict[str, list[str]]) -> None:
    reader = chain.city.actor(CITY)

    def listed(**chosen: object) -> set[str]:
        return {box.pk for box in listing.listed_boxes(reader, listing.BoxFilter(**chosen))}  # type: ignore[arg-type]

    assert listed(state="in_transit") == {"MO"}
    assert listed(unit=SITE_C) == {"BX-0010"}
    assert listed(laboratory=LAB_1, round="R1") == {"SE", "MO", "BX-0010"}
    assert listed(without_laboratory=True) == set()
    assert listed(round="R9") == set()


def test_a_box_is_seen_by_its_site_its_holder_its_laboratory_and_whom_it_is_offered_to(chain: Chain) -> None:
    box = chain.sealed(chain.tubes(1, when=at(1)), when=at(1), box_id="B1")

    def seen_by(unit: str) -> bool:
        return listing.boxes(chain.city.actor(unit)).filter(pk="B1").exists()

    assert {unit for unit in (SITE_A, SITE_C, COURIER, LAB_1, LAB_2, WEST, EAST, CITY) if seen_by(unit)} == {
        SITE_A,
        LAB_1,
        EAST,
        CITY,
    }
    chain.offer(box, COURIER, when=at(1.1))
    assert seen_by(COURIER)


def test_a_boxs_story_has_hands_tubes_record_and_duties(
    chain: Chain, busy: dict[str, list[str]], django_assert_num_queries
) -> None:
    with django_assert_num_queries(5):
        story = stories.box_story(chain.city.actor(EAST), "MO")
        assert (story.box.site.name, story.box.holder.name) == ("甲社区采样点", "东区送样组")
        assert story.box.laboratory is not None
        assert [(one.sender.code, one.receiver.code) for one in story.transfers] == [(SITE_A, COURIER)]
        assert [one.owner.name for one in story.duties] == ["东区送样组"]
    assert [entry.tag.rsplit(":", 1)[1] for entry in story.entries] == [
        "packed",
        "sealed",
        "assigned",
        "offered",
        "accepted",
    ]
    assert [tube.pk for tube in story.tubes] == busy["a"][4:6]
    for box in ("MO", "none"):
        with pytest.raises(NotFound, match="no such record"):
            stories.box_story(chain.city.actor(WEST), box)


def test_a_tubes_story_names_people_only_to_roles_that_may_know(
    chain: Chain, busy: dict[str, list[str]], django_assert_num_queries
) -> None:
    tube = busy["c"][0]
    with django_assert_num_queries(6):
        story = stories.tube_story(chain.city.actor(EAST), tube)
    assert story.people == ("C0",)
    assert [row.outcome for row in story.results] == ["negative"]
    assert [entry.tag.rsplit(":", 1)[1] for entry in story.entries] == ["registered", "negative"]
    assert {row.kind for row in story.duties} == {"specimen.delivered", "specimen.tested"}
    for unit in (LAB_1, SITE_C):
        assert stories.tube_story(chain.city.actor(unit), tube).people is None, "a laboratory tests tubes, not people"
    for unknown in (tube, "T-none"):
        with pytest.raises(NotFound, match="no such record"):
            stories.tube_story(chain.city.actor(WEST), unknown)


def test_three_figures_are_never_mixed(chain: Chain, django_assert_num_queries) -> None:
    (pool,) = chain.tubes(1, when=at(1))
    chain.report(pool, Outcome.POSITIVE, when=at(2))
    leader = chain.city.actor(CITY)
    figures = queries.three_figures(leader, DAY)
    assert (figures.pools_abnormal, figures.people_in_pools, figures.preliminary) == (1, 10, 0)
    single = chain.tube([chain.people[0]], when=at(3))
    chain.report(single, Outcome.POSITIVE, when=at(4))
    with django_assert_num_queries(2):
        figures = queries.three_figures(leader, DAY)
    assert (figures.pools_abnormal, figures.preliminary, figures.confirmed, figures.asymptomatic) == (1, 1, 0, 0)
    assert figures.backlog == 1
    assert queries.three_figures(chain.city.actor(WEST), DAY).pools_abnormal == 0
    assert queries.three_figures(leader, DAY - timedelta(days=1)).preliminary == 0


@pytest.mark.parametrize("role", list(Role))
def test_roles_without_the_chain_see_nothing_of_it(chain: Chain, role: Role) -> None:
    reader: Actor = chain.city.actor(WEST_STREET, role=role)
    reads = (
        lambda: listing.boxes(reader),
        lambda: listing.tubes(reader),
        lambda: queries.pipeline(reader),
        lambda: queries.ages(reader, now=at(1)),
        lambda: queries.without_laboratory(reader, now=at(1)),
        lambda: queries.laboratories(reader, now=at(1)),
    )
    allowed = role in {
        Role.DUTY_LEADER, Role.UNIT_OFFICER, Role.SITE_LEAD, Role.COURIER, Role.LABORATORY, Role.AUDITOR, Role.OPERATOR, Role.WALL,
    }  # fmt: skip
    for read in reads:
        if allowed:
            read()
        else:
            with pytest.raises(NotPermitted):
                read()
