"""A row of every book of channels; see ``scenes``."""

from __future__ import annotations

from bulou.channels import actions as channels
from bulou.channels.choices import ChannelKind
from bulou.channels.models import Delivery
from bulou.duties.opening import Owed, open_duty
from bulou.duties.rows import tell
from tests import city as cities


def channel(city, unit, secret):
    made = channels.register_channel(
        unit=unit,
        kind=ChannelKind.EMAIL,
        title=secret,
        address=f"{secret}@example.org",
        by=city.actor(cities.CITY),
        at=cities.at(),
    )
    return made.pk


def delivery(city, unit, secret):
    made = channel(city, unit, f"d-{secret}")
    owed = Owed(
        kind="task.done", about=f"task:{made}", label=secret, owners={"explicit": unit}, facts={"due_at": cities.at(9)},
        issuer=cities.CITY,
    )  # fmt: skip
    duty = open_duty(owed, by=cities.SYSTEM, at=cities.at())
    told = tell(duty, step="task:assigned", unit=unit, due_at=cities.at(), at=cities.at(), by=cities.SYSTEM)
    channels.derive(at=cities.at(0.1))
    return Delivery.objects.get(channel=made, notice=told).pk


SCENES = {"channels": channel, "notice_deliveries": delivery}
