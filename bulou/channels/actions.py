"""Channels are registered and ended by people; notices leave the house by the worker: derived, claimed, sent, recorded.

A notice is committed with its fact. What it owes on channels is derived from it by one statement, so that no crash loses
it. A delivery is claimed and committed before it is sent, and recorded after: a crash between the two leads to a second
message with the same number, never to none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext, override

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked
from bulou.channels import rules, wire
from bulou.channels.choices import WORKS, ChannelKind, ChannelState, DeliveryState, Language, Wanted
from bulou.channels.models import Channel, Delivery
from bulou.duties.choices import NoticeState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.duties.rows import rule_of
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag

BATCH = 500  # deliveries of one channel in a pass
BUDGET_S = 10.0  # what one pass may take: the sweep waits for it
LOOK_BACK = timedelta(days=2)  # what is older was derived long ago, or the worker was silent and every page said so


@transaction.atomic
def register_channel(
    *, unit: str, kind: ChannelKind, title: str, address: str, by: Actor, at: datetime, key: str = "",
    wanted: Wanted = Wanted.ALL, language: Language = Language.ZH, code: str = "",
) -> Channel:  # fmt: skip
    """A unit's notices go to this address as well, from now on; the address is kept as a secret."""
    permit(by, Operation.KEEP_CHANNELS, unit)
    kept = rules.read_address(kind, address)
    try:
        with transaction.atomic():
            row = Channel.objects.create(
                code=code or public_id("CH", at), unit_id=unit, kind=kind, title=title[:80], address=kept, key=key.strip(),
                wanted=wanted, language=language, since=at,
            )  # fmt: skip
    except IntegrityError as fault:
        message = "the unit has a channel to this address"
        raise Refused(message, code="channel-stands") from fault
    commit(tag=LineTag.CHANNEL_REGISTERED, subject=about(row), unit=unit, by=by, at=at, data={"kind": kind, "wanted": wanted})
    return row


@transaction.atomic
def end_channel(*, code: str, reason: str, by: Actor, at: datetime) -> Channel:
    """Nothing goes there any more; what is still owed is given up, and the address is forgotten."""
    row = locked(Channel, code)
    permit(by, Operation.KEEP_CHANNELS, row.unit_id)
    if row.state == ChannelState.ENDED:
        message = "the channel has ended"
        raise Refused(message, code="channel-ended")
    Delivery.objects.filter(channel=row, state=DeliveryState.OWED).update(
        state=DeliveryState.GIVEN_UP, ended_at=at, next_at=None, problem="the channel was ended"
    )
    row.state, row.failing_since, row.ended_at, row.address, row.key = ChannelState.ENDED, None, at, "", ""
    row.save(update_fields=("state", "failing_since", "ended_at", "address", "key"))
    commit(
        tag=LineTag.CHANNEL_ENDED,
        subject=about(row),
        unit=row.unit_id,
        by=by,
        at=at,
        data={"reason": reason[:200]},
        closes=[WORKS],
    )
    return row


def about(row: Channel) -> str:
    """How the ledger and the duties name a channel."""
    return f"channel:{row.pk}"


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass did."""

    owed: int
    sent: int
    failed: int


def deliver(*, at: datetime) -> Passed:
    """Derive what committed notices owe on channels, and send what is due; one that fails does not hold the others."""
    if not Channel.objects.exclude(state=ChannelState.ENDED).exists():
        return Passed(0, 0, 0)
    owed = derive(at=at)
    sent = failed = 0
    ends = time.monotonic() + BUDGET_S
    silent: set[str] = set()
    for code, channel in _due(at):
        if time.monotonic() >= ends:
            break
        if channel in silent:
            continue  # it has just failed: the rest waits for the next pass
        row = _claim(code, at=at)
        if row is None:
            continue
        try:
            receipt = wire.send(
                kind=ChannelKind(row.channel.kind), address=row.channel.address, key=row.channel.key, text=words(row),
                at=clock.wall(),
            )  # fmt: skip
        except wire.Undelivered as fault:
            failed += 1
            silent.add(channel)
            _failed(row, str(fault)[:200], at=at)
        else:
            sent += 1
            _sent(row, receipt, at=at)
    return Passed(owed, sent, failed)


def _due(at: datetime) -> Iterator[tuple[str, str]]:
    """What is due, channel by channel (delivery, channel): what failed before comes last, so that nobody waits behind it."""
    due = Delivery.objects.filter(state=DeliveryState.OWED, next_at__lte=at)
    channels = Channel.objects.filter(pk__in=due.values("channel")).order_by(F("failing_since").asc(nulls_first=True), "pk")
    for channel in list(channels.values_list("pk", flat=True)):
        for code in list(due.filter(channel=channel).order_by("next_at", "code").values_list("pk", flat=True)[:BATCH]):
            yield code, channel


def derive(*, at: datetime) -> int:
    """What the notices of the last days owe on the channels of their units, by one statement; returns how many are new."""
    stored = connection.ops.adapt_datetimefield_value
    statement = """
        INSERT INTO channels_delivery (code, channel_id, notice_id, state, owed_at, attempts, next_at, receipt, problem)
        SELECT c.code || '-' || n.id, c.code, n.id, %s, n.told_at, 0, n.told_at, '', ''
        FROM channels_channel c JOIN duties_notice n ON n.unit_id = c.unit_id
        WHERE c.state <> %s AND n.state = %s AND n.told_at >= c.since AND n.told_at >= %s
          AND (c.wanted = %s OR n.step NOT LIKE 'before:%%')
          AND NOT EXISTS (SELECT 1 FROM channels_delivery d WHERE d.channel_id = c.code AND d.notice_id = n.id)
        ON CONFLICT DO NOTHING
    """
    given = [
        DeliveryState.OWED.value,
        ChannelState.ENDED.value,
        NoticeState.SENT.value,
        stored(at - LOOK_BACK),
        Wanted.ALL.value,
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, given)
        return int(cursor.rowcount)


def words(row: Delivery) -> str:
    """What leaves the house: the duty's kind in the pack's words, the unit, its limit, where to look, the number. No names."""
    duty: Duty = row.notice.duty
    rule, chinese = rule_of(duty), row.channel.language == Language.ZH
    unit = duty.owner.name if chinese or not duty.owner.name_en else duty.owner.name_en
    limit = f"{clock.local(duty.due_at):%m-%d %H:%M}"
    link = f"{settings.BULOU_ADDRESS}/duties/{duty.pk}/" if settings.BULOU_ADDRESS else duty.pk
    with override("zh-hans" if chinese else "en"):
        said = [
            f"{rule.says_zh if chinese else rule.says_en}",
            gettext("%(unit)s, limit %(limit)s") % {"unit": unit, "limit": limit},
            link,
            f"#{row.code}",
        ]
    return "\n".join(said)


def _claim(code: str, *, at: datetime) -> Delivery | None:
    """Take the delivery, committed before it is sent; None when another worker has it."""
    with transaction.atomic():
        row = Delivery.objects.select_related("channel", "notice__duty__owner").filter(pk=code).first()
        if row is None or row.state != DeliveryState.OWED or row.next_at is None or row.next_at > at:
            return None
        held = {"next_at": at + rules.LEASE, "attempts": row.attempts + 1}
        if not Delivery.objects.filter(pk=code, state=DeliveryState.OWED, next_at=row.next_at).update(**held):
            return None
        row.attempts += 1
        return row


@transaction.atomic
def _sent(row: Delivery, receipt: str, *, at: datetime) -> None:
    Delivery.objects.filter(pk=row.pk).update(
        state=DeliveryState.SENT, ended_at=at, next_at=None, receipt=receipt[:200], problem=""
    )
    channel = locked(Channel, row.channel_id)
    if channel.state == ChannelState.ENDED:
        return
    failing, channel.sent_at = channel.failing_since, at
    if failing is None:
        channel.save(update_fields=("sent_at",))
        return
    channel.state, channel.failing_since, channel.problem = ChannelState.WORKS, None, ""
    channel.save(update_fields=("sent_at", "state", "failing_since", "problem"))
    by = system(unit=channel.unit_id, door=Door.SWEEP)
    commit(tag=LineTag.CHANNEL_RECOVERED, subject=about(channel), unit=channel.unit_id, by=by, at=at, closes=[WORKS])


@transaction.atomic
def _failed(row: Delivery, problem: str, *, at: datetime) -> None:
    ended = rules.is_given_up(owed_at=row.owed_at, at=at)
    Delivery.objects.filter(pk=row.pk, state=DeliveryState.OWED).update(
        state=DeliveryState.GIVEN_UP if ended else DeliveryState.OWED,
        ended_at=at if ended else None,
        next_at=None if ended else rules.next_try(attempts=row.attempts, at=at),
        problem=problem,
    )
    channel = locked(Channel, row.channel_id)
    by = system(unit=channel.unit_id, door=Door.SWEEP)
    if ended:
        data = {"delivery": row.pk, "problem": problem}
        commit(tag=LineTag.DELIVERY_GIVEN_UP, subject=about(channel), unit=channel.unit_id, by=by, at=at, data=data)
    if channel.state != ChannelState.WORKS:
        return
    channel.state, channel.failing_since, channel.problem = ChannelState.FAILS, at, problem
    channel.save(update_fields=("state", "failing_since", "problem"))
    owed = Owed(
        kind=WORKS, about=about(channel), label=f"{channel.kind} · {channel.title}"[:200],
        owners={"explicit": channel.unit_id}, facts={"failing_at": at}, why=problem,
    )  # fmt: skip
    commit(
        tag=LineTag.CHANNEL_FAILING,
        subject=about(channel),
        unit=channel.unit_id,
        by=by,
        at=at,
        data={"problem": problem},
        opens=[owed],
    )
