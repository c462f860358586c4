"""What people do to tell people: write, publish, tell, translate, withdraw a notice; ask, pass on, join, answer a question."""

from __future__ import annotations

from bulou.notices.asking import answer_question, ask_openly, ask_question, join_question, pass_question, passed_by_fact
from bulou.notices.publishing import (
    draft_by_fact,
    publish_notice,
    tell_building,
    translate_notice,
    withdraw_by_fact,
    withdraw_notice,
    write_notice,
)

__all__ = [
    "answer_question",
    "ask_openly",
    "ask_question",
    "draft_by_fact",
    "join_question",
    "pass_question",
    "passed_by_fact",
    "publish_notice",
    "tell_building",
    "translate_notice",
    "withdraw_by_fact",
    "withdraw_notice",
    "write_notice",
]
