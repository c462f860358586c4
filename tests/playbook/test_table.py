"""The table of consequences: complete over all tags, and safe against a step that raises."""

from __future__ import annotations

import pytest
from django.db import transaction

from bulou.duties.models import Duty
from bulou.kernel.errors import NotFound
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import EVERY, AnyTag
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.playbook import again, table
from bulou.specimens.choices import Outcome
from bulou.specimens.models import LaboratoryResult, Tube
from tests import chain as chains
from tests.chain import owed
from tests.city import CITY, LAB_1, WEST, City, at


@pytest.mark.parametrize("tag", EVERY)
def test_every_tag_is_followed_by_steps_or_says_why_not(tag: AnyTag) -> None:
    steps, reason = table.FOLLOWS.get(tag, ()), table.NOTHING_FOLLOWS.get(tag, "")
    assert bool(steps) != bool(reason), "one of the two, and not both"


def test_steps_are_named_once_within_a_tag() -> None:
    for tag, steps in table.FOLLOWS.items():
        names = [step.__name__ for step in steps]
        assert len(set(names)) == len(names), f"{tag}: a repair could not say which one failed"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """A playbook whose step after a positive writes and then raises."""
    seen: list[Entry] = []

    def positive_result(entry: Entry) -> None:
        seen.append(entry)
        Tube.objects.update(retest_of="half done")
        message = "the chase desk cannot be reached"
        raise RuntimeError(message)

    follows = {**table.FOLLOWS, Tag.RESULT_POSITIVE: (positive_result,)}
    playbook = ledger.Playbook(follows=follows, nothing_follows=table.NOTHING_FOLLOWS, on_failure=table.on_failure)
    monkeypatch.setattr(ledger, "_playbook", playbook)
    return seen


def test_a_step_that_raises_leaves_the_fact_and_opens_the_citys_duty(city: City, broken: list[Entry]) -> None:
    chain = chains.running(city)
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    assert len(broken) == 1
    assert LaboratoryResult.objects.get().outcome == "positive", "the laboratory's word is kept"
    assert Tube.objects.get(pk=tube).retest_of == "", "nothing of the step that failed"
    entry = Entry.objects.get(tag="specimen:result:positive")
    (row,) = owed("consequence.repaired")
    assert (row.owner_id, row.about) == (CITY, f"entry:{entry.pk}/positive_result")
    assert row.why == "RuntimeError: the chase desk cannot be reached"
    assert row.due_at > row.opened_at
    assert Entry.objects.filter(tag="playbook:step:failed", subject=row.about).count() == 1


def test_the_step_is_carried_out_again_when_its_cause_is_mended(
    city: City, broken: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = chains.running(city)
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    entry = Entry.objects.get(tag="specimen:result:positive")
    monkeypatch.undo()
    step = {"entry_id": entry.pk, "step": "positive_result", "at": at(4)}
    with pytest.raises(NotFound):
        again.run_again(by=city.actor(WEST), **step)
    with pytest.raises(NotFound):
        again.run_again(by=city.actor(CITY), **(step | {"step": "let_boxes_pass"}))
    assert again.run_again(by=city.actor(CITY), **step) is not None
    assert not owed("consequence.repaired")
    assert len(owed("case.chased")) == 1


def test_without_a_playbook_no_fact_is_committed(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_playbook", None)
    before = Entry.objects.count()
    with pytest.raises(RuntimeError, match="no playbook"), transaction.atomic():
        ledger.record(tag=Tag.UNIT_REGISTERED, subject="unit:x", unit=CITY, by=city.actor(CITY), at=at(0))
    assert Entry.objects.count() == before


def test_a_vacated_post_passes_its_duties_and_the_superior_owes_a_holder(city: City) -> None:
    from bulou.units import actions as units

    chain = chains.running(city)
    chain.report("T-unknown", Outcome.NEGATIVE, when=at(1))
    units.vacate_post(post=city.posts[LAB_1], reason="left his post", by=city.actor(CITY), at=at(2))
    (row,) = owed("post.filled")
    assert (row.owner_id, row.why) == (CITY, "left his post")
    assert Duty.objects.get(kind="result.matched").owner_id == CITY
    units.name_acting(post=city.posts[LAB_1], staff=city.staff[CITY], by=city.actor(CITY), at=at(2.5))
    assert not owed("post.filled")


def test_a_post_with_an_acting_holder_keeps_its_duties_and_bothers_nobody(city: City) -> None:
    from bulou.units import actions as units

    chain = chains.running(city)
    chain.report("T-unknown", Outcome.NEGATIVE, when=at(1))
    units.vacate_post(post=city.posts[LAB_1], reason="ill", by=city.actor(CITY), at=at(2), acting=city.staff[CITY])
    assert not owed("post.filled")
    assert Duty.objects.get(kind="result.matched").owner_id == LAB_1
