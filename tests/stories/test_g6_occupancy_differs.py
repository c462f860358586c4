"""G6: the people who are really there differ from the list; a finding passes its fix date.

Three guests on the list. The evening round scans two and a stranger; nobody says anything for an hour. Who was told, when,
and what evidence remains; then the list is put right. And the mirror: a count that agrees bothers nobody.
"""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty, Notice
from bulou.isolation import actions as isolation
from bulou.isolation.actions import Said
from bulou.isolation.choices import Answer, InspectionKind, LeaveReason
from bulou.isolation.models import Finding, HeadCount
from bulou.ledger.actions import content
from bulou.ledger.models import Entry
from tests import lodging as lodgings
from tests.chain import owed, passes, told
from tests.city import CITY, EAST, at
from tests.lodging import SITE, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def guests(city):
    lodging = lodgings.opened(city)
    who = people(4)
    stays = [lodging.admit(person, f"iso001-{101 + number}") for number, person in enumerate(who[:3])]
    return lodging, who, stays


def test_a_difference_is_owed_at_once_and_climbs_until_a_count_agrees(guests):
    lodging, who, stays = guests
    isolation.tend_sites(at=at(1))
    count = isolation.count_heads(unit=SITE, scanned=[who[0], who[1], who[3]], by=lodging.manager, at=at(11))
    assert (count.present, count.listed, count.absent, count.unlisted) == (3, 3, [stays[2].pk], [who[3]])
    (row,) = owed("isolation.heads_reconciled")
    assert (row.owner_id, row.due_at) == (SITE, at(11.5))
    assert row.why == "3 there, 3 on the list; 1 on the list were not scanned; 1 scanned are on no list here"
    passes(at(12.5), since=at(11))
    assert told("isolation.heads_reconciled") == [
        (SITE, at(11), "before:PT30M:owner"), (EAST, at(11.5), "after:PT0M:district"), (CITY, at(12), "after:PT30M:city"),
    ]  # fmt: skip
    isolation.count_heads(unit=SITE, present=2, by=lodging.manager, at=at(12.5))
    assert len(owed("isolation.heads_reconciled")) == 1, "still not right, and still one duty"
    isolation.let_guest_leave(
        stay=stays[2].pk, why=LeaveReason.HOSPITAL, note="went with the ambulance at 18:00", by=lodging.manager, at=at(12.7)
    )
    isolation.count_heads(unit=SITE, scanned=who[:2], by=lodging.manager, at=at(13))
    assert owed("isolation.heads_reconciled") == []
    said = [content(entry) for entry in Entry.objects.filter(tag="isolation:heads:counted").order_by("id")]
    assert [(one["present"], one["listed"]) for one in said] == [(3, 3), (2, 3), (2, 2)]
    assert HeadCount.objects.count() == 3


def test_a_day_on_which_nobody_counts_is_found_and_owed_again(guests):
    lodging, _, _ = guests
    isolation.tend_sites(at=at(1))
    passes(at(13), since=at(9))
    assert told("isolation.heads_counted") == [(SITE, at(10), "before:PT2H:owner"), (EAST, at(12), "after:PT0M:district")]
    isolation.tend_sites(at=at(17))
    first, second = Duty.objects.filter(kind="isolation.heads_counted").order_by("opened_at")
    assert (first.state, first.proof[:14], second.state) == ("failed", "nobody counted", "open")
    isolation.count_heads(unit=SITE, present=3, by=lodging.manager, at=at(25))
    assert owed("isolation.heads_counted") == []


def test_a_finding_that_passes_its_fix_date_reaches_the_district_and_the_city(guests):
    lodging, _, _ = guests
    said = {"sewage": Said(Answer.NO, "no chlorine since noon")}
    isolation.record_inspection(unit=SITE, kind=InspectionKind.ROUTINE, answers=said, by=lodging.leader(EAST), at=at(0))
    passes(at(37), since=at(20))
    assert told("isolation.finding_fixed") == [
        (SITE, at(22), "before:PT2H:owner"), (EAST, at(24), "after:PT0M:district"), (CITY, at(36), "after:PT12H:city"),
    ]  # fmt: skip
    assert Finding.objects.get().fix_by == at(24), "the item's own day"


def test_mirror_a_count_that_agrees_and_a_finding_mended_in_time_bother_nobody(guests):
    lodging, who, _ = guests
    isolation.tend_sites(at=at(1))
    isolation.count_heads(unit=SITE, scanned=who[:3], by=lodging.manager, at=at(9))
    said = {"sewage": Said(Answer.NO, "no chlorine since noon")}
    isolation.record_inspection(unit=SITE, kind=InspectionKind.ROUTINE, answers=said, by=lodging.leader(EAST), at=at(0))
    finding = Finding.objects.get().pk
    isolation.fix_finding(finding=finding, note="delivered and dosed", by=lodging.manager, at=at(3))
    isolation.recheck_finding(finding=finding, mended=True, by=lodging.leader(CITY), at=at(5))
    passes(at(13), since=at(1))
    assert not Notice.objects.filter(duty__kind__in=("isolation.heads_counted", "isolation.heads_reconciled")).exists()
    assert not Notice.objects.filter(duty__kind__startswith="isolation.finding").exists()
