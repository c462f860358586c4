"""Duties read out; no file opens or closes one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bulou.access.queries import within
from bulou.duties.models import Duty
from bulou.exchange.kinds.fields import shown
from bulou.kernel.actor import Actor

COLUMNS = (
    "duty_id", "kind", "owner_code", "about", "label", "place_code", "opened_at", "due_at", "state", "closed_at", "proof",
    "why",
)  # fmt: skip


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The duties owned below the reader's unit, or about places below it; the earliest opened first."""
    del round_code
    for row in Duty.objects.filter(within(by, "owner", "place_code")).order_by("opened_at", "id").iterator():
        yield (
            row.pk, row.kind, row.owner_id, row.about, row.label, row.place_code, shown(row.opened_at), shown(row.due_at),
            row.state, shown(row.closed_at), row.proof, row.why,
        )  # fmt: skip
