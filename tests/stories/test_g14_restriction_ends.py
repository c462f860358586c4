"""G14: a restriction reaches its end with no new decision, and it ends, also with the worker down; too long is flagged.

The mirror: everything is done in time, and nobody above is bothered.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from bulou.duties import actions as duties
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel import clock
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.playbook import nightly
from bulou.restrictions import actions, queries
from bulou.restrictions.choices import FindingKind, Kind, State
from bulou.restrictions.models import Finding, Restriction
from bulou.specimens.choices import Outcome
from bulou.zones import actions as zones
from bulou.zones.models import RiskZone
from tests import chain as chains
from tests.city import CITY, COMMUNITY_A, EAST, at
from tests.restrictions.facts import in_force

pytestmark = pytest.mark.django_db
LEVELS = (COMMUNITY_A, EAST, CITY)


def told(kind):
    """Who was told about duties of a kind, and when."""
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("told_at", "id")
    return list(found.values_list("unit_id", "told_at"))


def test_nobody_decides_and_no_worker_runs_and_it_ends_all_the_same(city):
    row = in_force(city)
    end = row.ends_at
    for unit in LEVELS:
        assert queries.of_person(city.actor(unit), "P1", end - timedelta(seconds=1)).exists()
        assert not queries.of_person(city.actor(unit), "P1", end).exists()
        assert not queries.of_person(city.actor(unit), "P1", end + timedelta(days=30)).exists()
    assert Restriction.objects.get().state == State.IN_FORCE  # the worker has been down since


def test_back_after_a_day_the_worker_records_the_true_end_and_tells_once(city):
    row = in_force(city)
    late = row.ends_at + timedelta(days=1)
    assert (actions.end_due(at=late), actions.end_due(at=late)) == (1, 0)
    ended = Entry.objects.get(tag=Tag.RESTRICTION_ENDED)
    assert row.ends_at.isoformat()[:16] in ended.data  # its end, not the worker's return
    duty = Duty.objects.get(kind="restriction.undone")
    assert (duty.owner_id, duty.opened_at) == (COMMUNITY_A, late)
    assert duty.due_at < late  # it was late the moment the worker came back: it climbs at once
    sweep(at=late + timedelta(minutes=1))
    assert [unit for unit, _ in told("restriction.undone")] == [COMMUNITY_A, EAST]


def test_a_door_that_is_not_opened_after_the_end_climbs_to_the_district(city):
    row = in_force(city)
    actions.end_due(at=row.ends_at)
    for hours in (0.5, 1.1, 2.1):
        sweep(at=row.ends_at + timedelta(hours=hours))
    assert [unit for unit, _ in told("restriction.undone")] == [COMMUNITY_A, EAST]


def test_a_hold_that_isolation_follows_opens_no_door_and_the_last_end_does(city):
    """While the same person is lawfully held at the same place, nothing is to be undone there."""
    hold = in_force(city, kind=Kind.HOLD, days=1)
    isolation = in_force(city, days=7)
    actions.end_due(at=hold.ends_at)
    assert not Duty.objects.filter(kind="restriction.undone").exists()
    actions.end_due(at=isolation.ends_at)
    assert Duty.objects.get(kind="restriction.undone").about == f"restriction:{isolation.pk}"


def test_a_quarantine_longer_than_the_rule_is_flagged_as_too_much_control(city):
    """Forced past every door, with its guards off, a restriction of 60 days is found the next night."""
    row = in_force(city, kind=Kind.HOME_QUARANTINE)
    _without_guards()
    Restriction.objects.filter(pk=row.pk).update(ends_at=row.starts_at + timedelta(days=60), longest_s=60 * 86_400)
    found = nightly.reconcile(at=at(48))
    assert found.too_much == 1
    finding = Finding.objects.get(kind=FindingKind.TOO_MUCH)
    assert finding.why == "longer than the rule: 60 days, the rule says 7"
    duty = Duty.objects.get(kind="restriction.too_much")
    assert (duty.owner_id, duty.opened_at) == (EAST, at(48))
    again = nightly.reconcile(at=at(72))
    assert (again.fresh, Duty.objects.filter(kind="restriction.too_much").count(), Finding.objects.count()) == (0, 1, 1)
    actions.lift(code=row.pk, reason="too long", by=city.actor(EAST), at=at(73))
    assert nightly.reconcile(at=at(96)).gone == 1
    assert Duty.objects.get(kind="restriction.too_much").state == "fulfilled"


def _without_guards():
    from bulou.restrictions import guards

    editor = connection.schema_editor()
    editor.deferred_sql, editor.collect_sql = [], False
    guards.remove(None, editor)


@pytest.fixture
def positive_person(city):
    """A laboratory reports a person's own sample positive; the facts are all there."""
    chain = chains.running(city)
    single = chain.tube([chain.people[0]], when=at(1))
    chain.report(single, Outcome.POSITIVE, when=at(3))
    return chain.people[0]


def test_a_positive_that_nobody_approves_is_found_as_too_little(city, positive_person):
    row = Restriction.objects.get()
    assert (row.kind, row.state, row.person_id) == (Kind.HOLD, State.PROPOSED, positive_person)
    assert Duty.objects.get(kind="restriction.decided").owner_id == EAST
    found = nightly.reconcile(at=at(20))
    assert (found.too_much, found.too_little) == (0, 1)
    assert "proposed and not approved" in Finding.objects.get().why
    assert Duty.objects.get(kind="restriction.too_little").owner_id == EAST


def test_the_night_runs_once(city, positive_person):
    due, _ = clock.day_bounds(clock.day_of(at(24)))
    due += timedelta(hours=2)
    assert nightly.reconcile_due(at=due - timedelta(seconds=1)) is None
    assert nightly.reconcile_due(at=due) is not None
    assert nightly.reconcile_due(at=due + timedelta(hours=5)) is None


def test_mirror_all_is_done_in_time_and_nobody_above_is_bothered(city, positive_person):
    row = Restriction.objects.get()
    actions.approve(code=row.pk, by=city.actor(EAST), at=at(3.5))
    actions.deliver_notice(code=row.pk, how="by hand", by=city.actor(COMMUNITY_A), at=at(4))
    zones.refuse_zone(code=RiskZone.objects.get().pk, reason="one flat, nobody beside it", by=city.actor(EAST), at=at(4))
    found = nightly.reconcile(at=at(18))
    assert (found.too_much, found.too_little) == (0, 0)
    actions.end_due(at=row.ends_at)
    undone = Duty.objects.get(kind="restriction.undone")
    duties.fulfil(
        duty_id=undone.pk, kind="note", ref="seal taken off", by=city.actor(COMMUNITY_A), at=row.ends_at + timedelta(minutes=20)
    )
    sweep(at=row.ends_at + timedelta(hours=12))
    bothered = Notice.objects.filter(duty__line="D7")
    assert not bothered.exists()
    assert not Finding.objects.exists()
