"""The day's list (日清日结): at its end nobody is open, or each line has a name and a reason. A job of the worker."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db import transaction

from bulou.duties.opening import Owed, open_many
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.transfer import rules
from bulou.transfer.choices import RequestState
from bulou.transfer.models import LIVE, ListDay, TransferRequest


def close_day(*, at: datetime) -> list[ListDay]:
    """Close yesterday's list of every district once; who is open without a reason is a duty of the district."""
    day = clock.day_of(at) - timedelta(days=1)
    begins, ends = clock.day_bounds(day)
    done = set(ListDay.objects.filter(day=day).values_list("place_code", flat=True))
    lines: dict[str, list[TransferRequest]] = defaultdict(list)
    for row in TransferRequest.objects.filter(requested_at__lt=ends, state__in=LIVE).order_by("code"):
        lines[_district(row.place_code)].append(row)
    received: dict[str, int] = defaultdict(int)
    moved = TransferRequest.objects.filter(received_at__gte=begins, received_at__lt=ends)
    for place in moved.values_list("place_code", flat=True):
        received[_district(place)] += 1
    by = system(unit="CN", door=Door.SWEEP)
    return [_close(place, day, lines[place], received[place], by=by, at=at) for place in sorted({*lines, *received} - done)]


def _district(place: str) -> str:
    return codes.up_to(place, codes.Level.DISTRICT) or place


@transaction.atomic
def _close(place: str, day: date, lines: list[TransferRequest], received: int, *, by: Actor, at: datetime) -> ListDay:
    begins, ends = clock.day_bounds(day)
    bare = [row for row in lines if not row.reason and row.state in {RequestState.OPEN, RequestState.PLANNED}]
    made, fresh = ListDay.objects.get_or_create(
        place_code=place,
        day=day,
        defaults={
            "closed_at": at,
            "requested": sum(row.requested_at >= begins for row in lines) + received,
            "received": received,
            "left": len(lines) - len(bare),
            "unexplained": len(bare),
        },
    )
    if not fresh:
        return made
    open_many(
        [
            Owed(
                kind=rules.EXPLAINED,
                about=rules.request_about(row.pk),
                label=f"{row.pk} · {row.basis}",
                place_code=row.place_code,
                facts={"day_ended_at": ends},
            )
            for row in bare
        ],
        by=by,
        at=at,
    )
    ledger.record(
        tag=Tag.TRANSFER_DAY_CLOSED,
        subject=f"transfers:{place}/{day.isoformat()}",
        unit=place,
        by=by,
        at=at,
        data={"received": made.received, "left": made.left, "unexplained": made.unexplained},
    )
    return made
