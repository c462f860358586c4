"""The only writers of the register; what other rooms, pages, API and import call."""

from __future__ import annotations

from bulou.restrictions.alarms import Stopped, sound, watch_attempts
from bulou.restrictions.appeals import appeal, decide_appeal
from bulou.restrictions.approving import approve, approve_list, deliver_notice, refuse, withdraw
from bulou.restrictions.ending import end_due, evacuate, lift, lift_all_by_fact, lift_by_fact, lift_places_by_fact, medical_exit
from bulou.restrictions.lists import confirm_list, reject_list
from bulou.restrictions.own import appeal_by_code, issue_code
from bulou.restrictions.proposing import Demanded, propose, propose_all_by_fact, propose_by_fact, propose_many
from bulou.restrictions.reconciling import Expected, Reconciled, reconcile
from bulou.restrictions.rules import Wanted

__all__ = [
    "Demanded",
    "Expected",
    "Reconciled",
    "Stopped",
    "Wanted",
    "appeal",
    "appeal_by_code",
    "approve",
    "approve_list",
    "confirm_list",
    "decide_appeal",
    "deliver_notice",
    "end_due",
    "evacuate",
    "issue_code",
    "lift",
    "lift_all_by_fact",
    "lift_by_fact",
    "lift_places_by_fact",
    "medical_exit",
    "propose",
    "propose_all_by_fact",
    "propose_by_fact",
    "propose_many",
    "reconcile",
    "refuse",
    "reject_list",
    "sound",
    "watch_attempts",
    "withdraw",
]
