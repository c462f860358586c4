"""States of duties and hand-overs, and how a unit came to own a duty."""

from __future__ import annotations

from enum import StrEnum


class DutyState(StrEnum):
    """What became of a duty; *overdue* is computed from the clock, never stored."""

    OPEN = "open"  # 在办
    FULFILLED = "fulfilled"  # 办结(有凭证)
    WAIVED = "waived"  # 上级免办
    SUPERSEDED = "superseded"  # 被替代
    FAILED = "failed"  # 未成,由后继职责承接


class HandoverState(StrEnum):
    """What became of an offer; until it is accepted the sender owns the duty."""

    OFFERED = "offered"  # 待接收
    ACCEPTED = "accepted"  # 已接收
    REFUSED = "refused"  # 退回
    WITHDRAWN = "withdrawn"  # 撤回
    LAPSED = "lapsed"  # 逾时未答


class TenureHow(StrEnum):
    """How a unit came to own a duty."""

    OPENED = "opened"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"  # 上级接管
    VACANCY = "vacancy"  # 岗位空缺,转由上级
    DECIDED = "decided"  # 共同上级裁定


class NoticeState(StrEnum):
    """What became of an escalation step."""

    SENT = "sent"
    COLLAPSED = "collapsed"  # overtaken by a later step after an outage: recorded, not sent
