"""``bulou duties``: what is owed, by whom, since when."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock


def duties(
    overdue: Annotated[bool, typer.Option(help="Only what is late.")] = False,
    unit: Annotated[str, typer.Option(help="A unit's code; it and all below it.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 200,
    as_user: Annotated[str, typer.Option("--as", help="The account that reads.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """What is owed, by whom, since when, and who is on duty there now."""
    setup.django()
    from bulou.duties import queries  # noqa: PLC0415 - after Django is set up
    from bulou.units import queries as units  # noqa: PLC0415

    now, reader = clock.city(), setup.actor(as_user)
    chosen = queries.Filter(overdue=overdue, unit=unit)
    rows = list(queries.listed(reader, chosen, now=now).select_related("owner")[:limit])
    present = units.on_duty({row.owner_id for row in rows}, at=now)
    counts = queries.counts(reader, now=now, unit=unit)
    found = [
        {
            "id": row.pk,
            "kind": row.kind,
            "label": row.label,
            "owner": row.owner_id,
            "owner_name": row.owner.name,
            "on_duty": present[row.owner_id].staff_name,
            "opened_at": row.opened_at.isoformat(),
            "due_at": row.due_at.isoformat(),
            "late_s": max(0, int((now - row.due_at).total_seconds())),
            "why": row.why,
        }
        for row in rows
    ]
    if as_json:
        body = {"at": now.isoformat(), "open": counts.open, "overdue": counts.overdue, "duties": found}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(f"{counts.open} open, {counts.overdue} overdue at {clock.local(now):%Y-%m-%d %H:%M}\n")
    for row, one in zip(found, rows, strict=True):
        late = f"late {row['late_s'] // 60} min" if row["late_s"] else f"due {clock.local(one.due_at):%H:%M}"
        sys.stdout.write(f"  {late:<14} {row['kind']:<30} {row['owner_name']} ({row['on_duty']})  {row['label']}\n")


COMMAND = duties
