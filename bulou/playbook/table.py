"""The one table of consequences: every tag of the ledger is followed by steps, or stands in ``nothing`` with the reason.

A step takes the ledger entry and does what the policy says follows from it; it runs in the fact's transaction, in a
savepoint. When it raises, the fact stays and the step becomes a duty (``repair.on_failure``). What a room owes because
of its own fact it opens in its own action; here stands what crosses from one room to another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bulou.ledger.line_tags import AnyTag, LineTag
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.playbook.arriving import arrival_follows
from bulou.playbook.chasing import case_held, contact_tested, move_case, move_contacts, stay_with_end, stay_with_exclusion
from bulou.playbook.guest_results import guest_tested
from bulou.playbook.guests import guest_gone, guest_kept, guests_seen
from bulou.playbook.laboratory_full import let_boxes_pass, reroute_boxes
from bulou.playbook.meeting_figures import freeze_figures
from bulou.playbook.moving import placed_by_transfer, signed_by_site
from bulou.playbook.nothing import NOTHING_FOLLOWS
from bulou.playbook.order_pace import begin_orders
from bulou.playbook.pool_abnormal import resample_members
from bulou.playbook.positive_result import case_opened, positive_result
from bulou.playbook.post_vacated import pass_duties, post_filled
from bulou.playbook.released import home_taken_over, lift_released
from bulou.playbook.repair import on_failure
from bulou.playbook.requested import request_follows
from bulou.playbook.restricting import free_released, hold_positive, isolate_diagnosed, restrict_contacts
from bulou.playbook.rounds import expire_refusals, owe_communities, owe_kits
from bulou.playbook.shifts import training_owed
from bulou.playbook.supplying import end_supplies, food_reached, owe_supplies
from bulou.playbook.telling import (
    measure_told,
    question_follows,
    tell_of_measure,
    tell_of_order,
    tell_of_zone,
    withdraw_notices,
)
from bulou.playbook.unclear_result import (
    late_result_answered,
    resample_unclear,
    review_late_result,
    settle_by_diagnosis,
)
from bulou.playbook.zoning import check_exits, disinfect_after, disinfect_visited, no_zone_for_excluded, zone_for_case

__all__ = ["FOLLOWS", "NOTHING_FOLLOWS", "on_failure"]

Step = Callable[[Entry], None]

FOLLOWS: Mapping[AnyTag, tuple[Step, ...]] = {
    Tag.POST_VACATED: (pass_duties,),
    Tag.SHIFT_PLANNED: (training_owed,),
    Tag.POST_FILLED: (post_filled,),
    Tag.POST_ACTING: (post_filled,),
    Tag.GUEST_ADMITTED: (signed_by_site, guest_kept),
    Tag.GUEST_MOVED: (guest_kept,),
    Tag.GUESTS_CHECKED: (guests_seen,),
    Tag.GUEST_RELEASED: (lift_released, guest_gone),
    Tag.GUEST_LEFT: (guest_gone,),
    Tag.SITE_OPENED: (begin_orders,),
    LineTag.MEETING_OPENED: (freeze_figures,),
    Tag.HANDOVER_ACCEPTED: (home_taken_over, request_follows, arrival_follows, question_follows),
    Tag.HANDOVER_REFUSED: (request_follows, arrival_follows, question_follows),
    Tag.HANDOVER_WITHDRAWN: (request_follows, arrival_follows, question_follows),
    Tag.HANDOVER_LAPSED: (request_follows, arrival_follows, question_follows),
    Tag.DUTY_DECIDED: (home_taken_over, request_follows, arrival_follows, question_follows),
    Tag.ROUND_OPENED: (owe_communities, owe_kits),
    Tag.ROUND_CLOSED: (expire_refusals, withdraw_notices),
    Tag.ROUND_CANCELLED: (expire_refusals, withdraw_notices),
    Tag.LABORATORY_FULL: (reroute_boxes,),
    Tag.LABORATORY_AVAILABLE: (let_boxes_pass,),
    Tag.RESULT_POOL_ABNORMAL: (resample_members,),
    Tag.RESULT_POSITIVE: (positive_result, hold_positive, guest_tested),
    Tag.RESULT_NEGATIVE: (contact_tested, guest_tested),
    Tag.RESULT_INDETERMINATE: (resample_unclear, guest_tested),
    Tag.RESULT_INVALID: (resample_unclear, guest_tested),
    Tag.RESULT_LATE: (review_late_result,),
    Tag.CASE_OPENED: (case_opened, late_result_answered, move_case, zone_for_case, disinfect_after),
    Tag.CASE_DIAGNOSED: (settle_by_diagnosis, isolate_diagnosed, stay_with_exclusion, no_zone_for_excluded),
    Tag.CASE_RELEASED: (free_released,),
    Tag.CONTACT_GRADED: (restrict_contacts, move_contacts),
    Tag.CONTACT_ENDED: (free_released, stay_with_end),
    Tag.RESTRICTION_APPROVED: (case_held, owe_supplies, check_exits, tell_of_measure),
    Tag.RESTRICTION_ENDED: (end_supplies, withdraw_notices),
    Tag.RESTRICTION_LIFTED: (end_supplies, withdraw_notices),
    LineTag.ORDER_ISSUED: (tell_of_order,),
    LineTag.ORDER_SUPERSEDED: (withdraw_notices,),
    LineTag.ORDER_RECALLED: (withdraw_notices,),
    LineTag.ORDER_EXPIRED: (withdraw_notices,),
    LineTag.ZONE_DECLARED: (tell_of_zone,),
    LineTag.ZONE_RAISED: (tell_of_zone,),
    LineTag.ZONE_LOWERED: (tell_of_zone,),
    LineTag.ZONE_MERGED: (tell_of_zone,),
    LineTag.NOTICE_COVERED: (measure_told,),
    LineTag.PROVISION_REACHED: (food_reached,),
    Tag.EXPOSURE_RECORDED: (disinfect_visited,),
    Tag.TRANSFER_RECEIVED: (placed_by_transfer,),
}
