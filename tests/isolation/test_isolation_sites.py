"""A site's pipeline, its five parties, inspections with findings, and staff trained before their first shift."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.models import Duty, Notice
from bulou.isolation import actions as isolation
from bulou.isolation.actions import Said
from bulou.isolation.choices import Answer, InspectionKind, PartyKind
from bulou.isolation.models import Finding, IsolationSite, Room
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.units import actions as units
from bulou.units.models import Shift
from tests import lodging as lodgings
from tests.chain import owed, passes, told
from tests.city import CITY, EAST, WEST, at
from tests.lodging import SITE, YES, all_yes

pytestmark = pytest.mark.django_db
NO_FIRE = Said(Answer.NO, "stair door locked")


def test_a_candidate_owes_to_be_ready_and_an_unsuitable_one_stays_a_candidate(city):
    lodgings.manager_of(city, SITE, "晨光酒店")
    leader = city.actor(CITY)
    isolation.propose_site(unit=SITE, wanted_by=at(6), by=leader, at=at(-24))
    (row,) = owed("isolation.site_ready")
    assert (row.owner_id, row.due_at, row.line) == (EAST, at(6), "D5")
    survey = isolation.survey_site(
        unit=SITE, fire_ok=False, water_ok=True, sewage_ok=True, lifts=1, distance_m=9, rooms=60, by=leader, at=at(-20)
    )
    assert survey.faults == "fire safety; 1 lift for two passages; 9 m to the next dwelling, 20 are asked for"
    with pytest.raises(Refused, match="surveyed"):
        isolation.report_rebuilt(unit=SITE, note="x", by=leader, at=at(-19))
    passes(at(7), since=at(5))
    assert told("isolation.site_ready") == [(EAST, at(5), "before:PT6H:owner"), (CITY, at(6), "after:PT0M:city")]


def test_a_site_opens_only_accepted_with_rooms_and_all_five_parties(city):
    site = lodgings.accepted(city)
    leader = city.actor(CITY)
    isolation.register_room(room_id="R", site=SITE, beds=1, by=leader, at=at(-3))
    for kind in list(PartyKind)[:4]:
        isolation.name_party(unit=SITE, kind=kind, party_unit=EAST, person_name="某", by=leader, at=at(-2))
    with pytest.raises(Refused, match="nobody is named for: team_on_site"):
        isolation.open_isolation_site(unit=SITE, by=leader, at=at(-1))
    with pytest.raises(IntegrityError, match=r"isosite_open_has_parties|CHECK"), transaction.atomic():
        IsolationSite.objects.filter(pk=SITE).update(state="open", opened_at=at(0))
    isolation.name_party(unit=SITE, kind=PartyKind.TEAM_ON_SITE, party_unit=SITE, person_name="某", by=leader, at=at(-1))
    opened = isolation.open_isolation_site(unit=SITE, by=leader, at=at(-1))
    assert (opened.state, site.accepted_at is not None, Room.objects.get().offered) == ("open", True, True)
    assert Duty.objects.get(kind="isolation.site_ready").state == "fulfilled"


def test_a_party_that_is_gone_pauses_the_site_and_is_owed_within_hours(lodging):
    leader = lodging.leader()
    isolation.end_party(unit=SITE, kind=PartyKind.SECTOR, reason="suspended", by=leader, at=at(1))
    site = IsolationSite.objects.get(pk=SITE)
    assert (site.state, site.reason, site.parties) == ("paused", "no responsible party: sector", 4)
    (row,) = owed("isolation.party_named")
    assert (row.owner_id, row.due_at) == (EAST, at(3))
    isolation.name_party(unit=SITE, kind=PartyKind.SECTOR, party_unit=CITY, person_name="另一人", by=leader, at=at(2))
    assert owed("isolation.party_named") == []
    assert isolation.open_isolation_site(unit=SITE, by=leader, at=at(2)).state == "open"


def test_a_reserve_says_its_time_to_open_and_is_held_to_it(city):
    lodgings.accepted(city)
    leader = city.actor(CITY)
    from datetime import timedelta

    isolation.keep_in_reserve(unit=SITE, opens_within=timedelta(hours=6), by=leader, at=at(-2))
    assert owed("isolation.site_ready") == []
    isolation.call_up_site(unit=SITE, by=leader, at=at(0))
    (row,) = owed("isolation.reserve_opened")
    assert (row.owner_id, row.due_at) == (EAST, at(6))
    isolation.register_room(room_id="R", site=SITE, beds=1, by=leader, at=at(1))
    lodgings.name_parties(city, SITE, when=at(1))
    isolation.open_isolation_site(unit=SITE, by=leader, at=at(5))
    assert owed("isolation.reserve_opened") == []


def test_a_site_is_not_accepted_with_a_required_item_open(city):
    lodgings.manager_of(city, SITE, "晨光酒店")
    leader, manager = city.actor(CITY), city.actors[SITE]
    isolation.propose_site(unit=SITE, wanted_by=at(12), by=leader, at=at(-24))
    isolation.survey_site(
        unit=SITE, fire_ok=True, water_ok=True, sewage_ok=True, lifts=2, distance_m=40, rooms=60, by=leader, at=at(-24)
    )
    isolation.report_rebuilt(unit=SITE, note="walls", by=leader, at=at(-23))
    with pytest.raises(InputFault, match="also answers"):
        isolation.record_inspection(unit=SITE, kind=InspectionKind.ACCEPTANCE, answers={"zones": YES}, by=leader, at=at(-22))
    answers = all_yes() | {"fire_exits": NO_FIRE}
    isolation.record_inspection(unit=SITE, kind=InspectionKind.ACCEPTANCE, answers=answers, by=leader, at=at(-22))
    with pytest.raises(Refused, match="not met: fire_exits"):
        isolation.accept_site(unit=SITE, by=leader, at=at(-21))
    finding = Finding.objects.get()
    assert (finding.required, finding.fix_by) == (True, at(-21)), "the item's own hour"
    isolation.fix_finding(finding=finding.pk, note="lock removed", by=manager, at=at(-21))
    with pytest.raises(Refused, match="not met: fire_exits"):
        isolation.accept_site(unit=SITE, by=leader, at=at(-21))
    isolation.recheck_finding(finding=finding.pk, mended=True, by=leader, at=at(-20))
    assert isolation.accept_site(unit=SITE, by=leader, at=at(-20)).state == "accepted"


def test_a_finding_has_its_clock_is_re_checked_by_another_unit_and_found_twice_says_so(lodging):
    east, manager = lodging.leader(EAST), lodging.manager
    inspect = {"kind": InspectionKind.ROUTINE, "answers": {"fire_exits": NO_FIRE}, "by": east}
    isolation.record_inspection(unit=SITE, at=at(0), **inspect)
    (row,) = owed("isolation.finding_fixed")
    assert (row.owner_id, row.due_at, row.why) == (SITE, at(1), "stair door locked")
    isolation.record_inspection(unit=SITE, at=at(0.5), **inspect)
    assert Finding.objects.count() == 1, "still open: its clock runs on, it is not new"
    passes(at(2), since=at(0))
    assert told("isolation.finding_fixed") == [(SITE, at(0), "before:PT2H:owner"), (EAST, at(1), "after:PT0M:district")]
    finding = Finding.objects.get()
    isolation.fix_finding(finding=finding.pk, note="opened", by=east, at=at(2))
    with pytest.raises(Refused, match="mended it"):
        isolation.recheck_finding(finding=finding.pk, mended=True, by=east, at=at(3))
    with pytest.raises(IntegrityError, match=r"finding_other_unit_closed|CHECK"), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(state="closed", closed_at=at(3), closed_unit=EAST)
    isolation.recheck_finding(finding=finding.pk, mended=False, note="locked again", by=lodging.leader(), at=at(3))
    finding.refresh_from_db()
    assert (finding.state, finding.not_mended, finding.fix_by) == ("open", 1, at(4))
    isolation.fix_finding(finding=finding.pk, note="lock thrown away", by=manager, at=at(4))
    isolation.recheck_finding(finding=finding.pk, mended=True, by=lodging.leader(), at=at(5))
    isolation.record_inspection(unit=SITE, at=at(30), **inspect)
    again = Finding.objects.get(state="open")
    assert again.times == 2
    assert owed("isolation.finding_fixed")[0].why == "found for the 2. time: stair door locked"


def test_nobody_inspects_or_accepts_itself_and_a_foreign_site_is_no_site(lodging):
    with pytest.raises(NotFound):
        isolation.record_inspection(
            unit=SITE, kind=InspectionKind.ROUTINE, answers=all_yes(), by=lodging.leader(WEST), at=at(0)
        )
    with pytest.raises(InputFault, match="no item moon"):
        isolation.record_inspection(
            unit=SITE, kind=InspectionKind.ROUTINE, answers={"moon": YES}, by=lodging.leader(EAST), at=at(0)
        )
    with pytest.raises(InputFault, match="say what is wrong"):
        isolation.record_inspection(
            unit=SITE, kind=InspectionKind.ROUTINE, answers={"zones": Said(Answer.NO)}, by=lodging.leader(EAST), at=at(0)
        )


def test_an_untrained_person_gets_no_shift_and_one_planned_by_another_door_is_found(lodging):
    city, manager = lodging.city, lodging.manager
    nurse = units.register_staff(number="N1", name="护士", home_unit=city.units[EAST], by=manager, at=at(-5))
    post = city.posts[SITE]
    hours = {"starts_at": at(4), "ends_at": at(12)}
    with pytest.raises(Refused, match="not trained in: infection_control, gowning, fire_and_evacuation"):
        isolation.plan_site_shift(post=post, staff=nurse, by=manager, at=at(0), **hours)
    assert not Shift.objects.exists()
    units.plan_shift(post=post, staff=nurse, by=manager, at=at(0), **hours)
    (row,) = owed("isolation.staff_trained")
    assert (row.owner_id, row.due_at, row.label) == (SITE, at(4), "晨光酒店 · N1")
    for topic in ("infection_control", "gowning"):
        isolation.record_training(staff="N1", topic=topic, by=manager, at=at(1))
    assert owed("isolation.staff_trained"), "one topic is still missing"
    isolation.record_training(staff="N1", topic="fire_and_evacuation", by=manager, at=at(2))
    assert owed("isolation.staff_trained") == []
    later = {"starts_at": at(30), "ends_at": at(38)}
    assert isolation.plan_site_shift(post=post, staff=nurse, by=manager, at=at(3), **later).pk
    too_late = {"starts_at": at(24 * 180), "ends_at": at(24 * 181)}
    with pytest.raises(Refused, match="not trained"):
        isolation.plan_site_shift(post=post, staff=nurse, by=manager, at=at(3), **too_late)
    assert not Notice.objects.filter(duty__kind="isolation.staff_trained").exists()
