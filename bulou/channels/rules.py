"""Addresses that a channel may have, when a delivery is tried again, and when it is given up: pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bulou.channels.choices import ChannelKind
from bulou.kernel.errors import InputFault

# Only these: whoever may register a channel must not be able to make the server call an address of its choice.
PREFIXES = {
    ChannelKind.WECOM: ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",),
    ChannelKind.DINGTALK: ("https://oapi.dingtalk.com/robot/send?access_token=",),
    ChannelKind.FEISHU: ("https://open.feishu.cn/open-apis/bot/v2/hook/",),
}
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
FIRST_WAIT = timedelta(seconds=30)  # operational, no document, as are the three below
LONGEST_WAIT = timedelta(minutes=15)
LEASE = timedelta(minutes=2)  # a delivery whose sender died is tried again after this
GIVE_UP_AFTER = timedelta(hours=24)  # the notice itself stays in the inbox, and the duty's ladder went on meanwhile


def read_address(kind: ChannelKind, text: str) -> str:
    """The address as it is kept; ``InputFault`` for any other than the service's own."""
    found = text.strip()
    if kind is ChannelKind.EMAIL:
        if _EMAIL.fullmatch(found):
            return found
        message = "this is no e-mail address"
        raise InputFault(message, column="address", remedy="One address, like duty@example.org.")
    prefix = PREFIXES[kind][0]
    for one in PREFIXES[kind]:
        if found.startswith(one) and _KEY.fullmatch(found.removeprefix(one)):
            return found
    message = f"this is no address of a {kind} robot"
    raise InputFault(message, column="address", remedy=f"Copy it whole from the group's robot: it begins with {prefix}")


def masked(kind: ChannelKind, address: str) -> str:
    """What may be shown of an address: enough to know one from the other, not enough to use it."""
    if kind is ChannelKind.EMAIL:
        name, _, host = address.partition("@")
        return f"{name[:1]}…@{host}"
    return f"…{address[-4:]}"


def next_try(*, attempts: int, at: datetime) -> datetime:
    """When to try again after so many failed tries: the wait doubles up to its longest."""
    return at + min(FIRST_WAIT * (1 << min(max(attempts - 1, 0), 10)), LONGEST_WAIT)


def is_given_up(*, owed_at: datetime, at: datetime) -> bool:
    """Whether it is no use to try any longer."""
    return at - owed_at >= GIVE_UP_AFTER
