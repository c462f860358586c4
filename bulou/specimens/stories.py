"""The whole story of a box and of a tube, as pages and the API show it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from bulou.access.choices import Operation
from bulou.access.rules import covers, may
from bulou.duties.models import Duty
from bulou.kernel.actor import Actor
from bulou.ledger.models import Entry
from bulou.specimens import listing, rows, rules
from bulou.specimens.models import Box, BoxTransfer, LaboratoryResult, Tube, TubeMember, VoidedScan

_BOX_KINDS = (
    rules.DELIVERED,
    rules.LABORATORY_ASSIGNED,
    rules.TESTED,
    rules.REROUTED,
    rules.RECONCILED,
    rules.SCAN_REVIEWED,
)
_TUBE_KINDS = (
    rules.CONFLICT_SETTLED,
    rules.LATE_REVIEWED,
    rules.MATCHED,
    rules.SCAN_REVIEWED,
    rules.DELIVERED,
    rules.TESTED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxStory:
    """A box, every hand it passed, its tubes, what the record says of it, and what is owed about it."""

    box: Box
    transfers: list[BoxTransfer]
    tubes: list[Tube]
    entries: list[Entry]
    duties: list[Duty]


def box_story(reader: Actor, box_id: str) -> BoxStory:
    """A box's story; a foreign box answers like a missing one. Five statements."""
    seen = listing.boxes(reader).select_related("site", "round", "holder", "laboratory__unit")
    box = seen.filter(pk=box_id).first()
    if box is None:
        raise rows.missing_record()
    transfers = list(box.transfers.select_related("sender", "receiver").order_by("pk"))
    about = rules.box_about(box_id)
    abouts = [about, *(f"{about}/{one.pk}" for one in transfers)]
    return BoxStory(
        box=box,
        transfers=transfers,
        tubes=list(box.tubes.order_by("collected_at", "pk")),
        entries=_entries([about, *(f"transfer:{one.pk}" for one in transfers)]),
        duties=_duties(_BOX_KINDS, abouts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeStory:
    """A tube, its box, its results, what the record says of it, and what is owed about it.

    ``people`` are the person ids in it, or None for a reader who may not know who they are; whoever shows them writes
    the read log.
    """

    tube: Tube
    results: list[LaboratoryResult]
    voids: list[VoidedScan]
    entries: list[Entry]
    duties: list[Duty]
    people: tuple[str, ...] | None


def tube_story(reader: Actor, tube_id: str) -> TubeStory:
    """A tube's story; a foreign tube answers like a missing one. At most six statements."""
    seen = listing.tubes(reader).select_related("site", "round", "box__holder", "box__laboratory__unit")
    tube = seen.filter(pk=tube_id).first()
    if tube is None:
        raise rows.missing_record()
    results = list(LaboratoryResult.objects.filter(tube_id=tube_id).select_related("laboratory__unit").order_by("pk"))
    voids = list(VoidedScan.objects.filter(thing=rules.tube_about(tube_id)).order_by("pk"))
    abouts = [rules.tube_about(tube_id), *(f"result:{row.pk}" for row in results), *(f"void:{row.pk}" for row in voids)]
    abouts += [rules.box_about(tube.box_id)] if tube.box_id else []
    return TubeStory(
        tube=tube,
        results=results,
        voids=voids,
        entries=_entries([rules.tube_about(tube_id)]),
        duties=_duties(_TUBE_KINDS, abouts),
        people=members(reader, tube),
    )


def members(reader: Actor, tube: Tube) -> tuple[str, ...] | None:
    """Who is in a tube, for a role that may see people and whose jurisdiction holds the site; None for anybody else."""
    if not may(reader, Operation.SEE_PEOPLE) or not covers(reader, tube.unit_code):
        return None
    found = TubeMember.objects.filter(tube=tube).order_by("person_id")
    return tuple(found.values_list("person_id", flat=True))


def _entries(subjects: list[str]) -> list[Entry]:
    return list(Entry.objects.filter(subject__in=subjects).select_related("seal").order_by("id"))


def _duties(kinds: tuple[str, ...], abouts: list[str]) -> list[Duty]:
    found: QuerySet[Duty] = Duty.objects.filter(kind__in=kinds, about__in=abouts).select_related("owner")
    return list(found.order_by("opened_at", "id"))
