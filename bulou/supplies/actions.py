"""What people do about supplies; each topic has a file of its own."""

from bulou.supplies.needs import (
    ask_need,
    ask_needs,
    deliver_need,
    deliver_needs,
    pick_for_waiting,
    pick_need,
    put_back,
    report_short,
    substitute_good,
    withdraw_need,
)
from bulou.supplies.points import (
    book_slot,
    cancel_booking,
    close_point,
    collect_booking,
    name_leader,
    open_point,
    open_slot,
    plan_slots,
)
from bulou.supplies.provisions import (
    close_by_fact,
    close_provision,
    confirm_provision,
    open_by_fact,
    open_provision,
    tend_provisions,
)
from bulou.supplies.standing import ask_standing, end_entitlement, keep_entitlement, tend_lists
from bulou.supplies.stock import (
    cancel_purchase,
    list_good,
    list_supplier,
    lose_stock,
    move_stock,
    order_goods,
    receive_purchase,
    take_in,
)

__all__ = [
    "ask_need", "ask_needs", "ask_standing", "book_slot", "cancel_booking", "cancel_purchase", "close_by_fact", "close_point",
    "close_provision", "collect_booking", "confirm_provision", "deliver_need", "deliver_needs",
    "end_entitlement", "keep_entitlement", "list_good", "list_supplier", "lose_stock", "move_stock", "name_leader",
    "open_by_fact", "open_point", "open_provision", "open_slot", "order_goods", "pick_for_waiting", "pick_need", "plan_slots",
    "put_back", "receive_purchase", "report_short", "substitute_good", "take_in", "tend_lists",
    "tend_provisions", "withdraw_need",
]  # fmt: skip
