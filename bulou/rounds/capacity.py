"""Laboratory capacity behind sites: claimed hour by hour, never more than there is, and given back.

The wall is one statement: ``UPDATE … SET claimed = claimed + n WHERE id = … AND claimed + n <= capacity``. Who comes
second waits for the first, sees its figure, and is refused. The table's check constraint is the second wall.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds import rows, rules
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.laboratories import add_windows
from bulou.rounds.models import CapacityClaim, CapacityWindow, Laboratory, Site


@transaction.atomic
def claim_capacity(*, site_id: int, laboratory: str, starts_at: datetime, tubes: int, by: Actor, at: datetime) -> CapacityClaim:
    """Secure tubes of one clock hour of a laboratory for a site; ``CapacityFull`` when it has not so many left."""
    site = _site(site_id)
    permit(by, Operation.ASSIGN_LABORATORY, site.unit_id)
    if tubes <= 0:
        message = "a claim is for at least one tube"
        raise InputFault(message, column="tubes")
    hour = rules.hour_of(starts_at)
    windows = CapacityWindow.objects.select_related("laboratory").filter(laboratory=laboratory, starts_at=hour)
    window = windows.first()
    if window is None:
        add_windows(_laboratory(laboratory), [hour])
        window = windows.get()
    lab = window.laboratory
    made = take(site, lab, window, tubes)
    ledger.record(
        tag=Tag.CAPACITY_CLAIMED,
        subject=rules.site_about(site.round_id, site.unit_id),
        unit=site.unit_id,
        by=by,
        at=at,
        data={"laboratory": lab.pk, "hours": {hour.isoformat(): tubes}},
    )
    return made


def _site(site_id: int) -> Site:
    found = Site.objects.filter(pk=site_id).first()
    if found is None:
        raise rows.missing_record()
    return found


def _laboratory(code: str) -> Laboratory:
    found = Laboratory.objects.filter(pk=code).first()
    if found is None:
        message = f"no laboratory has the code {code}"
        raise InputFault(message, column="laboratory", remedy="Register it, or choose another.")
    return found


def take(site: Site, lab: Laboratory, window: CapacityWindow, tubes: int) -> CapacityClaim:
    """Take tubes of one window, by the conditional statement; the caller has checked who asks."""
    if rules.is_full(full_since=lab.full_since, full_until=lab.full_until, at=window.starts_at):
        message = f"{lab.pk} has said that it is full: {lab.full_reason}"
        raise CapacityFull(message, code="laboratory-full", remedy="Choose another laboratory.")
    room = CapacityWindow.objects.filter(pk=window.pk, claimed__lte=F("capacity") - tubes)
    if not room.update(claimed=F("claimed") + tubes):
        left = CapacityWindow.objects.filter(pk=window.pk).values_list(F("capacity") - F("claimed"), flat=True).get()
        message = f"{lab.pk} has {left} tubes left at {window.starts_at.isoformat()}, {tubes} were asked for"
        raise CapacityFull(message, remedy="Ask for fewer, for another hour, or choose another laboratory.")
    return CapacityClaim.objects.create(window=window, site=site, tubes=tubes)


@transaction.atomic
def give_site_laboratory(*, site_id: int, laboratory: str, by: Actor, at: datetime) -> Site:
    """Put a laboratory behind a site: claim its tubes over the hours it will be open, all or none (采送检匹配).

    A laboratory that stood behind the site before is given its capacity back in the same transaction.
    ``CapacityFull`` when an hour has not enough left; nothing has changed then.
    """
    site = rows.locked_site(site_id)
    permit(by, Operation.ASSIGN_LABORATORY, site.unit_id)
    rules.require_site(site.state, (SiteState.PLANNED, SiteState.OPEN), doing="given a laboratory")
    rules.require_round(site.round.state, (RoundState.PLANNED, RoundState.OPEN), doing="given laboratories")
    lab = _laboratory(laboratory)
    shares = _shares(site, at=at)
    add_windows(lab, list(shares))
    # Every window that this transaction touches is locked first, in one order: two reassignments cannot wait in a ring.
    before_claims = list(CapacityClaim.objects.filter(site=site, about="", released_at=None))
    windows = CapacityWindow.objects.filter(laboratory=lab, starts_at__in=list(shares)).order_by("pk")
    concerned = {claim.window_id for claim in before_claims} | set(windows.values_list("pk", flat=True))
    list(CapacityWindow.objects.select_for_update(no_key=True).filter(pk__in=concerned).order_by("pk"))
    give_back(before_claims, at=at)
    for window in windows:
        take(site, lab, window, shares[window.starts_at])
    before, site.laboratory = site.laboratory_id, lab
    site.save(update_fields=("laboratory",))
    about = rules.site_about(site.round_id, site.unit_id)
    recorded = ledger.record(
        tag=Tag.CAPACITY_CLAIMED,
        subject=about,
        unit=site.unit_id,
        by=by,
        at=at,
        data={
            "laboratory": lab.pk,
            "before": before or "",
            "tubes": sum(shares.values()),
            "hours": {hour.isoformat(): share for hour, share in shares.items()},
        },
    )
    duties.fulfil_by_fact(
        kind=rules.LAB_SECURED, about=about, tag=Tag.CAPACITY_CLAIMED, ref=f"{lab.pk} entry:{recorded.pk}", by=by, at=at
    )
    return site


def _shares(site: Site, *, at: datetime) -> dict[datetime, int]:
    """The site's tubes over the hours it will still be open; of a site that is open already, what is left of them."""
    hours = rules.hours_of(site.opens_at, site.closes_at)
    left = rules.hours_of(max(site.opens_at, at), site.closes_at) or [rules.hour_of(at)]
    tubes = rules.tubes_needed(people=site.expected_people, pool_size=site.round.pool_size)
    if site.state == SiteState.OPEN:
        tubes = -(-tubes * len(left) // len(hours))
    return dict(rules.spread(tubes, left))


@transaction.atomic
def release_capacity(*, site_id: int, by: Actor, at: datetime) -> int:
    """Give back what a site that is not open still claims from this hour on; returns the tubes.

    An open site keeps its capacity: it may not stand open without any.
    """
    site = rows.locked_site(site_id)
    permit(by, Operation.ASSIGN_LABORATORY, site.unit_id)
    rules.require_site(site.state, (SiteState.PLANNED, SiteState.CLOSED), doing="stripped of its capacity")
    return release(site, by=by, at=at)


def release(site: Site, *, by: Actor, at: datetime) -> int:
    """The same for a site that is already locked and permitted."""
    claims = list(
        CapacityClaim.objects.filter(site=site, about="", released_at=None, window__starts_at__gte=rules.hour_of(at))
        .select_related("window")
        .order_by("window_id", "id")
    )
    tubes = give_back(claims, at=at)
    if tubes:
        ledger.record(
            tag=Tag.CAPACITY_RELEASED,
            subject=rules.site_about(site.round_id, site.unit_id),
            unit=site.unit_id,
            by=by,
            at=at,
            data={"tubes": tubes, "claims": [claim.pk for claim in claims]},
        )
    return tubes


def give_back(claims: list[CapacityClaim], *, at: datetime) -> int:
    """Give claims back to their windows, each once; returns the tubes. The caller has locked what it concerns."""
    given = 0
    for claim in sorted(claims, key=lambda one: one.window_id):
        if CapacityClaim.objects.filter(pk=claim.pk, released_at=None).update(released_at=at):
            CapacityWindow.objects.filter(pk=claim.window_id).update(claimed=F("claimed") - claim.tubes)
            given += claim.tubes
    return given


def held(site: Site) -> int:
    """The tubes that a site holds at its laboratory."""
    if site.laboratory_id is None:
        return 0
    found = CapacityClaim.objects.filter(site=site, about="", released_at=None, window__laboratory=site.laboratory_id)
    return int(found.aggregate(tubes=Sum("tubes"))["tubes"] or 0)
