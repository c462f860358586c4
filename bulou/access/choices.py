"""Every operation that somebody can ask for; pages, API, CLI and import all name one of these."""

from __future__ import annotations

from enum import StrEnum


class Operation(StrEnum):
    """What an actor wants to do; the matrix of roles stands in ``rules.py``."""

    # reading
    SEE_DESK = "see_desk"
    SEE_DUTIES = "see_duties"
    SEE_ROUND = "see_round"
    SEE_CHAIN = "see_chain"
    SEE_PEOPLE = "see_people"
    SEE_FIGURES = "see_figures"
    SEE_REPORT = "see_report"
    SEE_LEDGER = "see_ledger"
    SEE_READ_LOG = "see_read_log"
    SEE_CASES = "see_cases"
    SEE_TRANSFERS = "see_transfers"
    SEE_CONTACTS = "see_contacts"
    SEE_WARRANTS = "see_warrants"
    SEE_SEARCHES = "see_searches"
    SEE_ISOLATION = "see_isolation"  # sites, rooms, findings: counts, no people
    SEE_GUESTS = "see_guests"  # people in isolation and after it
    # duties
    ANSWER_DUTY = "answer_duty"  # fulfil, evidence, no capacity
    HAND_OVER = "hand_over"
    WAIVE_DUTY = "waive_duty"
    TAKE_OVER = "take_over"
    DECIDE_OWNER = "decide_owner"
    ASSIGN_TASK = "assign_task"
    HAND_OVER_SHIFT = "hand_over_shift"
    # units and people
    KEEP_UNITS = "keep_units"
    KEEP_PEOPLE = "keep_people"
    # rounds
    KEEP_ROUND = "keep_round"
    OPEN_SITE = "open_site"
    REPORT_QUEUE = "report_queue"
    GRANT_EXEMPTION = "grant_exemption"
    RECORD_VISIT = "record_visit"
    KEEP_LABORATORY = "keep_laboratory"
    # specimens
    REGISTER_TUBE = "register_tube"
    PACK_BOX = "pack_box"
    MOVE_BOX = "move_box"
    RECEIVE_BOX = "receive_box"
    ASSIGN_LABORATORY = "assign_laboratory"
    REPORT_RESULT = "report_result"
    VOID_SCAN = "void_scan"
    # transfer
    REQUEST_TRANSFER = "request_transfer"
    PLAN_TRANSFER = "plan_transfer"  # propose, commit, plan again, answer who is left
    MOVE_PEOPLE = "move_people"  # board, depart, arrive
    RECEIVE_PEOPLE = "receive_people"  # sign over at the receiver's door, or decline
    STOP_FOR_SAFETY = "stop_for_safety"
    ANSWER_STOP = "answer_stop"
    KEEP_VEHICLES = "keep_vehicles"
    # isolation
    KEEP_ISOLATION_SITE = "keep_isolation_site"  # propose, survey, accept, open, pause, name parties
    INSPECT_SITE = "inspect_site"  # inspect, re-check; accepting is for a unit above the site
    MEND_FINDING = "mend_finding"
    KEEP_ROOMS = "keep_rooms"  # register, block, disinfect
    TRAIN_STAFF = "train_staff"
    RESERVE_ROOM = "reserve_room"
    ADMIT_GUEST = "admit_guest"  # at the door, into the room, heads counted
    CARE_FOR_GUEST = "care_for_guest"  # needs, meals, tests, checks
    RELEASE_GUEST = "release_guest"
    LET_GUEST_LEAVE = "let_guest_leave"  # hospital, evacuation: one person, at once
    FOLLOW_UP = "follow_up"  # accept somebody home, check, look for who is lost
    REVIEW_INFECTION = "review_infection"
    # cases and report
    CHASE_CASE = "chase_case"
    DIAGNOSE_CASE = "diagnose_case"
    CHECK_CONTACT = "check_contact"  # what is owed for a contact, at its door
    KEEP_TRACERS = "keep_tracers"
    MERGE_PEOPLE = "merge_people"
    SEARCH_PRESENCES = "search_presences"  # ask for a warrant, search under it
    SIGN_WARRANT = "sign_warrant"
    STORE_PRESENCES = "store_presences"
    FREEZE_REPORT = "freeze_report"
    CORRECT_FIGURE = "correct_figure"
    # restrictions
    SEE_RESTRICTIONS = "see_restrictions"
    PROPOSE_RESTRICTION = "propose_restriction"
    APPROVE_RESTRICTION = "approve_restriction"
    LIFT_RESTRICTION = "lift_restriction"  # one person, at once: also medical exit and evacuation
    FILE_APPEAL = "file_appeal"  # on somebody's behalf; the person's own page needs no role
    DECIDE_APPEAL = "decide_appeal"
    # paper lists
    SEE_SHEETS = "see_sheets"
    KEEP_SHEETS = "keep_sheets"
    # environment
    SEE_ENVIRONMENT = "see_environment"
    ASK_ENVIRONMENT = "ask_environment"
    DO_ENVIRONMENT = "do_environment"
    CLEAR_PLACE = "clear_place"
    # care
    SEE_CARE = "see_care"
    ASK_CARE = "ask_care"
    KEEP_CARE = "keep_care"
    ANSWER_CARE = "answer_care"
    # institutions
    SEE_INSTITUTION = "see_institution"
    KEEP_INSTITUTION = "keep_institution"
    REPORT_INSTITUTION = "report_institution"
    INSPECT_INSTITUTION = "inspect_institution"
    ANSWER_INSTITUTION = "answer_institution"
    # orders
    SEE_ZONES = "see_zones"
    PROPOSE_ZONE = "propose_zone"  # and say that a round was clean, the exits open
    DECIDE_ZONE = "decide_zone"  # declare, refuse, raise, lower, keep, merge, propose its measures
    SEE_ORDERS = "see_orders"
    ISSUE_ORDER = "issue_order"  # issue, recall, decide, draw checks
    FOLLOW_ORDER = "follow_order"  # open, start, finish, answer upward, look at another's work
    SEE_MEETINGS = "see_meetings"
    HOLD_MEETING = "hold_meeting"
    SEE_POSTS = "see_posts"  # checkpoints and patrols: places and counts
    KEEP_POSTS = "keep_posts"
    SEE_PASSES = "see_passes"
    ISSUE_PASS = "issue_pass"  # noqa: S105 - a paper to show
    # residents' requests
    SEE_REQUESTS = "see_requests"
    FILE_REQUEST = "file_request"  # for somebody, at the desk or the door; the public page needs no role
    KEEP_REQUEST = "keep_request"
    ASSIGN_REQUEST = "assign_request"
    SEE_CALLS = "see_calls"
    DRAW_CALLS = "draw_calls"
    MAKE_CALL = "make_call"
    # hazards
    SEE_HAZARDS = "see_hazards"
    SEE_HAZARD_REPORTS = "see_hazard_reports"  # who said it
    REPORT_HAZARD = "report_hazard"  # anybody, wherever it lies
    KEEP_HAZARD = "keep_hazard"
    # notices, questions, rumours
    SEE_NOTICES = "see_notices"
    WRITE_NOTICE = "write_notice"
    DELIVER_NOTICE = "deliver_notice"
    SEE_QUESTIONS = "see_questions"
    ASK_QUESTION = "ask_question"  # for somebody, at the desk or the door; the public page needs no role
    ANSWER_QUESTION = "answer_question"
    # supplies
    SEE_SUPPLIES = "see_supplies"
    ASK_SUPPLIES = "ask_supplies"
    KEEP_STOCK = "keep_stock"  # catalogue, purchases, stock, picking, shortages
    DELIVER_SUPPLIES = "deliver_supplies"
    CONFIRM_SUPPLIES = "confirm_supplies"  # of a place whose people are kept indoors
    KEEP_POINT = "keep_point"
    BOOK_SLOT = "book_slot"
    # arrivals
    SEE_ARRIVALS = "see_arrivals"
    REGISTER_ARRIVAL = "register_arrival"
    FOLLOW_ARRIVAL = "follow_arrival"
    # workforce and major events
    SEE_WORKFORCE = "see_workforce"
    KEEP_WORKFORCE = "keep_workforce"  # people, certificates, teams, shifts, substitutes
    ASK_HANDS = "ask_hands"
    WORK_SHIFT = "work_shift"  # begin, end, say that somebody cannot come
    DEPLOY_HANDS = "deploy_hands"
    SEE_EVENTS = "see_events"
    REPORT_EVENT = "report_event"
    # channels of notices
    SEE_CHANNELS = "see_channels"
    KEEP_CHANNELS = "keep_channels"
    # files and operation
    IMPORT_FILE = "import_file"
    EXPORT_FILE = "export_file"
    EXPORT_CASES = "export_cases"  # line lists, as a page shows them
    KEEP_ACCOUNTS = "keep_accounts"
