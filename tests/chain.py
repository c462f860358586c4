"""A running specimen chain for tests: a round, two laboratories, sites, and a box's steps by the public actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.rounds.models import Site
from bulou.specimens import actions as chain
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Box, BoxTransfer, LaboratoryResult
from tests import town
from tests.city import COMMUNITY_A, COMMUNITY_C, COURIER, LAB_1, LAB_2, SITE_A, SITE_C, City, at


@dataclass
class Chain:
    """The city with everything a tube passes; every step is taken by whoever is on duty there."""

    city: City
    people: list[str]
    sites: dict[str, Site]
    numbers: count[int] = field(default_factory=lambda: count(1))

    def tube(
        self,
        people: Sequence[str],
        *,
        when: datetime,
        site: str = SITE_A,
        tube_id: str = "",
        collected: datetime | None = None,
    ) -> str:
        """Register one tube; returns its id."""
        name = tube_id or f"T{next(self.numbers):05}"
        chain.register_tube(
            tube_id=name, site_id=site, collected_at=collected or when, people=people, by=self.city.actor(site), at=when
        )
        return name

    def tubes(self, number: int, *, when: datetime, site: str = SITE_A, pool: int = 10, first: int = 0) -> list[str]:
        """Register tubes of consecutive people."""
        return [
            self.tube(self.people[first + one * pool : first + (one + 1) * pool], when=when, site=site) for one in range(number)
        ]

    def sealed(self, tubes: Sequence[str], *, when: datetime, site: str = SITE_A, box_id: str = "", seal: str = "") -> Box:
        """Pack tubes into a box and seal it."""
        name = box_id or f"BX-{next(self.numbers):04}"
        actor = self.city.actor(site)
        chain.pack_box(box_id=name, site_id=site, tubes=tubes, by=actor, at=when)
        return chain.seal_box(box_id=name, seal_number=seal or f"S-{name}", count=len(tubes), by=actor, at=when)

    def offer(
        self,
        box: Box,
        to_unit: str,
        *,
        when: datetime,
        count: int | None = None,
        seal: str | None = None,
        vehicle: str = "",
    ) -> BoxTransfer:
        """Whoever holds the box offers it."""
        box.refresh_from_db()
        return chain.offer_box(
            box_id=box.pk,
            to_unit=to_unit,
            count=box.last_count if count is None else count,
            seal=box.last_seal if seal is None else seal,
            by=self.city.actor(box.holder_id),
            at=when,
            vehicle=vehicle,
        )

    def accept(
        self,
        transfer: BoxTransfer,
        *,
        when: datetime,
        count: int | None = None,
        seal: str | None = None,
        box_id: str = "",
    ) -> BoxTransfer:
        """The receiver scans it."""
        return chain.accept_box(
            transfer_id=transfer.pk,
            box_id=box_id or transfer.box_id,
            count=transfer.sent_count if count is None else count,
            seal=transfer.sent_seal if seal is None else seal,
            by=self.city.actor(transfer.receiver_id),
            at=when,
        )

    def hand(self, box: Box, to_unit: str, *, when: datetime) -> BoxTransfer:
        """Offer and accept, both sides agreeing."""
        return self.accept(self.offer(box, to_unit, when=when), when=when)

    def received(self, tubes: Sequence[str], *, when: datetime, site: str = SITE_A, lab: str = LAB_1) -> Box:
        """Pack, seal, carry, and have the laboratory receive; all at one instant."""
        box = self.sealed(tubes, when=when, site=site)
        self.hand(box, COURIER, when=when)
        self.hand(box, lab, when=when)
        box.refresh_from_db()
        return box

    def report(self, tube: str, outcome: Outcome, *, when: datetime, lab: str = LAB_1, run: str = "RUN-1") -> LaboratoryResult:
        """The laboratory reports one tube."""
        return chain.report_result(
            tube_id=tube,
            outcome=outcome,
            tested_at=when - timedelta(minutes=10),
            reported_at=when,
            run_id=run,
            by=self.city.actor(lab),
            at=when,
        ).result


def running(city: City, *, residents: int = 60) -> Chain:
    """A round that is open since the start, with sites in two communities of the east and two laboratories."""
    people = [*town.settle(COMMUNITY_A, residents), *town.settle(COMMUNITY_C, residents)]
    town.running(city)
    town.laboratory(city, LAB_1)
    town.laboratory(city, LAB_2)
    sites = {unit: town.site(city, unit, people=residents) for unit in (SITE_A, SITE_C)}
    return Chain(city, people, sites)


def passes(until: datetime, *, since: datetime | None = None, every: timedelta = timedelta(minutes=5)) -> None:
    """Let the worker run: watch and sweep at every step of the city's clock."""
    now = since or at(0)
    while now <= until:
        chain.watch(at=now)
        sweep(at=now)
        now += every


def owed(kind: str, *, state: str = "open") -> list[Duty]:
    """The duties of a kind in a state, in the order in which they were opened."""
    return list(Duty.objects.filter(kind=kind, state=state).order_by("opened_at", "id"))


def told(kind: str) -> list[tuple[str, datetime, str]]:
    """Who was told about duties of a kind: unit, city's time, step; in the order told."""
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("id")
    return [(row.unit_id, row.told_at, row.step) for row in found]
