"""The specimen chain in words: stations, hand-overs, results and the ledger's entries, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, pgettext

from bulou.kernel import clock
from bulou.ledger.models import Entry
from bulou.restrictions.wording import why as said_reason
from bulou.specimens.choices import Discrepancy
from bulou.web import actors
from bulou.web.restriction_words import tag_words as restriction_tag
from bulou.web.show.duties import Step
from bulou.web.show.words import late_words, list_words, span_words, time_of


def stage_words(key: str) -> str:
    """A station of the chain in words."""
    return {
        "collected": gettext("collected"), "packing": gettext("being packed"), "sealed": gettext("sealed"),
        "in_transit": gettext("on the way"), "received": gettext("in the laboratory"),
        "reported": gettext("reported"), "lost": gettext("lost"), "boxed": gettext("in a box"),
        "voided": gettext("void"),
    }.get(key, key)  # fmt: skip


def outcome_words(outcome: str) -> str:
    """What a laboratory found, in words."""
    return {
        "positive": gettext("preliminary positive"), "negative": gettext("negative"),
        "indeterminate": gettext("indeterminate"), "invalid": gettext("invalid"),
    }.get(outcome, gettext("no result yet"))  # fmt: skip


def result_words(outcome: str, people: int) -> str:
    """What a laboratory found in a tube, in words; a pool's positive is nobody's own result."""
    if outcome == "positive" and people > 1:
        return gettext("pool abnormal: nobody's own result")
    return outcome_words(outcome)


def result_state_words(state: str) -> str:
    """How a result stands, in words."""
    return {
        "valid": gettext("valid"), "unmatched": gettext("unmatched"), "conflicting": gettext("in dispute"),
        "recalled": gettext("recalled"), "overruled": gettext("overruled"),
    }.get(state, state)  # fmt: skip


def transfer_words(state: str) -> str:
    """The state of a box's hand-over in words."""
    return {
        "offered": gettext("waiting"), "accepted": gettext("accepted"), "refused": pgettext("hand-over", "refused"),
        "withdrawn": gettext("withdrawn"),
    }.get(state, state)  # fmt: skip


def discrepancy_words(kinds: str) -> str:
    """What did not agree, in words."""
    words = {
        Discrepancy.SHORT: gettext("tubes missing"), Discrepancy.OVER: gettext("too many tubes"),
        Discrepancy.SEAL: gettext("another seal"), Discrepancy.SWAPPED: gettext("another box"),
        Discrepancy.LATE: gettext("late"),
    }  # fmt: skip
    return list_words(
        [words.get(Discrepancy(kind), kind) if kind in set(Discrepancy) else kind for kind in kinds.split(";") if kind]
    )


def tag_words(tag: str) -> str:
    """What a ledger entry of the chain says, in words."""
    return {
        "specimen:tube:registered": gettext("Tube registered"), "specimen:tube:voided": gettext("Tube void"),
        "specimen:tube:lost": gettext("Lost"), "specimen:tube:without_laboratory": gettext("No laboratory"),
        "specimen:box:packed": gettext("Packed"), "specimen:box:sealed": gettext("Sealed"),
        "specimen:box:assigned": gettext("Laboratory assigned"), "specimen:box:offered": pgettext("story", "Offered"),
        "specimen:box:accepted": gettext("Taken over"), "specimen:box:refused": gettext("Refused"),
        "specimen:box:received": gettext("Received by the laboratory"),
        "specimen:box:discrepant": gettext("The counts or seals differ"),
        "specimen:box:rerouted": gettext("Sent elsewhere"), "specimen:scan:voided": gettext("Scan taken back"),
        "specimen:result:negative": gettext("Negative"), "specimen:result:positive": gettext("Preliminary positive"),
        "specimen:result:pool_abnormal": gettext("Pool abnormal"),
        "specimen:result:indeterminate": gettext("Indeterminate"), "specimen:result:invalid": gettext("Invalid"),
        "specimen:result:conflicting": gettext("Two laboratories disagree"),
        "specimen:result:late": gettext("Result after release"), "specimen:result:recalled": gettext("Result recalled"),
    }.get(tag) or restriction_tag(tag)  # fmt: skip


def entry_note(data: Mapping[str, Any]) -> str:
    """What an entry of the specimen chain says beside its tag."""
    keep = ("seal", "count", "to", "from", "laboratory", "reason", "why", "outcome", "run", "vehicle", "problem")
    return list_words([said_reason(str(data[name])) for name in keep if data.get(name) not in (None, "")])


def entry_steps(
    entries: Sequence[Entry],
    words: Callable[[str], str] = tag_words,
    note_of: Callable[[Mapping[str, Any]], str] = entry_note,
) -> tuple[Step, ...]:
    """What happened, as the ledger has it, each with its seal; ``words`` says a tag, ``note_of`` what else it says."""
    names = actors.places(str(json.loads(entry.actor)["unit"]) for entry in entries)

    def step(entry: Entry) -> Step:
        actor, data = json.loads(entry.actor), json.loads(entry.data)
        note = note_of(data)
        return Step(
            at=clock.local(entry.happened_at),
            what=words(entry.tag),
            by=actors.acted(actor["name"], actor["unit"], names),
            note=note[:160],
            seal=f"#{entry.seal_id}" if entry.seal_id else gettext("not sealed yet"),
        )

    return tuple(step(entry) for entry in entries)


def clock_words(due_at: datetime | None, closed: datetime | None, now: datetime) -> str:
    """When it ended, or how long there is."""
    if closed is not None:
        return time_of(closed, now)
    return late_words(due_at, now) if due_at else "–"


def limit_words(due_at: datetime | None, closed: datetime | None) -> str:
    """The limit, and by how much it was kept or missed."""
    if due_at is None:
        return ""
    limit = gettext("limit %(time)s") % {"time": time_of(due_at)}
    if closed is None:
        return limit
    said = gettext("%(span)s before it") if closed <= due_at else gettext("%(span)s after it")
    return list_words([limit, said % {"span": span_words(due_at - closed)}])
