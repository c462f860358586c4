"""What the chain owes, opened as duties; every opening here is safe against a second one at the same instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.kernel.actor import Actor
from bulou.people.models import Resident
from bulou.rounds.models import Site
from bulou.specimens import rules
from bulou.specimens.models import Box, Tube


def open_all(owed: Sequence[Owed], *, by: Actor, at: datetime) -> list[Duty]:
    """Open duties, or return those already open.

    Two transactions may open the same duty at once: the second waits at the unique index, fails, and then finds the
    first one's row. So it asks once more.
    """
    if not owed:
        return []
    try:
        with transaction.atomic():
            return open_many(owed, by=by, at=at)
    except IntegrityError:
        with transaction.atomic():
            return open_many(owed, by=by, at=at)


def delivery(box: Box, site: Site) -> Owed:
    """Delivery of a sealed box: the sending unit's, until a receiver signs."""
    return Owed(
        kind=rules.DELIVERED,
        about=rules.box_about(box.pk),
        label=f"{box.pk} · {box.tube_count} · {site.name}",
        place_code=site.place_code,
        owners={"sending_unit": box.holder_id, "holding_unit": box.holder_id},
        facts=_instants(sealed_at=box.sealed_at, oldest_collected_at=box.oldest_collected_at),
    )


def laboratory_assignment(box: Box, site: Site, *, why: str) -> Owed:
    """A laboratory for a sealed box that has none."""
    return Owed(
        kind=rules.LABORATORY_ASSIGNED,
        about=rules.box_about(box.pk),
        label=f"{box.pk} · {box.tube_count} · {site.name}",
        place_code=site.place_code,
        owners={"sending_unit": site.unit_id},
        facts=_instants(sealed_at=box.sealed_at, oldest_collected_at=box.oldest_collected_at),
        why=why,
    )


def testing(box: Box, laboratory: str) -> Owed:
    """Every tube of a received box is reported by the laboratory that received it."""
    return Owed(
        kind=rules.TESTED,
        about=rules.box_about(box.pk),
        label=f"{box.pk} · {box.tube_count}",
        place_code=box.site.place_code,
        owners={"laboratory": laboratory},
        facts=_instants(received_at=box.received_at, sealed_at=box.sealed_at, oldest_collected_at=box.oldest_collected_at),
    )


def rerouting(box: Box, site: Site, *, why: str) -> Owed:
    """Another laboratory for a box on its way to one that is full."""
    return Owed(
        kind=rules.REROUTED,
        about=rules.box_about(box.pk),
        label=f"{box.pk} · {box.tube_count} · {site.name}",
        place_code=site.place_code,
        owners={"holding_unit": box.holder_id},
        facts=_instants(oldest_collected_at=box.oldest_collected_at),
        why=why,
    )


def reconciliation(box: Box, *, transfer: int, sender: str, why: str) -> Owed:
    """Two counts that do not agree: the superior of the side that sent finds out; ``why`` holds both numbers."""
    return Owed(
        kind=rules.RECONCILED,
        about=f"{rules.box_about(box.pk)}/{transfer}",
        label=f"{box.pk} · {box.tube_count} · {box.site.name}",
        place_code=box.site.place_code,
        owners={"of": sender},
        why=why,
    )


def new_samples(people: Sequence[str], tube: Tube, *, why: str, parent: str | None = None) -> list[Owed]:
    """A new sample, alone in a tube, for each of these people; the community of stay owes it, once for each person.

    One statement finds where they stay; who is not registered is looked for where the tube was collected.
    """
    stays = dict(Resident.objects.filter(pk__in=people).values_list("person_id", "place_code"))
    return [
        Owed(
            kind=rules.RESAMPLED,
            about=rules.person_about(person),
            label=f"{tube.pk} · {place}/{len(people)}",
            place_code=stays.get(person) or tube.site.place_code,
            owners={"sending_unit": tube.unit_code},
            facts={"collected_at": tube.collected_at},
            why=why,
            parent=parent,
        )
        for place, person in enumerate(people, start=1)
    ]


def _instants(**named: datetime | None) -> dict[str, datetime]:
    return {name: instant for name, instant in named.items() if instant is not None}
