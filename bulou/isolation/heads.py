"""Occupancy is the people who are really there (人数核对): counted by scan or round, held against the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.isolation import rows
from bulou.isolation.choices import CountHow, StayState
from bulou.isolation.models import HeadCount, Stay
from bulou.isolation.rules import names
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


@transaction.atomic
def count_heads(
    *,
    unit: str,
    by: Actor,
    at: datetime,
    present: int | None = None,
    scanned: Sequence[str] | None = None,
    note: str = "",
) -> HeadCount:
    """Count who is there: a number from door to door (``present``), or the person ids that were scanned.

    A scan also names who is missing and who is on no list here. A difference is owed to be explained
    (``isolation.heads_reconciled``) until a count agrees; every count answers the day's own duty.
    """
    site = rows.locked_site(unit)
    permit(by, Operation.ADMIT_GUEST, unit)
    if (present is None) == (scanned is None) or (present is not None and present < 0):
        message = "give a number of people, or the people who were scanned"
        raise InputFault(message, column="present")
    on_list = dict(Stay.objects.filter(site_code=unit, state=StayState.ADMITTED).values_list("person_id", "code"))
    there = set(scanned or ())
    made = HeadCount.objects.create(
        site=site,
        counted_at=at,
        how=(CountHow.ROUND if scanned is None else CountHow.SCAN).value,
        present=present if present is not None else len(there),
        listed=len(on_list),
        absent=[] if scanned is None else sorted(code for person, code in on_list.items() if person not in there),
        unlisted=[] if scanned is None else sorted(there - set(on_list)),
        note=note[:300],
        counted_by=rows.signature(by),
    )
    recorded = ledger.record(
        tag=Tag.HEADS_COUNTED,
        subject=names.site_about(unit),
        unit=unit,
        by=by,
        at=at,
        data={
            "present": made.present,
            "listed": made.listed,
            "how": made.how,
            "absent": len(made.absent),
            "unlisted": len(made.unlisted),
        },
    )
    ref = f"{made.present} there, {made.listed} on the list entry:{recorded.pk}"
    duties.fulfil_by_fact(
        kind=names.HEADS_COUNTED,
        about=names.day_about(unit, clock.day_of(at)),
        tag=Tag.HEADS_COUNTED,
        ref=ref,
        by=by,
        at=at,
    )
    if made.present == made.listed and not made.absent and not made.unlisted:
        duties.fulfil_by_fact(
            kind=names.HEADS_RECONCILED, about=names.site_about(unit), tag=Tag.HEADS_COUNTED, ref=ref, by=by, at=at
        )
        return made
    open_duty(
        Owed(
            kind=names.HEADS_RECONCILED,
            about=names.site_about(unit),
            label=site.name,
            place_code=site.place_code,
            owners={"explicit": unit},
            facts={"counted_at": at},
            why=_said(made),
        ),
        by=by,
        at=at,
    )
    return made


def _said(count: HeadCount) -> str:
    parts = [names.SAID_HEADS % {"present": count.present, "listed": count.listed}]
    if count.absent:
        parts.append(names.SAID_ABSENT % {"people": len(count.absent)})
    if count.unlisted:
        parts.append(names.SAID_UNLISTED % {"people": len(count.unlisted)})
    return "; ".join(parts)
