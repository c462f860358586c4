"""The room's tables: channels of units, and each notice's delivery on each of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.channels import rules
from bulou.channels.choices import ChannelKind, ChannelState, DeliveryState, Language, Wanted
from bulou.duties.models import Notice
from bulou.units.models import Unit, choices_of


class Channel(models.Model):
    """A way by which a unit hears of its notices outside of the house; its address is a secret and shown masked only."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="channels")
    kind = models.CharField(max_length=8, choices=choices_of(ChannelKind))
    title = models.CharField(max_length=80)
    address = models.CharField(max_length=300)  # whoever has it can write there: no page, file, entry or message names it
    key = models.CharField(max_length=128, blank=True, default="")  # by which DingTalk knows that it is us; a secret, too
    wanted = models.CharField(max_length=12, choices=choices_of(Wanted), default=Wanted.ALL)
    language = models.CharField(max_length=2, choices=choices_of(Language), default=Language.ZH)
    state = models.CharField(max_length=8, choices=choices_of(ChannelState), default=ChannelState.WORKS)
    since = models.DateTimeField()  # notices told before this do not go there
    failing_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    sent_at = models.DateTimeField(null=True)  # the last that arrived
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "kind", "address"), condition=~Q(state=ChannelState.ENDED), name="channel_once"
            ),
            models.CheckConstraint(
                condition=Q(state=ChannelState.FAILS, failing_since__isnull=False)
                | (~Q(state=ChannelState.FAILS) & Q(failing_since=None)),
                name="channel_failing_since",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.kind} {self.unit_id}"

    @property
    def masked(self) -> str:
        """The address as it may be shown."""
        return rules.masked(ChannelKind(self.kind), self.address)


class Delivery(models.Model):
    """One notice on one channel: owed from its commit on, then sent or given up."""

    code = models.CharField(max_length=48, primary_key=True)  # channel-notice: the same in every try, and in the text
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=8, choices=choices_of(DeliveryState), default=DeliveryState.OWED)
    owed_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=200, blank=True, default="")  # what the service answered
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("-owed_at", "code")
        indexes = (
            models.Index(fields=("next_at",), condition=Q(state=DeliveryState.OWED), name="delivery_next"),
            models.Index(fields=("-owed_at", "code"), name="delivery_listed"),
        )
        constraints = (
            models.UniqueConstraint(fields=("channel", "notice"), name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.OWED, next_at__isnull=False, ended_at=None)
                | (~Q(state=DeliveryState.OWED) & Q(next_at=None, ended_at__isnull=False)),
                name="delivery_owed_or_ended",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.state}"
