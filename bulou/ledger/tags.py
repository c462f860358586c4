"""All tags of ledger entries, ``subject:thing:action``: the list of what can happen in the city.

One enum for all rooms, so that the playbook's table can be held against it: a tag is either followed by something or
stands in ``NOTHING_FOLLOWS`` with a reason.
"""

from __future__ import annotations

from enum import StrEnum


class Tag(StrEnum):
    """What a ledger entry says happened."""

    # places and units
    UNIT_REGISTERED = "unit:unit:registered"
    STAFF_REGISTERED = "unit:staff:registered"
    POST_CREATED = "unit:post:created"
    POST_FILLED = "unit:post:filled"
    POST_VACATED = "unit:post:vacated"
    POST_ACTING = "unit:post:acting_named"
    SHIFT_PLANNED = "unit:shift:planned"
    SHIFT_HANDED_OVER = "unit:shift:handed_over"
    # access
    ACCOUNT_CREATED = "access:account:created"
    TOKEN_CREATED = "access:token:created"  # noqa: S105 - a tag
    TOKEN_REVOKED = "access:token:revoked"  # noqa: S105 - a tag
    # duties
    DUTY_OPENED = "duty:duty:opened"
    DUTY_FULFILLED = "duty:duty:fulfilled"
    DUTY_WAIVED = "duty:duty:waived"
    DUTY_SUPERSEDED = "duty:duty:superseded"
    DUTY_FAILED = "duty:duty:failed"
    DUTY_RECLOCKED = "duty:duty:reclocked"
    DUTY_EVIDENCE = "duty:evidence:added"
    DUTY_PASSED = "duty:owner:passed"
    DUTY_TAKEN_OVER = "duty:owner:taken_over"
    DUTY_DECIDED = "duty:owner:decided"
    DUTY_TOLD = "duty:notice:told"
    HANDOVER_OFFERED = "duty:handover:offered"
    HANDOVER_ACCEPTED = "duty:handover:accepted"
    HANDOVER_REFUSED = "duty:handover:refused"
    HANDOVER_WITHDRAWN = "duty:handover:withdrawn"
    HANDOVER_LAPSED = "duty:handover:lapsed"
    CAPACITY_DECLARED = "duty:capacity:declared"
    TASK_ASSIGNED = "duty:task:assigned"
    # people
    RESIDENT_REGISTERED = "people:resident:registered"
    RESIDENT_CHANGED = "people:resident:changed"
    ROSTER_IMPORTED = "people:roster:imported"
    BASE_NUMBER_DRIFTED = "people:base_number:drifted"
    # rounds
    ROUND_PLANNED = "round:round:planned"
    ROUND_OPENED = "round:round:opened"
    ROUND_EXTENDED = "round:round:extended"
    ROUND_CLOSED = "round:round:closed"
    ROUND_CANCELLED = "round:round:cancelled"
    ROUND_FROZEN = "round:round:frozen"
    ROSTER_DRAWN = "round:roster:drawn"
    EXEMPTION_GRANTED = "round:exemption:granted"
    LABORATORY_REGISTERED = "round:laboratory:registered"
    LABORATORY_FULL = "round:laboratory:full"
    LABORATORY_AVAILABLE = "round:laboratory:available"
    CAPACITY_CLAIMED = "round:capacity:claimed"
    CAPACITY_RELEASED = "round:capacity:released"
    SITE_PLANNED = "round:site:planned"
    SITE_OPENED = "round:site:opened"
    SITE_REFUSED = "round:site:refused"
    SITE_CLOSED = "round:site:closed"
    QUEUE_REPORTED = "round:queue:reported"
    # specimens
    TUBE_REGISTERED = "specimen:tube:registered"
    TUBE_VOIDED = "specimen:tube:voided"
    TUBE_LOST = "specimen:tube:lost"
    TUBES_ORPHANED = "specimen:tube:without_laboratory"
    BOX_PACKED = "specimen:box:packed"
    BOX_SEALED = "specimen:box:sealed"
    BOX_ASSIGNED = "specimen:box:assigned"
    BOX_OFFERED = "specimen:box:offered"
    BOX_ACCEPTED = "specimen:box:accepted"
    BOX_REFUSED = "specimen:box:refused"
    BOX_RECEIVED = "specimen:box:received"
    BOX_DISCREPANT = "specimen:box:discrepant"
    BOX_REROUTED = "specimen:box:rerouted"
    SCAN_VOIDED = "specimen:scan:voided"
    RESULT_NEGATIVE = "specimen:result:negative"
    RESULT_POOL_ABNORMAL = "specimen:result:pool_abnormal"
    RESULT_POSITIVE = "specimen:result:positive"
    RESULT_INDETERMINATE = "specimen:result:indeterminate"
    RESULT_INVALID = "specimen:result:invalid"
    RESULT_UNMATCHED = "specimen:result:unmatched"
    RESULT_CONFLICTING = "specimen:result:conflicting"
    RESULT_LATE = "specimen:result:late"
    RESULT_RECALLED = "specimen:result:recalled"
    # testing
    VISIT_RECORDED = "testing:visit:recorded"
    ROUND_BEHIND = "testing:round:behind"
    ROUND_RECOVERED = "testing:round:recovered"
    ROUND_COVERED = "testing:round:covered"
    ROUND_CUT_OFF = "testing:round:cut_off"
    ANTIGEN_REPORTED = "testing:antigen:reported"
    # investigation
    CASE_OPENED = "case:case:opened"
    CASE_REPORTED = "case:case:reported"
    CASE_DIAGNOSED = "case:case:diagnosed"
    CASE_RECLASSIFIED = "case:case:reclassified"
    CASE_RELEASED = "case:case:released"
    CHASE_STEP_DONE = "case:chase:step_done"
    # reporting and exchange
    REPORT_FROZEN = "report:day:frozen"
    FIGURE_CORRECTED = "report:figure:corrected"
    FILE_IMPORTED = "exchange:file:imported"
    FILE_EXPORTED = "exchange:file:exported"
    STEP_FAILED = "playbook:step:failed"
