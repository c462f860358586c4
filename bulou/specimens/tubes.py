"""Registering tubes (登记): the busiest door of the city, so everything here is done by set.

A tube never updates a duty's row: what a site has collected and not sealed is derived (``watch``). Only a tube with one
person in it may answer a duty: that somebody is sampled again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import covers, permit
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault, NotFound
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.models import Site
from bulou.specimens import rules
from bulou.specimens.choices import Outcome, TubeState
from bulou.specimens.inserts import NewTube, insert_members, insert_tubes
from bulou.specimens.models import Tube, TubeMember
from bulou.specimens.rules import TubeScan


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the site's device keeps: the same for the first scan and for every repeat of it."""

    tube_id: str
    site_id: str
    round: str
    people: int
    collected_at: datetime
    registered_at: datetime

    def as_json(self) -> dict[str, object]:
        """The receipt as plain values."""
        return {
            "tube_id": self.tube_id,
            "site_id": self.site_id,
            "round": self.round,
            "people": self.people,
            "collected_at": clock.as_utc(self.collected_at).isoformat(),
            "registered_at": clock.as_utc(self.registered_at).isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Registered:
    """A receipt, and whether this scan was the first."""

    receipt: Receipt
    created: bool


def register_tube(
    *, tube_id: str, site_id: str, collected_at: datetime, people: Sequence[str], by: Actor, at: datetime
) -> Registered:
    """Register one tube; raises what is wrong with it.

    ``site_id`` is the code of the site's unit. The same tube with the same content gives the first receipt again, with
    other content ``Conflict``. Any person id is taken, with the same answer whether the person is known or not.
    """
    scan = TubeScan(tube_id=tube_id, site_id=site_id, collected_at=collected_at, people=tuple(people))
    answer = register_tubes(scans=[scan], by=by, at=at)[0]
    if isinstance(answer, BulouError):
        raise answer
    return answer


def register_tubes(*, scans: Sequence[TubeScan], by: Actor, at: datetime) -> list[Registered | BulouError]:
    """Register up to 500 tubes; one answer for each, in order. One item's fault never undoes another's."""
    permit(by, Operation.REGISTER_TUBE)
    if len(scans) > rules.BATCH_MAX:
        message = f"{len(scans)} tubes in one batch"
        raise InputFault(message, code="batch-too-large", remedy=f"Send at most {rules.BATCH_MAX}.")
    with transaction.atomic(savepoint=False):  # nothing below is caught and gone on from
        return _registered(scans, by=by, at=at)


def _registered(scans: Sequence[TubeScan], *, by: Actor, at: datetime) -> list[Registered | BulouError]:
    answers: dict[int, Registered | BulouError] = {}
    sites = _sites({scan.site_id for scan in scans if covers(by, scan.site_id)})
    fresh: dict[str, tuple[int, NewTube]] = {}
    repeats: list[int] = []
    for place, scan in enumerate(scans):
        fault = rules.scan_fault(scan, at=at)
        if fault is not None:
            answers[place] = fault
        elif scan.site_id not in sites:
            answers[place] = NotFound("no such record", column="site_id", remedy="Check the site's code.")
        elif scan.tube_id in fresh:
            repeats.append(place)
        else:
            site = _site_for(scan, sites[scan.site_id])
            fault = _site_fault(scan, site)
            if fault is None:
                fresh[scan.tube_id] = place, _new(scan, site)
            else:
                answers[place] = fault  # unless the tube was registered before: then the first receipt again
                repeats.append(place)
    repeats += _register(fresh, answers, by=by, at=at)
    _answer_repeats({place: scans[place] for place in repeats}, answers)
    return [answers[place] for place in range(len(scans))]


def _sites(codes: set[str]) -> dict[str, list[Site]]:
    """The sites of these units in rounds that are not frozen yet, the latest opened first; one statement."""
    found: dict[str, list[Site]] = defaultdict(list)
    for site in (
        Site.objects.filter(unit__in=codes)
        .exclude(round__state=RoundState.FROZEN)
        .select_related("round")
        .only("unit", "round__pool_size", "opened_at", "closes_at", "closed_at", "state")
        .order_by("-opened_at", "-id")
    ):
        found[site.unit_id].append(site)
    return found


def _window(site: Site) -> rules.SiteWindow:
    closed = site.state == SiteState.CLOSED
    return rules.SiteWindow(opened_at=site.opened_at, closed_at=(site.closed_at or site.closes_at) if closed else None)


def _site_for(scan: TubeScan, sites: Sequence[Site]) -> Site:
    """The site of the round in which the tube was collected: a late upload belongs to the round before."""
    return next((site for site in sites if rules.window_fault(scan, window=_window(site)) is None), sites[0])


def _site_fault(scan: TubeScan, site: Site) -> InputFault | None:
    return rules.window_fault(scan, window=_window(site)) or rules.pool_fault(scan, pool_size=site.round.pool_size)


def _new(scan: TubeScan, site: Site) -> NewTube:
    return NewTube(
        tube_id=scan.tube_id,
        round=site.round_id,
        site=site.pk,
        unit_code=site.unit_id,
        collected_at=scan.collected_at,
        people=scan.people,
    )


def _register(
    fresh: dict[str, tuple[int, NewTube]], answers: dict[int, Registered | BulouError], *, by: Actor, at: datetime
) -> list[int]:
    """Insert what is new and answer it; returns the places of tubes that were registered before."""
    if not fresh:
        return []
    free = insert_tubes([row for _, row in fresh.values()], registered_at=at)
    made = [(place, row) for place, row in fresh.values() if row.tube_id in free]
    if made:
        insert_members([row for _, row in made])
        ledger.record_many(_draft(row, by=by, at=at) for _, row in made)
        _answer_resamples([row for _, row in made if len(row.people) == 1], by=by, at=at)
    for place, row in made:
        answers[place] = Registered(
            Receipt(
                tube_id=row.tube_id,
                site_id=row.unit_code,
                round=row.round,
                people=len(row.people),
                collected_at=row.collected_at,
                registered_at=at,
            ),
            created=True,
        )
    return [place for place, row in fresh.values() if row.tube_id not in free]


def _draft(row: NewTube, *, by: Actor, at: datetime) -> ledger.Draft:
    return ledger.Draft(
        tag=Tag.TUBE_REGISTERED,
        subject=rules.tube_about(row.tube_id),
        unit=row.unit_code,
        by=by,
        at=at,
        data={"round": row.round, "collected_at": row.collected_at, "people": len(row.people)},
    )


def _answer_resamples(rows: Iterable[NewTube], *, by: Actor, at: datetime) -> None:
    """Somebody alone in a tube was sampled again: close that duty, and remember whose pool asked for it."""
    by_about = {rules.person_about(row.people[0]): row for row in rows}
    if not by_about:
        return
    owed = Duty.objects.filter(kind=rules.RESAMPLED, about__in=list(by_about), state=DutyState.OPEN)
    for about in owed.values_list("about", flat=True):
        row = by_about[about]
        duties.fulfil_by_fact(
            kind=rules.RESAMPLED, about=about, tag=Tag.TUBE_REGISTERED, ref=rules.tube_about(row.tube_id), by=by, at=at
        )
        pool = (
            Tube.objects.filter(members__person_id=row.people[0], outcome=Outcome.POSITIVE, people__gt=1)
            .order_by("-reported_at")
            .values_list("tube_id", flat=True)
            .first()
        )
        Tube.objects.filter(pk=row.tube_id).update(retest_of=pool or "")


def _answer_repeats(repeats: dict[int, TubeScan], answers: dict[int, Registered | BulouError]) -> None:
    """Answer tubes that were registered before: the first receipt again, or what differs; two statements."""
    if not repeats:
        return
    ids = {scan.tube_id for scan in repeats.values()}
    known = {row.tube_id: row for row in Tube.objects.filter(pk__in=ids).exclude(state=TubeState.VOIDED)}
    people: dict[str, set[str]] = defaultdict(set)
    for tube_id, person in TubeMember.objects.filter(tube__in=known).values_list("tube_id", "person_id"):
        people[tube_id].add(person)
    for place, scan in repeats.items():
        row = known.get(scan.tube_id)
        if row is None:
            continue  # it was refused for what it says by itself; that answer stands
        differing = rules.tube_differences(
            scan, site_id=row.unit_code, collected_at=row.collected_at, people=people[row.tube_id]
        )
        answers[place] = rules.tube_conflict(scan, differing) if differing else Registered(_receipt(row), created=False)


def _receipt(row: Tube) -> Receipt:
    return Receipt(
        tube_id=row.tube_id,
        site_id=row.unit_code,
        round=row.round_id,
        people=row.people,
        collected_at=row.collected_at,
        registered_at=row.registered_at,
    )
