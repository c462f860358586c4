"""The one table of consequences: every tag of the ledger is followed by steps, or stands here with the reason why not.

A step takes the ledger entry and does what the policy says follows from it; it runs in the fact's transaction, in a
savepoint. When it raises, the fact stays and the step becomes a duty (``repair.on_failure``). What a room owes because
of its own fact it opens in its own action; here stands what crosses from one room to another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.playbook.laboratory_full import let_boxes_pass, reroute_boxes
from bulou.playbook.pool_abnormal import resample_members
from bulou.playbook.positive_result import case_opened, positive_result
from bulou.playbook.post_vacated import pass_duties, post_filled
from bulou.playbook.repair import on_failure
from bulou.playbook.rounds import expire_refusals, owe_communities
from bulou.playbook.unclear_result import (
    late_result_answered,
    resample_unclear,
    review_late_result,
    settle_by_diagnosis,
)

__all__ = ["FOLLOWS", "NOTHING_FOLLOWS", "on_failure"]

Step = Callable[[Entry], None]

FOLLOWS: Mapping[Tag, tuple[Step, ...]] = {
    Tag.POST_VACATED: (pass_duties,),
    Tag.POST_FILLED: (post_filled,),
    Tag.POST_ACTING: (post_filled,),
    Tag.ROUND_OPENED: (owe_communities,),
    Tag.ROUND_CLOSED: (expire_refusals,),
    Tag.ROUND_CANCELLED: (expire_refusals,),
    Tag.LABORATORY_FULL: (reroute_boxes,),
    Tag.LABORATORY_AVAILABLE: (let_boxes_pass,),
    Tag.RESULT_POOL_ABNORMAL: (resample_members,),
    Tag.RESULT_POSITIVE: (positive_result,),
    Tag.RESULT_INDETERMINATE: (resample_unclear,),
    Tag.RESULT_INVALID: (resample_unclear,),
    Tag.RESULT_LATE: (review_late_result,),
    Tag.CASE_OPENED: (case_opened, late_result_answered),
    Tag.CASE_DIAGNOSED: (settle_by_diagnosis,),
}

_REGISTER = "a register entry: nobody owes anything because of it"
_DUTY = "the duty's own story: its clock, its owner and its sweep carry what follows"
_OWN = "the room that records it opens and closes the duties itself, in the same action"
_ANSWER = "it answers a duty, and the action that records it closes that duty"

NOTHING_FOLLOWS: Mapping[Tag, str] = {
    Tag.UNIT_REGISTERED: _REGISTER,
    Tag.STAFF_REGISTERED: _REGISTER,
    Tag.POST_CREATED: _REGISTER,
    Tag.SHIFT_PLANNED: _REGISTER,
    Tag.SHIFT_HANDED_OVER: "the open duties stay with the unit; the note tells the next shift of them",
    Tag.ACCOUNT_CREATED: _REGISTER,
    Tag.TOKEN_CREATED: _REGISTER,
    Tag.TOKEN_REVOKED: _REGISTER,
    Tag.DUTY_OPENED: _DUTY,
    Tag.DUTY_FULFILLED: _DUTY,
    Tag.DUTY_WAIVED: _DUTY,
    Tag.DUTY_SUPERSEDED: _DUTY,
    Tag.DUTY_FAILED: "its successors are opened by whoever lets it fail, in the same transaction",
    Tag.DUTY_RECLOCKED: _DUTY,
    Tag.DUTY_EVIDENCE: _DUTY,
    Tag.DUTY_PASSED: _DUTY,
    Tag.DUTY_TAKEN_OVER: _DUTY,
    Tag.DUTY_DECIDED: _DUTY,
    Tag.DUTY_TOLD: _DUTY,
    Tag.HANDOVER_OFFERED: _DUTY,
    Tag.HANDOVER_ACCEPTED: _DUTY,
    Tag.HANDOVER_REFUSED: "refused twice, the hand-over itself opens the superior's decision",
    Tag.HANDOVER_WITHDRAWN: _DUTY,
    Tag.HANDOVER_LAPSED: "the sweep opens the superior's decision with it",
    Tag.CAPACITY_DECLARED: "the superior's answer is opened by the action that records it",
    Tag.TASK_ASSIGNED: "the task is a duty, opened by the action that records it",
    Tag.RESIDENT_REGISTERED: _REGISTER,
    Tag.RESIDENT_CHANGED: _REGISTER,
    Tag.ROSTER_IMPORTED: _REGISTER,
    Tag.BASE_NUMBER_DRIFTED: _OWN,
    Tag.ROUND_PLANNED: _OWN,
    Tag.ROUND_EXTENDED: _OWN,
    Tag.ROUND_FROZEN: "a frozen round is history; its specimens' duties go on with their own clocks",
    Tag.ROSTER_DRAWN: _OWN,
    Tag.EXEMPTION_GRANTED: _ANSWER,
    Tag.LABORATORY_REGISTERED: _REGISTER,
    Tag.CAPACITY_CLAIMED: _ANSWER,
    Tag.CAPACITY_RELEASED: "a site whose capacity is gone is found when it wants to open",
    Tag.SITE_PLANNED: _OWN,
    Tag.SITE_OPENED: _ANSWER,
    Tag.SITE_REFUSED: _OWN,
    Tag.SITE_CLOSED: "what was collected there stays owed: the site's tubes and boxes keep their clocks",
    Tag.QUEUE_REPORTED: _OWN,
    Tag.TUBE_REGISTERED: "hundreds a second: the watch derives what waits at a site, the intake closes what it answers",
    Tag.TUBE_VOIDED: "the superior's review is opened by the action that records it",
    Tag.TUBE_LOST: "its members' new samples are opened by the action that records it",
    Tag.TUBES_ORPHANED: "the laboratory's assignment is opened by the action that records it",
    Tag.BOX_PACKED: "what is packed and not sealed is still owed by the site; the watch derives it",
    Tag.BOX_SEALED: "delivery is opened by the action that records it",
    Tag.BOX_ASSIGNED: _ANSWER,
    Tag.BOX_OFFERED: "the sender owes delivery until the receiver accepts",
    Tag.BOX_ACCEPTED: "delivery passes to the receiver in the action that records it",
    Tag.BOX_REFUSED: "the sender still owes delivery; refused twice, the common superior must decide",
    Tag.BOX_RECEIVED: "delivery is closed and testing opened by the action that records it",
    Tag.BOX_DISCREPANT: "the reconciliation is opened by the action that records it",
    Tag.BOX_REROUTED: _ANSWER,
    Tag.SCAN_VOIDED: "the superior's review is opened by the action that records it",
    Tag.RESULT_NEGATIVE: _ANSWER,
    Tag.RESULT_UNMATCHED: "the search for its specimen is opened by the action that records it",
    Tag.RESULT_CONFLICTING: "the settlement is opened by the action that records it",
    Tag.RESULT_RECALLED: "the re-test is opened by the action that records it",
    Tag.VISIT_RECORDED: _OWN,
    Tag.ROUND_BEHIND: _OWN,
    Tag.ROUND_RECOVERED: _ANSWER,
    Tag.ROUND_COVERED: _ANSWER,
    Tag.ROUND_CUT_OFF: _OWN,
    Tag.ANTIGEN_REPORTED: _OWN,
    Tag.CASE_REPORTED: _ANSWER,
    Tag.CASE_RECLASSIFIED: "a figure of the daily report, counted once; nobody owes more because of it",
    Tag.CASE_RELEASED: "follow-up after release has no room yet",
    Tag.CHASE_STEP_DONE: _ANSWER,
    Tag.TRANSFER_REQUESTED: "the duty to move the person is opened by the action that records it",
    Tag.TRANSFER_CANCELLED: _OWN,
    Tag.TRANSFER_PLAN_PROPOSED: "a proposal binds nobody until a person commits it",
    Tag.TRANSFER_PLAN_COMMITTED: _OWN,
    Tag.TRANSFER_PLAN_REFUSED: "the open requests keep their clocks; the checker's words stand with the plan",
    Tag.TRANSFER_SEATED: _OWN,
    Tag.TRANSFER_BOARDED: _OWN,
    Tag.TRANSFER_LEFT: "the morning's duty is opened by the action that records it",
    Tag.TRANSFER_RECEIVED: _ANSWER,
    Tag.TRANSFER_DECLINED: "the sender still owes the transfer; refused twice, the common superior must decide",
    Tag.TRIP_DEPARTED: _OWN,
    Tag.TRIP_AT_DOOR: "the door's duty is opened by the action that records it",
    Tag.TRIP_DONE: _ANSWER,
    Tag.TRIP_CANCELLED: "its people stand open again with their own clocks",
    Tag.TRIP_STOPPED: "the answer of the unit above is opened by the action that records it",
    Tag.TRIP_RESUMED: _ANSWER,
    Tag.TRIP_ENDED: _ANSWER,
    Tag.TRANSFER_DAY_CLOSED: _OWN,
    Tag.CARER_MISSING: "the duty to name a carer is opened by the action that records it",
    Tag.CARER_NAMED: _ANSWER,
    Tag.RECEIVER_ASKED: "the agreement is opened as a duty by the action that records it",
    Tag.RECEIVER_AGREED: _ANSWER,
    Tag.RECEIVER_DECLINED: _ANSWER,
    Tag.VEHICLE_REGISTERED: _REGISTER,
    Tag.VEHICLE_OUT: "its planned trips are cancelled by the action that records it",
    Tag.DRIVER_REGISTERED: _REGISTER,
    Tag.PICKUP_SET: _REGISTER,
    Tag.REPORT_FROZEN: _REGISTER,
    Tag.FIGURE_CORRECTED: _REGISTER,
    Tag.FILE_IMPORTED: _OWN,
    Tag.FILE_EXPORTED: _REGISTER,
    Tag.STEP_FAILED: "its repair is a duty, opened where the failure is recorded",
}
