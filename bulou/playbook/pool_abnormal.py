"""A pool is abnormal (混采异常): nobody in it is positive, and each of them is sampled again, alone, once."""

from __future__ import annotations

from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.specimens import owed, rules
from bulou.specimens.models import Tube, TubeMember


def resample_members(entry: Entry) -> None:
    """Owe a new single sample of each member; a second laboratory with the same answer asks for nothing more."""
    if ledger.content(entry).get("repeated"):
        return
    sample_again(entry, why=rules.SAID_POOL % {"tube": entry.subject.removeprefix("tube:")})


def sample_again(entry: Entry, *, why: str) -> None:
    """Owe a new sample of everybody in the entry's tube, by the community where each stays."""
    tube = Tube.objects.select_related("site").get(pk=entry.subject.removeprefix("tube:"))
    people = list(TubeMember.objects.filter(tube=tube).order_by("person_id").values_list("person_id", flat=True))
    owed.open_all(owed.new_samples(people, tube, why=why), by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at)
