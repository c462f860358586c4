"""The capacity behind one box that goes to another laboratory than its site's (采送检匹配): claimed anew, released behind it.

A site's claims stand behind what it collects, hour by hour. When a box of it is sent elsewhere its tubes need room there,
in the hours in which they must be tested; and the hours at the old laboratory that stood behind these tubes are given
back. The wall is the one of ``capacity``: a conditional statement for each window, a check constraint behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds import rules
from bulou.rounds.capacity import give_back
from bulou.rounds.laboratories import add_windows
from bulou.rounds.models import CapacityClaim, CapacityWindow, Laboratory, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A box as capacity sees it: what it is called in claims, its site, its tubes, since when they were collected."""

    about: str
    site: Site
    tubes: int
    collected_from: datetime


def move(box: Moved, lab: Laboratory, *, until: datetime, by: Actor, at: datetime) -> int:
    """Claim the box's tubes at ``lab`` in the hours from now to ``until``, and give back what stood behind it before.

    ``CapacityFull`` when these hours have not so many tubes left together; nothing has changed then. The caller's
    transaction has locked the box. Returns how many tubes were given back.
    """
    hours = rules.hours_of(at, until)
    add_windows(lab, hours)
    own = list(CapacityClaim.objects.filter(about=box.about, released_at=None))
    behind = [] if own else list(_behind(box, at=at))
    windows = CapacityWindow.objects.filter(laboratory=lab, starts_at__in=hours)
    concerned = {claim.window_id for claim in (*own, *behind)} | set(windows.values_list("pk", flat=True))
    # Locked in one order, as reassignments of sites lock them: nobody waits in a ring.
    list(CapacityWindow.objects.select_for_update(no_key=True).filter(pk__in=concerned).order_by("pk"))
    given = give_back(own, at=at) + _give_back_part(behind, box.tubes, at=at)
    taken = _take(box, lab, list(windows.order_by("starts_at")), at=at)
    ledger.record(
        tag=Tag.CAPACITY_CLAIMED, subject=rules.site_about(box.site.round_id, box.site.unit_id), unit=box.site.unit_id,
        by=by, at=at,
        data={"for": box.about, "laboratory": lab.pk, "tubes": box.tubes, "hours": taken, "given_back": given},
    )  # fmt: skip
    return given


def _behind(box: Moved, *, at: datetime) -> Sequence[CapacityClaim]:
    """The site's own claims that stood behind these tubes: of the hours in which they were collected, up to this one."""
    return list(
        CapacityClaim.objects.filter(
            site=box.site, about="", released_at=None, window__laboratory=box.site.laboratory_id,
            window__starts_at__gte=rules.hour_of(box.collected_from), window__starts_at__lte=rules.hour_of(at),
        )
        .select_related("window")
        .order_by("-window__starts_at", "id")
    )  # fmt: skip


def _give_back_part(claims: Sequence[CapacityClaim], tubes: int, *, at: datetime) -> int:
    """Give back at most so many tubes, the latest hour first; what is left of a claim stands as a claim of its own."""
    given = 0
    for claim in claims:
        part = min(claim.tubes, tubes - given)
        if part <= 0:
            break
        given += give_back([claim], at=at)
        rest = claim.tubes - part
        if rest:
            CapacityWindow.objects.filter(pk=claim.window_id).update(claimed=F("claimed") + rest)
            CapacityClaim.objects.create(window=claim.window, site=claim.site, tubes=rest)
            given -= rest
    return given


def _take(box: Moved, lab: Laboratory, windows: Sequence[CapacityWindow], *, at: datetime) -> dict[str, int]:
    owed = box.tubes
    taken: dict[str, int] = {}
    for window in windows:
        if not owed:
            break
        if rules.is_full(full_since=lab.full_since, full_until=lab.full_until, at=max(window.starts_at, at)):
            continue
        part = min(owed, window.capacity - window.claimed)
        if part <= 0:
            continue
        room = CapacityWindow.objects.filter(pk=window.pk, claimed__lte=F("capacity") - part)
        if room.update(claimed=F("claimed") + part):
            CapacityClaim.objects.create(window=window, site=box.site, tubes=part, about=box.about)
            taken[window.starts_at.isoformat()] = part
            owed -= part
    if owed:
        message = f"{lab.pk} has {box.tubes - owed} tubes left in these hours, {box.tubes} were asked for"
        raise CapacityFull(message, remedy="Choose another laboratory.")
    return taken


def give_back_box(about: str, *, at: datetime) -> int:
    """Give back what a box holds for itself, because it will not come: lost, or voided."""
    return give_back(list(CapacityClaim.objects.filter(about=about, released_at=None)), at=at)
