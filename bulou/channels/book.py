"""The books of channels and of what went through them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import get_language, pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.channels import actions
from bulou.channels.choices import ChannelKind, ChannelState, DeliveryState, Language, Wanted
from bulou.channels.models import Channel, Delivery
from bulou.duties.rows import rule_of
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag

KINDS = {
    ChannelKind.EMAIL.value: pgettext_lazy("channel", "E-mail"),
    ChannelKind.WECOM.value: pgettext_lazy("channel", "WeCom robot"),
    ChannelKind.DINGTALK.value: pgettext_lazy("channel", "DingTalk robot"),
    ChannelKind.FEISHU.value: pgettext_lazy("channel", "Feishu robot"),
}
WANTED = {
    Wanted.ALL.value: pgettext_lazy("channel", "all notices"),
    Wanted.FROM_LIMIT.value: pgettext_lazy("channel", "from the limit on, no reminders before it"),
}
STATES = {
    ChannelState.WORKS.value: pgettext_lazy("channel", "works"),
    ChannelState.FAILS.value: pgettext_lazy("channel", "fails"),
    ChannelState.ENDED.value: pgettext_lazy("channel", "ended"),
}
SENT = {
    DeliveryState.OWED.value: pgettext_lazy("channel", "to be sent"),
    DeliveryState.SENT.value: pgettext_lazy("channel", "sent"),
    DeliveryState.GIVEN_UP.value: pgettext_lazy("channel", "given up"),
}
LANGUAGES = {
    Language.ZH.value: pgettext_lazy("channel", "Chinese"), Language.EN.value: pgettext_lazy("channel", "English"),
}  # fmt: skip


def _channels(by: Actor) -> QuerySet[Channel]:
    return Channel.objects.filter(within(by, "unit"))


def _deliveries(by: Actor) -> QuerySet[Delivery]:
    return Delivery.objects.filter(within(by, "channel__unit")).select_related("channel", "notice__duty")


def _says(row: Delivery) -> str:
    """What the notice is about, in the reader's language and in the words of the duty's own pack."""
    rule = rule_of(row.notice.duty)
    return rule.says_zh if (get_language() or "").startswith("zh") else rule.says_en


CHANNELS = Book(
    name="channels",
    line="D16",
    title=pgettext_lazy("channel", "Channels of notices"),
    one=pgettext_lazy("channel", "Channel"),
    subject="channel",
    model=Channel,
    see=Operation.SEE_CHANNELS,
    visible=_channels,
    lead="title",
    state="state",
    looks={ChannelState.WORKS: Look.DONE, ChannelState.FAILS: Look.LATE, ChannelState.ENDED: Look.PLAIN},
    closed=(ChannelState.ENDED,),
    in_files=False,  # its address is a secret: a file could neither carry it nor do without it
    note=pgettext_lazy("channel", "the inbox stays the place of record; no name leaves the house"),
    related=(("notice_deliveries", "channel"),),
    columns=(
        Column(name="title", label=pgettext_lazy("channel", "Name")),
        Column(name="kind", label=pgettext_lazy("channel", "By"), kind=Kind.WORD, words=KINDS),
        Column(name="address", label=pgettext_lazy("channel", "Address"), of="masked"),
        Column(name="unit", label=pgettext_lazy("channel", "Unit"), kind=Kind.UNIT, of="unit_id"),
        Column(name="wanted", label=pgettext_lazy("channel", "Which notices"), kind=Kind.WORD, words=WANTED),
        Column(name="state", label=pgettext_lazy("channel", "State"), kind=Kind.WORD, words=STATES),
        Column(name="language", label=pgettext_lazy("channel", "Language"), kind=Kind.WORD, words=LANGUAGES, listed=False),
        Column(name="sent_at", label=pgettext_lazy("channel", "Last sent"), kind=Kind.INSTANT),
        Column(name="failing_since", label=pgettext_lazy("channel", "Fails since"), kind=Kind.INSTANT, listed=False),
        Column(name="problem", label=pgettext_lazy("channel", "Problem"), listed=False),
        Column(name="key", label=pgettext_lazy("channel", "Signing key"), of=lambda row: "…" if row.key else "", listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("channel", "Register a channel"),
        means=pgettext_lazy("channel", "The unit's notices go there as well from now on"), operation=Operation.KEEP_CHANNELS,
        act=actions.register_channel,
        takes=(
            Field(name="unit", label=pgettext_lazy("channel", "Unit"), kind=Kind.UNIT),
            Field(name="kind", label=pgettext_lazy("channel", "By"), kind=Kind.WORD, words=KINDS, enum=ChannelKind),
            Field(name="title", label=pgettext_lazy("channel", "Name"), most=80),
            Field(name="address", label=pgettext_lazy("channel", "Address"), most=300,
                  help=pgettext_lazy("channel", "The e-mail address, or the robot's whole address; it is not shown again")),
            Field(name="key", label=pgettext_lazy("channel", "Signing key"), needed=False, most=128,
                  help=pgettext_lazy("channel", "Of a DingTalk robot that wants signatures")),
            Field(name="wanted", label=pgettext_lazy("channel", "Which notices"), kind=Kind.WORD, words=WANTED, enum=Wanted),
            Field(name="language", label=pgettext_lazy("channel", "Language"), kind=Kind.WORD, words=LANGUAGES, enum=Language),
        ),
    ),
    steps=(
        Step(
            name="end", label=pgettext_lazy("channel", "End the channel"),
            means=pgettext_lazy("channel", "Nothing goes there any more, and the address is forgotten"),
            operation=Operation.KEEP_CHANNELS, act=actions.end_channel,
            when=lambda row: row.state != ChannelState.ENDED,
            takes=(Field(name="reason", label=pgettext_lazy("channel", "Reason")),),
        ),
    ),
    told={
        LineTag.CHANNEL_REGISTERED: pgettext_lazy("channel", "Registered"),
        LineTag.CHANNEL_FAILING: pgettext_lazy("channel", "It fails"),
        LineTag.CHANNEL_RECOVERED: pgettext_lazy("channel", "It works again"),
        LineTag.DELIVERY_GIVEN_UP: pgettext_lazy("channel", "A notice was given up"),
        LineTag.CHANNEL_ENDED: pgettext_lazy("channel", "Ended"),
    },
)  # fmt: skip

DELIVERIES = Book(
    name="notice_deliveries",
    line="D16",
    title=pgettext_lazy("channel", "Notices sent out"),
    one=pgettext_lazy("channel", "Notice on a channel"),
    subject="delivery",
    model=Delivery,
    lead="notice",
    see=Operation.SEE_CHANNELS,
    visible=_deliveries,
    order="owed_at",
    latest=True,
    state="state",
    looks={DeliveryState.OWED: Look.WAITS, DeliveryState.SENT: Look.DONE, DeliveryState.GIVEN_UP: Look.LATE},
    closed=(DeliveryState.SENT, DeliveryState.GIVEN_UP),
    in_files=False,
    unit="channel.unit_id",
    columns=(
        Column(name="notice", label=pgettext_lazy("channel", "Notice"), of=_says),
        Column(name="channel", label=pgettext_lazy("channel", "Channel"), kind=Kind.ROW, of="channel_id", book="channels",
               shown=lambda row: row.channel.title),
        Column(name="duty", label=pgettext_lazy("channel", "Duty"), of="notice.duty_id"),
        Column(name="state", label=pgettext_lazy("channel", "State"), kind=Kind.WORD, words=SENT),
        Column(name="owed_at", label=pgettext_lazy("channel", "Told at"), kind=Kind.INSTANT),
        Column(name="ended_at", label=pgettext_lazy("channel", "Sent or given up"), kind=Kind.INSTANT),
        Column(name="attempts", label=pgettext_lazy("channel", "Tries"), kind=Kind.NUMBER),
        Column(name="read_at", label=pgettext_lazy("channel", "Read in the inbox"), kind=Kind.INSTANT, of="notice.read_at"),
        Column(name="next_at", label=pgettext_lazy("channel", "Next try"), kind=Kind.INSTANT, listed=False),
        Column(name="receipt", label=pgettext_lazy("channel", "Receipt"), listed=False),
        Column(name="problem", label=pgettext_lazy("channel", "Problem"), listed=False),
    ),
)  # fmt: skip
