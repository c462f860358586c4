"""The only writers of the room's tables; what pages, API, files, worker and playbook call."""

from __future__ import annotations

from bulou.orders.answering import (
    answer_impossible,
    answer_lag,
    decide_impossible,
    finish_order,
    note_pace_by_fact,
    open_order,
    pass_by,
    say_back,
    start_by_fact,
    start_order,
)
from bulou.orders.checking import draw_checks, report_check
from bulou.orders.issuing import confirm_stop, decide_clash, end_due_orders, issue_order, recall_order
from bulou.orders.meetings import Frozen, decide, freeze_figures_by_fact, open_meeting
from bulou.orders.posting import (
    close_checkpoint,
    end_due_posts,
    end_pass,
    erase_passes,
    issue_pass,
    mend_finding,
    open_checkpoint,
    plan_patrol,
    report_patrol,
    report_shift,
)

__all__ = [
    "Frozen",
    "answer_impossible",
    "answer_lag",
    "close_checkpoint",
    "confirm_stop",
    "decide",
    "decide_clash",
    "decide_impossible",
    "draw_checks",
    "end_due_orders",
    "end_due_posts",
    "end_pass",
    "erase_passes",
    "finish_order",
    "freeze_figures_by_fact",
    "issue_order",
    "issue_pass",
    "mend_finding",
    "note_pace_by_fact",
    "open_checkpoint",
    "open_meeting",
    "open_order",
    "pass_by",
    "plan_patrol",
    "recall_order",
    "report_check",
    "report_patrol",
    "report_shift",
    "say_back",
    "start_by_fact",
    "start_order",
]
