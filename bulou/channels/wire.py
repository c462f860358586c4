"""The wire: one message to one address. Raises ``Undelivered`` unless the service itself says that it took it.

The robots answer HTTP 200 also when they refuse; whether they took it stands in the body alone (decision 0023).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from datetime import datetime
from urllib.parse import quote_plus

from bulou.channels.choices import ChannelKind

TIMEOUT_S = 5.0  # how long one service may hold the pass
_CODES = {ChannelKind.WECOM: "errcode", ChannelKind.DINGTALK: "errcode", ChannelKind.FEISHU: "code"}
_MOST_READ = 4096


class Undelivered(Exception):
    """The service did not take the message; says why, without its address."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A robot does not send us elsewhere."""


def send(*, kind: ChannelKind, address: str, key: str, text: str, at: datetime) -> str:
    """Send a text; returns what the service answered."""
    if kind is ChannelKind.EMAIL:
        return _mail(address, text)
    if kind is ChannelKind.FEISHU:
        body: dict[str, object] = {"msg_type": "text", "content": {"text": text}}
    else:
        body = {"msgtype": "text", "text": {"content": text}}
    if kind is ChannelKind.DINGTALK and key:
        address += signed(key, at)
    return _post(kind, address, body)


def signed(key: str, at: datetime) -> str:
    """What DingTalk wants appended to an address with a signature: the time in ms, and its HMAC-SHA256 under the key."""
    stamp = str(round(at.timestamp() * 1000))
    digest = hmac.new(key.encode(), f"{stamp}\n{key}".encode(), hashlib.sha256).digest()
    return f"&timestamp={stamp}&sign={quote_plus(base64.b64encode(digest))}"


def _post(kind: ChannelKind, address: str, body: dict[str, object]) -> str:
    data = json.dumps(body, ensure_ascii=False).encode()
    asked = urllib.request.Request(address, data, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 - rules.PREFIXES
    try:
        with urllib.request.build_opener(_NoRedirects()).open(asked, timeout=TIMEOUT_S) as answer:
            said = answer.read(_MOST_READ)
    except urllib.error.HTTPError as fault:
        message = f"HTTP {fault.code}"
        raise Undelivered(message) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "reason", fault)
        message = f"no answer: {type(reason).__name__}"  # never the words of the fault: they may name the address
        raise Undelivered(message) from None
    try:
        code = json.loads(said)[_CODES[kind]]
    except (ValueError, KeyError, TypeError):
        message = "the answer is not the service's"
        raise Undelivered(message) from None
    if code != 0:
        message = f"refused with code {str(code)[:20]}"
        raise Undelivered(message)
    return f"{_CODES[kind]} 0"


def _mail(address: str, text: str) -> str:
    from django.core.mail import EmailMessage  # noqa: PLC0415 - costs start-up time

    subject = text.splitlines()[0][:120]
    reference = text.rsplit("#", 1)[-1].strip()
    try:
        EmailMessage(subject, text, to=[address], headers={"X-Bulou-Delivery": reference}).send()
    except OSError as fault:  # smtplib's errors are such
        message = f"no e-mail: {type(fault).__name__}"
        raise Undelivered(message) from None
    return "taken by the mail server"
