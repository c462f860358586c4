"""The only writers of isolation sites, rooms, stays, care and the days at home, by topic in the files beside this one."""

from __future__ import annotations

from bulou.isolation.admissions import admit_by_fact, admit_guest, arrive_at_door, arrive_by_fact, clear_door, move_guest
from bulou.isolation.care import (
    Look,
    Sampled,
    answer_need,
    ask_need,
    check_guests,
    record_meals,
    record_samples,
    result_by_fact,
)
from bulou.isolation.claims import Reservation, cancel_by_fact, cancel_reservation, live_stays, reserve_room, reserve_rooms
from bulou.isolation.heads import count_heads
from bulou.isolation.homes import accept_home, accepted_by_fact, checked_by_fact, hand_over_home, record_check, report_found
from bulou.isolation.infection import conclude_review
from bulou.isolation.inspections import Said, fix_finding, recheck_finding, record_inspection
from bulou.isolation.leaving import let_guest_leave, release_guest, release_verdict
from bulou.isolation.rooms import Kept, Registered, RoomGiven, block_room, record_disinfection, register_room, register_rooms
from bulou.isolation.sites import (
    accept_site,
    call_up_site,
    close_isolation_site,
    end_party,
    keep_in_reserve,
    name_party,
    open_isolation_site,
    pause_site,
    propose_site,
    report_rebuilt,
    survey_site,
)
from bulou.isolation.staffing import owe_training, plan_site_shift, record_training
from bulou.isolation.tending import Tended, tend_sites

__all__ = [
    "Kept",
    "Look",
    "Registered",
    "Reservation",
    "RoomGiven",
    "Said",
    "Sampled",
    "Tended",
    "accept_home",
    "accept_site",
    "accepted_by_fact",
    "admit_by_fact",
    "admit_guest",
    "answer_need",
    "arrive_at_door",
    "arrive_by_fact",
    "ask_need",
    "block_room",
    "call_up_site",
    "cancel_by_fact",
    "cancel_reservation",
    "check_guests",
    "checked_by_fact",
    "clear_door",
    "close_isolation_site",
    "conclude_review",
    "count_heads",
    "end_party",
    "fix_finding",
    "hand_over_home",
    "keep_in_reserve",
    "let_guest_leave",
    "live_stays",
    "move_guest",
    "name_party",
    "open_isolation_site",
    "owe_training",
    "pause_site",
    "plan_site_shift",
    "propose_site",
    "recheck_finding",
    "record_check",
    "record_disinfection",
    "record_inspection",
    "record_meals",
    "record_samples",
    "record_training",
    "register_room",
    "register_rooms",
    "release_guest",
    "release_verdict",
    "report_found",
    "report_rebuilt",
    "reserve_room",
    "reserve_rooms",
    "result_by_fact",
    "survey_site",
    "tend_sites",
]
