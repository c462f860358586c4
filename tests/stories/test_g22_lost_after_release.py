"""G22: a home community never accepts a released person; a day-3 check is not done.

Released at noon on day 7, offered to the home community, which says nothing: the site still answers, the common superior must
decide, and decides. The days at home begin with that. On the third day nobody goes. Who was told, when, and what remains;
and the mirror, in which the community accepts at once and every day is done.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties import actions, handovers
from bulou.duties.models import Duty, Notice, Tenure
from bulou.isolation import actions as isolation
from bulou.isolation import queries
from bulou.isolation.choices import CheckKind, Found
from bulou.isolation.models import FollowUp, GuestTest
from bulou.kernel.errors import Refused
from tests import lodging as lodgings
from tests.chain import owed, passes, told
from tests.city import CITY, COMMUNITY_B, EAST, STREET_1, at
from tests.lodging import SITE, people

pytestmark = pytest.mark.django_db
OUT = at(7 * 24 + 4)  # 12:00 of the seventh day
HOUR = timedelta(hours=1)


@pytest.fixture
def released(city):
    """A contact of the community B, last exposed at 08:00, tests negative, released at noon of day 7."""
    lodging = lodgings.opened(city)
    (who,) = people(1, home=COMMUNITY_B)
    stay = lodging.admit(who, "iso001-101", when=at(1), clock_from=at(0))
    for number, test in enumerate(GuestTest.objects.all()):
        GuestTest.objects.filter(pk=test.pk).update(
            tube_id=f"T{number}", sampled_at=at(160), resulted_at=at(160), outcome="negative"
        )
    isolation.release_guest(stay=stay.pk, by=lodging.manager, at=OUT)
    return lodging, FollowUp.objects.get()


def test_unaccepted_the_site_still_answers_and_the_common_superior_must_decide(released):
    lodging, home = released
    passes(OUT + 9 * HOUR, since=OUT, every=timedelta(minutes=15))
    (row,) = owed("followup.home_accepted")
    assert (row.owner_id, row.why) == (SITE, f"{COMMUNITY_B}: not answered in time")
    (decision,) = owed("handover.decided")
    assert (decision.owner_id, decision.opened_at) == (STREET_1, OUT + 2 * HOUR), "the lowest that is above both"
    assert [(unit, when) for unit, when, step in told("followup.home_accepted") if step.startswith(("before", "after"))] == [
        (SITE, OUT + 3 * HOUR), (EAST, OUT + 4 * HOUR), (CITY, OUT + 8 * HOUR),
    ]  # fmt: skip
    assert list(queries.unaccepted(lodging.leader())) == [home]
    assert owed("followup.day_checked") == [], "nobody at home owes anything yet"


def test_decided_by_the_superior_the_days_at_home_begin_with_it(released):
    lodging, home = released
    passes(OUT + 3 * HOUR, since=OUT, every=timedelta(minutes=15))
    (row,) = owed("followup.home_accepted")
    decided = OUT + 3 * HOUR
    handovers.decide_owner(
        duty_id=row.pk, to_unit=COMMUNITY_B, reason="registered there", by=lodging.leader(STREET_1), at=decided
    )
    home.refresh_from_db()
    assert (home.state, home.accepted_unit, home.accepted_at) == ("monitoring", COMMUNITY_B, decided)
    assert list(Tenure.objects.filter(duty=row).order_by("id").values_list("unit_id", flat=True)) == [SITE, COMMUNITY_B]
    assert sorted(one.about.split("/")[1] for one in owed("followup.day_checked")) == ["health:1", "health:2", "health:3"]
    assert [one.owner_id for one in owed("followup.home_tested")] == [COMMUNITY_B]


def test_a_day_three_check_that_is_not_done_climbs_and_the_person_counts_as_lost_from_sight(released):
    lodging, home = released
    worker = lodging.leader(COMMUNITY_B)
    isolation.accept_home(follow_up=home.pk, by=worker, at=OUT + HOUR)
    for day in (1, 2):
        isolation.record_check(
            follow_up=home.pk, day=day, kind=CheckKind.HEALTH, found=Found.WELL, by=worker, at=OUT + day * 24 * HOUR
        )
    (third,) = owed("followup.day_checked")
    ends = at(10 * 24 + 16)  # midnight after the third day at home
    assert third.due_at == ends
    assert list(queries.lost(lodging.leader(), at=ends)) == []
    passes(ends + 7 * HOUR, since=ends - 5 * HOUR, every=timedelta(minutes=30))
    assert told("followup.day_checked") == [
        (COMMUNITY_B, ends - 4 * HOUR, "before:PT4H:owner"), (STREET_1, ends, "after:PT0M:street"),
        (EAST, ends + 6 * HOUR, "after:PT6H:district"),
    ]  # fmt: skip
    assert list(queries.lost(lodging.leader(), at=ends + HOUR)) == [home]


def test_somebody_who_is_not_found_is_searched_for_by_name_of_owner(released):
    lodging, home = released
    worker, when = lodging.leader(COMMUNITY_B), OUT + 24 * HOUR
    isolation.accept_home(follow_up=home.pk, by=worker, at=OUT + HOUR)
    check = {"follow_up": home.pk, "day": 1, "kind": CheckKind.HEALTH, "by": worker}
    isolation.record_check(found=Found.NOT_FOUND, note="nobody opens, telephone off", at=when, **check)
    (row,) = owed("followup.person_found")
    assert (row.owner_id, row.due_at, row.why) == (COMMUNITY_B, when + 2 * HOUR, "nobody opens, telephone off")
    assert len(owed("followup.day_checked")) == 3, "not found is not checked"
    assert list(queries.lost(lodging.leader(), at=when)) == [home]
    passes(when + 3 * HOUR, since=when, every=timedelta(minutes=30))
    assert [unit for unit, _, _ in told("followup.person_found")] == [STREET_1, EAST]
    isolation.report_found(follow_up=home.pk, where="with a sister in the next street", by=worker, at=when + 3 * HOUR)
    assert owed("followup.person_found") == []
    isolation.record_check(found=Found.WELL, at=when + 4 * HOUR, **check)
    assert len(owed("followup.day_checked")) == 2


def test_mirror_accepted_at_once_and_checked_every_day_nobody_is_bothered(released):
    lodging, home = released
    worker = lodging.leader(COMMUNITY_B)
    (row,) = owed("followup.home_accepted")
    handovers.accept_handover(duty_id=row.pk, by=worker, at=OUT + HOUR)  # on the duty's own page: the same
    home.refresh_from_db()
    assert home.state == "monitoring"
    for day in (1, 2, 3):
        when = OUT + (24 * day - 1) * HOUR
        passes(when, since=when - HOUR, every=timedelta(minutes=30))
        isolation.record_check(follow_up=home.pk, day=day, kind=CheckKind.HEALTH, found=Found.WELL, by=worker, at=when)
        if day == 3:
            isolation.record_check(follow_up=home.pk, day=3, kind=CheckKind.TEST, found=Found.WELL, by=worker, at=when)
    home.refresh_from_db()
    assert (home.state, home.ended_at) == ("done", OUT + 71 * HOUR)
    assert set(Duty.objects.filter(kind__startswith="followup").values_list("state", flat=True)) == {"fulfilled"}
    steps = Notice.objects.filter(duty__line="D6").exclude(step__startswith="handover")
    assert list(steps.values_list("step", flat=True)) == []
    with pytest.raises(Refused, match="is done"):
        isolation.record_check(follow_up=home.pk, day=3, kind=CheckKind.TEST, found=Found.WELL, by=worker, at=OUT + 80 * HOUR)


def test_a_day_that_is_fulfilled_on_the_dutys_own_page_is_done_on_the_list_too(released):
    lodging, home = released
    worker = lodging.leader(COMMUNITY_B)
    isolation.accept_home(follow_up=home.pk, by=worker, at=OUT + HOUR)
    for number, duty in enumerate(Duty.objects.filter(kind__in=("followup.day_checked", "followup.home_tested"), state="open")):
        actions.fulfil(duty_id=duty.pk, kind="note", ref="telephone", note="well", by=worker, at=OUT + (20 + number) * HOUR)
    isolation.tend_sites(at=OUT + 25 * HOUR)
    home.refresh_from_db()
    assert home.state == "done"
    assert set(home.checks.values_list("found", "note")) == {("well", "note telephone")}
