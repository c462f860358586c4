"""The only writers of the room's tables; what pages, API, files, worker and playbook call."""

from __future__ import annotations

from bulou.zones.deciding import (
    check_exits,
    declare_zone,
    keep_zone,
    lower_zone,
    merge_zones,
    owe_exits_by_fact,
    propose_measures,
    raise_zone,
    record_clean_round,
    refuse_zone,
)
from bulou.zones.proposing import note_positive_by_fact, propose_zone, withdraw_by_fact
from bulou.zones.watching import watch_zones

__all__ = [
    "check_exits",
    "declare_zone",
    "keep_zone",
    "lower_zone",
    "merge_zones",
    "note_positive_by_fact",
    "owe_exits_by_fact",
    "propose_measures",
    "propose_zone",
    "raise_zone",
    "record_clean_round",
    "refuse_zone",
    "watch_zones",
    "withdraw_by_fact",
]
