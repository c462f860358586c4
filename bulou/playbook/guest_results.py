"""A laboratory answered the tube of one person (单采单检): when that is a guest, the site's list of tests knows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bulou.isolation import actions as isolation
from bulou.isolation.choices import SampleOutcome
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.specimens.models import TubeMember

_OUTCOMES: Final = {
    Tag.RESULT_NEGATIVE: SampleOutcome.NEGATIVE,
    Tag.RESULT_POSITIVE: SampleOutcome.POSITIVE,
    Tag.RESULT_INDETERMINATE: SampleOutcome.UNCLEAR,
    Tag.RESULT_INVALID: SampleOutcome.UNCLEAR,
}


def guest_tested(entry: Entry) -> None:
    """Keep the result with the guest's stay; a positive there looks for an infection acquired inside. Pools are nobody's."""
    said = ledger.content(entry)
    if said["people"] != 1:
        return
    tube = entry.subject.removeprefix("tube:")
    person = TubeMember.objects.filter(tube=tube).values_list("person_id", flat=True).first()
    if person is None:
        return
    isolation.result_by_fact(
        person_id=person,
        tube_id=tube,
        outcome=_OUTCOMES[Tag(entry.tag)],
        sampled_at=datetime.fromisoformat(str(said["collected_at"])),
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )
