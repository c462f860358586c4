"""When what is known of persons is erased, as the pack has it: the ledger's payloads, each by the rule of its tag."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger import erasing
from bulou.ledger.tags import Tag
from bulou.policy import pack_in_force

# The pack's number → the tags whose payloads it keeps; every other tag is kept for ``personal_kept``.
KEPT: Mapping[str, tuple[Tag, ...]] = {
    "visits_kept": (Tag.VISIT_RECORDED,),  # what was said at a door, a refusal above all, ends with the round
    "exemptions_kept": (Tag.EXEMPTION_GRANTED,),
}


def erase_due(*, by: Actor, at: datetime) -> int:
    """Erase what is due; returns how many payloads. Each batch leaves the entry that proves it."""
    pack = pack_in_force(settings.BULOU_POLICY, clock.day_of(at))
    kept = {tag.value: pack.span(number) for number, tags in KEPT.items() for tag in tags}
    return erasing.erase_due(kept=kept, default=pack.span("personal_kept"), by=by, at=at)
