"""Which role may do what, and whether a unit lies in an actor's jurisdiction: pure, and the only place that says so."""

from __future__ import annotations

from collections.abc import Mapping

from bulou.access.choices import Operation as Op
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Role
from bulou.kernel.errors import NotFound, NotPermitted

_LEADER = Role.DUTY_LEADER
_OFFICER = Role.UNIT_OFFICER
_WORKER = Role.COMMUNITY_WORKER
_SITE = Role.SITE_LEAD
_COURIER = Role.COURIER
_LAB = Role.LABORATORY
_TRANSFER = Role.TRANSFER_DESK
_DRIVER = Role.DRIVER
_TRACER = Role.TRACER
_MANAGER = Role.SITE_MANAGER
_HOSPITAL = Role.HOSPITAL
_REPORT = Role.REPORT_OFFICER
_AUDITOR = Role.AUDITOR
_OPERATOR = Role.OPERATOR
_WALL = Role.WALL

_DESK = {_LEADER, _OFFICER}
_FIELD = {_WORKER, _SITE, _COURIER, _LAB, _TRACER, _REPORT, _TRANSFER, _DRIVER, _MANAGER, _HOSPITAL}

ROLES: Mapping[Op, frozenset[Role]] = {
    Op.SEE_DESK: frozenset(_DESK | _FIELD | {_AUDITOR, _OPERATOR, _WALL}),
    Op.SEE_DUTIES: frozenset(_DESK | _FIELD | {_AUDITOR, _OPERATOR}),
    Op.SEE_ROUND: frozenset(_DESK | {_WORKER, _SITE, _REPORT, _AUDITOR, _OPERATOR, _WALL}),
    Op.SEE_CHAIN: frozenset(_DESK | {_SITE, _COURIER, _LAB, _AUDITOR, _OPERATOR, _WALL}),
    Op.SEE_PEOPLE: frozenset(_DESK | {_WORKER, _TRACER}),
    Op.SEE_FIGURES: frozenset(_DESK | _FIELD | {_AUDITOR, _OPERATOR}),
    Op.SEE_REPORT: frozenset(_DESK | {_REPORT, _AUDITOR, _OPERATOR}),
    Op.SEE_LEDGER: frozenset({_LEADER, _AUDITOR, _OPERATOR}),
    Op.SEE_READ_LOG: frozenset({_AUDITOR}),
    Op.SEE_TRANSFERS: frozenset(_DESK | {_WORKER, _TRANSFER, _DRIVER, _MANAGER, _AUDITOR}),
    Op.SEE_CASES: frozenset(_DESK | {_TRACER, _REPORT}),
    Op.SEE_CONTACTS: frozenset(_DESK | {_WORKER, _TRACER}),
    Op.SEE_WARRANTS: frozenset(_DESK | {_TRACER, _AUDITOR}),
    Op.SEE_SEARCHES: frozenset({_LEADER, _AUDITOR}),
    Op.SEE_ISOLATION: frozenset(_DESK | {_TRANSFER, _MANAGER, _AUDITOR}),
    Op.SEE_GUESTS: frozenset(_DESK | {_WORKER, _MANAGER}),
    Op.ANSWER_DUTY: frozenset(_DESK | _FIELD | {_OPERATOR}),
    Op.HAND_OVER: frozenset(_DESK | _FIELD),
    Op.WAIVE_DUTY: frozenset(_DESK),
    Op.TAKE_OVER: frozenset(_DESK),
    Op.DECIDE_OWNER: frozenset(_DESK),
    Op.ASSIGN_TASK: frozenset(_DESK),
    Op.HAND_OVER_SHIFT: frozenset(_DESK | _FIELD),
    Op.KEEP_UNITS: frozenset({_LEADER, _OPERATOR}),
    Op.KEEP_PEOPLE: frozenset({_LEADER, _OFFICER, _WORKER, _OPERATOR}),
    Op.KEEP_ROUND: frozenset({_LEADER}),
    Op.OPEN_SITE: frozenset(_DESK | {_SITE}),
    Op.REPORT_QUEUE: frozenset(_DESK | {_SITE}),
    Op.GRANT_EXEMPTION: frozenset(_DESK | {_WORKER}),
    Op.RECORD_VISIT: frozenset(_DESK | {_WORKER}),
    Op.KEEP_LABORATORY: frozenset(_DESK | {_LAB, _OPERATOR}),
    Op.REGISTER_TUBE: frozenset(_DESK | {_SITE}),
    Op.PACK_BOX: frozenset(_DESK | {_SITE}),
    Op.MOVE_BOX: frozenset(_DESK | {_SITE, _COURIER, _LAB}),
    Op.RECEIVE_BOX: frozenset({_LAB}),
    Op.ASSIGN_LABORATORY: frozenset(_DESK),
    Op.REPORT_RESULT: frozenset({_LAB}),
    Op.VOID_SCAN: frozenset(_DESK | {_SITE, _COURIER, _LAB}),
    Op.REQUEST_TRANSFER: frozenset(_DESK | {_WORKER, _TRANSFER}),
    Op.PLAN_TRANSFER: frozenset(_DESK | {_TRANSFER}),
    Op.MOVE_PEOPLE: frozenset(_DESK | {_WORKER, _TRANSFER, _DRIVER}),
    Op.RECEIVE_PEOPLE: frozenset(_DESK | {_MANAGER}),
    Op.STOP_FOR_SAFETY: frozenset(_DESK | _FIELD),
    Op.ANSWER_STOP: frozenset(_DESK),
    Op.KEEP_VEHICLES: frozenset(_DESK | {_TRANSFER}),
    Op.CHASE_CASE: frozenset(_DESK | {_TRACER}),
    Op.KEEP_ISOLATION_SITE: frozenset(_DESK),
    Op.INSPECT_SITE: frozenset(_DESK | {_AUDITOR}),
    Op.MEND_FINDING: frozenset(_DESK | {_MANAGER}),
    Op.KEEP_ROOMS: frozenset(_DESK | {_MANAGER}),
    Op.TRAIN_STAFF: frozenset(_DESK | {_MANAGER}),
    Op.RESERVE_ROOM: frozenset(_DESK | {_TRANSFER, _MANAGER}),
    Op.ADMIT_GUEST: frozenset(_DESK | {_MANAGER}),
    Op.CARE_FOR_GUEST: frozenset(_DESK | {_MANAGER}),
    Op.RELEASE_GUEST: frozenset(_DESK | {_MANAGER}),
    Op.LET_GUEST_LEAVE: frozenset(_DESK | {_MANAGER}),
    Op.FOLLOW_UP: frozenset(_DESK | {_WORKER}),
    Op.REVIEW_INFECTION: frozenset(_DESK),
    Op.DIAGNOSE_CASE: frozenset(_DESK),
    Op.CHECK_CONTACT: frozenset(_DESK | {_WORKER, _TRACER}),
    Op.KEEP_TRACERS: frozenset(_DESK),
    Op.MERGE_PEOPLE: frozenset(_DESK),
    Op.SEARCH_PRESENCES: frozenset(_DESK | {_TRACER}),
    Op.SIGN_WARRANT: frozenset({_LEADER}),
    Op.STORE_PRESENCES: frozenset({_LEADER, _OPERATOR}),
    Op.FREEZE_REPORT: frozenset({_LEADER, _REPORT}),
    Op.CORRECT_FIGURE: frozenset({_LEADER, _REPORT}),
    Op.SEE_RESTRICTIONS: frozenset(_DESK | {_WORKER, _AUDITOR}),
    Op.PROPOSE_RESTRICTION: frozenset(_DESK | {_WORKER}),
    Op.APPROVE_RESTRICTION: frozenset(_DESK),
    Op.LIFT_RESTRICTION: frozenset(_DESK | {_WORKER}),
    Op.FILE_APPEAL: frozenset(_DESK | {_WORKER}),
    Op.DECIDE_APPEAL: frozenset(_DESK),
    Op.IMPORT_FILE: frozenset({_LEADER, _OFFICER, _LAB, _TRANSFER, _MANAGER, _OPERATOR}),
    Op.EXPORT_FILE: frozenset({_LEADER, _OFFICER, _TRANSFER, _MANAGER, _AUDITOR, _OPERATOR}),
    Op.EXPORT_CASES: frozenset(_DESK),
    Op.KEEP_ACCOUNTS: frozenset({_OPERATOR}),
    Op.SEE_CARE: frozenset(_DESK | {_WORKER, _HOSPITAL}),
    Op.ASK_CARE: frozenset(_DESK | {_WORKER, _MANAGER}),
    Op.KEEP_CARE: frozenset(_DESK | {_WORKER}),
    Op.ANSWER_CARE: frozenset(_DESK | {_HOSPITAL}),
    Op.SEE_INSTITUTION: frozenset(_DESK | {_WORKER, _AUDITOR}),
    Op.KEEP_INSTITUTION: frozenset(_DESK),
    Op.REPORT_INSTITUTION: frozenset(_DESK | {_WORKER}),
    Op.INSPECT_INSTITUTION: frozenset(_DESK),
    Op.ANSWER_INSTITUTION: frozenset(_DESK),
    Op.SEE_ZONES: frozenset(_DESK | _FIELD | {_AUDITOR}),
    Op.PROPOSE_ZONE: frozenset(_DESK | {_WORKER}),
    Op.DECIDE_ZONE: frozenset(_DESK),
    Op.SEE_ORDERS: frozenset(_DESK | _FIELD | {_AUDITOR}),
    Op.ISSUE_ORDER: frozenset(_DESK),
    Op.FOLLOW_ORDER: frozenset(_DESK | _FIELD),
    Op.SEE_MEETINGS: frozenset(_DESK | {_WORKER, _AUDITOR}),
    Op.HOLD_MEETING: frozenset(_DESK),
    Op.SEE_POSTS: frozenset(_DESK | {_WORKER, _AUDITOR}),
    Op.KEEP_POSTS: frozenset(_DESK | {_WORKER}),
    Op.SEE_PASSES: frozenset(_DESK | {_WORKER}),
    Op.ISSUE_PASS: frozenset(_DESK | {_WORKER}),
    Op.SEE_REQUESTS: frozenset(_DESK | {_WORKER}),
    Op.FILE_REQUEST: frozenset(_DESK | {_WORKER}),
    Op.KEEP_REQUEST: frozenset(_DESK | {_WORKER}),
    Op.ASSIGN_REQUEST: frozenset(_DESK),
    Op.SEE_CALLS: frozenset(_DESK),
    Op.DRAW_CALLS: frozenset(_DESK),
    Op.MAKE_CALL: frozenset(_DESK),
    Op.SEE_WORKFORCE: frozenset(_DESK | {_WORKER, _SITE, _MANAGER, _AUDITOR}),
    Op.KEEP_WORKFORCE: frozenset(_DESK | {_WORKER, _SITE, _MANAGER}),
    Op.ASK_HANDS: frozenset(_DESK | {_WORKER, _SITE, _MANAGER}),
    Op.WORK_SHIFT: frozenset(_DESK | _FIELD),
    Op.DEPLOY_HANDS: frozenset(_DESK),
    Op.SEE_EVENTS: frozenset(_DESK | _FIELD | {_AUDITOR}),
    Op.REPORT_EVENT: frozenset(_DESK | _FIELD),
    Op.SEE_CHANNELS: frozenset(_DESK | {_WORKER, _SITE, _MANAGER, _AUDITOR}),
    Op.KEEP_CHANNELS: frozenset(_DESK | {_WORKER}),
    Op.SEE_HAZARDS: frozenset(_DESK | _FIELD | {_AUDITOR}),
    Op.SEE_HAZARD_REPORTS: frozenset(_DESK | {_WORKER}),
    Op.REPORT_HAZARD: frozenset(_DESK | _FIELD | {_AUDITOR, _OPERATOR}),
    Op.KEEP_HAZARD: frozenset(_DESK | {_WORKER, _SITE, _MANAGER}),
    Op.SEE_NOTICES: frozenset(_DESK | _FIELD | {_AUDITOR}),
    Op.WRITE_NOTICE: frozenset(_DESK | {_WORKER}),
    Op.DELIVER_NOTICE: frozenset(_DESK | {_WORKER}),
    Op.SEE_QUESTIONS: frozenset(_DESK | {_WORKER, _AUDITOR}),
    Op.ASK_QUESTION: frozenset(_DESK | {_WORKER}),
    Op.ANSWER_QUESTION: frozenset(_DESK | {_WORKER}),
    Op.SEE_SHEETS: frozenset(_DESK | {_WORKER}),
    Op.KEEP_SHEETS: frozenset(_DESK | {_WORKER}),
    Op.SEE_ARRIVALS: frozenset(_DESK | {_WORKER}),
    Op.REGISTER_ARRIVAL: frozenset(_DESK | {_WORKER}),
    Op.FOLLOW_ARRIVAL: frozenset(_DESK | {_WORKER}),
    Op.SEE_ENVIRONMENT: frozenset(_DESK | {_WORKER, _SITE, _MANAGER, _AUDITOR}),
    Op.ASK_ENVIRONMENT: frozenset(_DESK | {_WORKER, _MANAGER}),
    Op.DO_ENVIRONMENT: frozenset(_DESK | {_WORKER, _SITE, _MANAGER}),
    Op.CLEAR_PLACE: frozenset(_DESK),
    Op.SEE_SUPPLIES: frozenset(_DESK | {_WORKER, _MANAGER, _AUDITOR}),
    Op.ASK_SUPPLIES: frozenset(_DESK | {_WORKER, _MANAGER}),
    Op.KEEP_STOCK: frozenset(_DESK | {_WORKER}),
    Op.DELIVER_SUPPLIES: frozenset(_DESK | {_WORKER, _DRIVER}),
    Op.CONFIRM_SUPPLIES: frozenset(_DESK | {_WORKER}),
    Op.KEEP_POINT: frozenset(_DESK | {_WORKER}),
    Op.BOOK_SLOT: frozenset(_DESK | {_WORKER}),
}


def may(by: Actor, operation: Op) -> bool:
    """Whether the actor's role covers the operation at all."""
    return by.role in ROLES[operation]


def covers(by: Actor, code: str) -> bool:
    """Whether a unit or place code is the actor's unit or lies below it."""
    return bool(by.unit) and bool(code) and codes.is_below(code, by.unit)


def permit(by: Actor, operation: Op, *codes_concerned: str) -> None:
    """Let the operation pass when the role covers it and one of the codes lies in the actor's jurisdiction.

    A foreign record answers exactly like a missing one: ``NotFound``. A role that may not is told so: ``NotPermitted``.
    """
    if not may(by, operation):
        message = f"the role {by.role} may not {operation.replace('_', ' ')}"
        raise NotPermitted(message, remedy="Ask the duty leader of your unit.")
    if codes_concerned and not any(covers(by, code) for code in codes_concerned):
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
