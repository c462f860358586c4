"""By which channels a notice left the house, and whether the service there took it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import ngettext

from bulou.channels.book import KINDS, SENT
from bulou.channels.choices import DeliveryState
from bulou.channels.models import Delivery
from bulou.duties.models import Notice
from bulou.kernel import clock
from bulou.web.show.words import list_words, time_of


def ways(notices: Sequence[Notice]) -> dict[int, tuple[str, ...]]:
    """Per notice a line for each channel: by what, how it stands, since when. One statement; no address, no channel's name."""
    if not notices:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    rows = Delivery.objects.filter(notice__in=[one.pk for one in notices]).select_related("channel").order_by("owed_at", "code")
    for row in rows:
        found[row.notice_id] = (*found.get(row.notice_id, ()), _line(row))
    return found


def _line(row: Delivery) -> str:
    state = f"{KINDS[row.channel.kind]}: {SENT[row.state]}"
    if row.ended_at is not None:
        return f"{state} {time_of(row.ended_at, clock.city())}"
    if row.state == DeliveryState.OWED and row.attempts:
        tried = ngettext("tried %(count)s time", "tried %(count)s times", row.attempts) % {"count": row.attempts}
        return list_words([state, tried])
    return state
