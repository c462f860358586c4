"""The only writers of the transfer, by topic: what each door imports from here."""

from __future__ import annotations

from bulou.transfer.committing import commit_plan
from bulou.transfer.days import close_day
from bulou.transfer.declines import decline_person, redirect
from bulou.transfer.fleet import (
    agree_receiver,
    ask_receiver,
    decline_receiver,
    plan_driver_shift,
    plan_vehicle_shift,
    register_driver,
    register_vehicle,
    set_pickup_point,
)
from bulou.transfer.journeys import arrive_at_door, board, depart, leave_behind, sign_over, sign_over_by_fact
from bulou.transfer.planning import propose_plan, replan
from bulou.transfer.requests import (
    Wanted,
    cancel_by_fact,
    cancel_transfer,
    leave_in_place,
    name_carer,
    request_by_fact,
    request_transfer,
)
from bulou.transfer.seats import seat_person
from bulou.transfer.stops import answer_stop, stop_for_safety

__all__ = [
    "Wanted",
    "agree_receiver",
    "answer_stop",
    "arrive_at_door",
    "ask_receiver",
    "board",
    "cancel_by_fact",
    "cancel_transfer",
    "close_day",
    "commit_plan",
    "decline_person",
    "decline_receiver",
    "depart",
    "leave_behind",
    "leave_in_place",
    "name_carer",
    "plan_driver_shift",
    "plan_vehicle_shift",
    "propose_plan",
    "redirect",
    "register_driver",
    "register_vehicle",
    "replan",
    "request_by_fact",
    "request_transfer",
    "seat_person",
    "set_pickup_point",
    "sign_over",
    "sign_over_by_fact",
    "stop_for_safety",
]
