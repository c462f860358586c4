"""The drill's day, played minute by minute through the public actions; nothing is written past them.

What happens at an instant may let more happen later: a sealed box calls a courier, a received box is tested. Every five
minutes the sweep, the rounds' figures and the specimens' watch run, as the worker runs them in a served city, and the ledger
is sealed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bulou.duties import actions as duties
from bulou.duties import handovers, sweep
from bulou.kernel import clock
from bulou.ledger import seals
from bulou.people.models import Resident
from bulou.rounds import actions as rounds
from bulou.rounds.choices import ExemptionReason
from bulou.specimens import actions as specimens
from bulou.specimens.actions import ResultScan, TubeScan
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Tube
from bulou.testing import actions as testing
from bulou.testing.choices import VisitOutcome
from bulou.units import actions as units
from simulation import plan as plans
from simulation.chase import Chase
from simulation.clockwork import Clockwork
from simulation.earlier import Earlier
from simulation.founding import CITY, City
from simulation.lines import LINES
from simulation.plan import Failure

STEP = timedelta(minutes=10)  # a site registers what it sampled in so many minutes
TICK = timedelta(minutes=5)  # the worker's jobs
RUN = (130, 210)  # minutes from a box's receipt to its results
RUN_EARLY = (80, 110)
SAMPLING_HOURS = 9.2  # a site that keeps pace has sampled everybody after so long
SLOW = 0.42  # the slow street's rate, as a share of that


@dataclass
class SiteState:
    """A site as the day goes: who has still to come, and which tubes stand loose."""

    unit: str
    people: list[str]
    rate: float  # people in ten minutes
    debt: float = 0.0
    loose: list[str] = field(default_factory=list)
    first_loose: datetime | None = None
    boxes: int = 0
    tubes: int = 0


class Day:
    """The day of one drill."""

    def __init__(self, city: City, *, until: datetime, earlier: Earlier) -> None:
        """``until`` is when the day stops; ``earlier`` is who came in before and goes home on it."""
        self.city = city
        self.plan = city.plan
        self.clockwork = Clockwork(city, until=until)
        self.at = self.clockwork.at
        self.chance = random.Random(f"bulou-day-{city.plan.seed}")
        self.sites: dict[str, SiteState] = {}
        self.earlier = earlier
        self.pool = ""  # the abnormal pool's tube
        self.positive = ""  # its positive member
        self.chase = Chase(city, self.at)

    def play(self) -> None:
        """From the round's opening to the day's end."""
        until = self.clockwork.until
        self.at(plans.OPENS, self._open)
        tick = plans.OPENS + TICK
        while tick <= until:
            self.at(tick, self._tick)
            tick += TICK
        self._seed_failures()
        self.earlier.go_home(self.at)
        for line in LINES:
            line.play(self.city, self.at)
        self.clockwork.run()
        with clock.frozen(until):
            testing.refresh_progress(round_code=plans.ROUND, by=self.city.actor(CITY), at=until)
            sweep.beat(sweep.sweep(at=until), at=until)
            seals.seal(at=until)

    # -- the round and its sites

    def _open(self, now: datetime) -> None:
        leader = self.city.actor(CITY)
        rounds.open_round(round_code=plans.ROUND, by=leader, at=now)
        slow = self.plan.failing(Failure.SLOW_SAMPLING)
        for site in self.plan.sites:
            order = [one.unit for one in self.plan.sites if one.community == site.community]
            residents = list(
                Resident.objects.filter(place_code__startswith=site.community)
                .order_by("person_id")
                .exclude(pk__in=self.earlier.people)  # they are sampled alone, in their rooms or at their doors
                .values_list("pk", flat=True)
            )
            mine = residents[order.index(site.unit) :: len(order)]
            self.chance.shuffle(mine)
            self._exempt(mine, now)
            away = max(1, len(mine) // 90)  # about one in ninety does not come by itself
            coming = mine[len(mine) // 250 : -away]
            self._visits(site.community, mine[-away:], now)
            pace = SLOW if site.community.startswith(slow) else self.chance.uniform(0.96, 1.08)
            rate = len(coming) / (SAMPLING_HOURS * 6) * pace
            self.sites[site.unit] = SiteState(site.unit, coming, rate)
            opens = plans.OPENS + timedelta(minutes=30 - self.chance.randint(2, 12))
            self.at(opens, lambda at, unit=site.unit: self._open_site(unit, at))  # type: ignore[misc]

    def _exempt(self, people: list[str], now: datetime) -> None:
        for person in people[: len(people) // 250]:
            reason = self.chance.choice((ExemptionReason.VACCINATED_RECENTLY, ExemptionReason.MEDICAL))
            rounds.grant_exemption(round_code=plans.ROUND, person_id=person, reason=reason, by=self.city.actor(CITY), at=now)

    def _visits(self, community: str, people: list[str], now: datetime) -> None:
        """Workers knock where nobody came; what they find stands beside the missing."""
        for person in people[:: max(1, len(people) // 6)]:
            outcome = self.chance.choice((VisitOutcome.AWAY, VisitOutcome.NOT_FOUND, VisitOutcome.REFUSED))
            when = now + timedelta(hours=self.chance.uniform(4, 8))

            def knock(at: datetime, person: str = person, outcome: VisitOutcome = outcome) -> None:
                by = self.city.actor(community)
                testing.record_visit(round_code=plans.ROUND, person_id=person, outcome=outcome, by=by, at=at)

            if community != self.plan.failing(Failure.POST_LEFT):
                self.at(when, knock)

    def _open_site(self, unit: str, now: datetime) -> None:
        rounds.open_site(site_id=self.city.sites[unit].pk, by=self.city.actor(unit), at=now)
        self.at(now + timedelta(minutes=5) + STEP, lambda at: self._sample(unit, at))
        self.at(now + timedelta(hours=1), lambda at: self._queue(unit, at))

    def _queue(self, unit: str, now: datetime) -> None:
        site = self.sites[unit]
        if not site.people:
            return
        waiting = self.chance.randint(4, 34)
        rounds.report_queue(
            site_id=self.city.sites[unit].pk, people=waiting, wait_minutes=waiting // 2 + 3, by=self.city.actor(unit), at=now
        )
        self.at(now + timedelta(hours=1), lambda at: self._queue(unit, at))

    def _sample(self, unit: str, now: datetime) -> None:
        """Register ten minutes' tubes of ten; box and seal when a box is full or the oldest tube gets old."""
        site = self.sites[unit]
        site.debt += site.rate * self.chance.uniform(0.9, 1.1)
        scans = []
        while site.debt >= plans.POOL and site.people:
            members, site.people = site.people[: plans.POOL], site.people[plans.POOL :]
            site.debt -= plans.POOL
            site.tubes += 1
            tube_id = f"T{unit[4:12]}{unit[-2:]}{site.tubes:04}"
            collected = now - timedelta(seconds=self.chance.randint(20, 560))
            scans.append(TubeScan(tube_id=tube_id, site_id=unit, collected_at=collected, people=tuple(members)))
        if scans:
            specimens.register_tubes(scans=scans, by=self.city.actor(unit), at=now)
            site.loose += [scan.tube_id for scan in scans]
            site.first_loose = site.first_loose or min(scan.collected_at for scan in scans)
        old = site.first_loose is not None and now - site.first_loose > timedelta(minutes=40)
        if site.loose and (len(site.loose) >= plans.TUBES_PER_BOX or old or not site.people):
            self._box(site, now)
        if site.people or site.loose:
            self.at(now + STEP, lambda at: self._sample(unit, at))

    # -- the chain behind a site

    def _box(self, site: SiteState, now: datetime) -> None:
        by = self.city.actor(site.unit)
        tubes, site.loose, site.first_loose = site.loose, [], None
        site.boxes += 1
        box_id, seal = (
            f"B{site.unit[4:12]}{site.unit[-2:]}{site.boxes:03}",
            f"S{site.unit[4:12]}{site.unit[-2:]}{site.boxes:03}",
        )
        specimens.pack_box(box_id=box_id, site_id=site.unit, tubes=tubes, by=by, at=now)
        sealed_at = now + timedelta(minutes=1)
        self.at(sealed_at, lambda at: self._seal(site.unit, box_id, seal, tubes, at))

    def _seal(self, unit: str, box_id: str, seal: str, tubes: list[str], now: datetime) -> None:
        made = specimens.seal_box(box_id=box_id, seal_number=seal, count=len(tubes), by=self.city.actor(unit), at=now)
        if made.laboratory_id is None:
            return  # nobody has assigned another: this is the seeded failure
        courier = f"{unit[:6]}:team001"
        called = now + timedelta(minutes=self.chance.randint(4, 14))
        self.at(called, lambda at: self._hand(unit, courier, box_id, seal, tubes, at))

    def _hand(self, unit: str, courier: str, box_id: str, seal: str, tubes: list[str], now: datetime) -> None:
        offer = specimens.offer_box(
            box_id=box_id, to_unit=courier, count=len(tubes), seal=seal, by=self.city.actor(unit), at=now,
            vehicle=f"样{courier[4:6]}",
        )  # fmt: skip

        def take(at: datetime) -> None:
            specimens.accept_box(
                transfer_id=offer.pk, box_id=box_id, count=len(tubes), seal=seal, by=self.city.actor(courier), at=at
            )
            arrives = at + timedelta(minutes=self.chance.randint(18, 48))
            self.at(arrives, lambda then: self._deliver(courier, box_id, seal, tubes, then))

        self.at(now + timedelta(minutes=self.chance.randint(1, 5)), take)

    def _deliver(self, courier: str, box_id: str, seal: str, tubes: list[str], now: datetime) -> None:
        from bulou.specimens.models import Box  # noqa: PLC0415 - where the box is to go is read, not remembered

        laboratory = str(Box.objects.values_list("laboratory_id", flat=True).get(pk=box_id))
        if laboratory == plans.SMALL_LAB and self._is_full(now):
            return  # the laboratory has said that it is full; nobody re-routes: the seeded failure
        offer = specimens.offer_box(
            box_id=box_id, to_unit=laboratory, count=len(tubes), seal=seal, by=self.city.actor(courier), at=now
        )

        def receive(at: datetime) -> None:
            specimens.accept_box(
                transfer_id=offer.pk, box_id=box_id, count=len(tubes), seal=seal, by=self.city.actor(laboratory), at=at
            )
            early = not self.pool and self._is_chosen(box_id)  # so that its chase reaches a door before the visitor comes
            done = at + timedelta(minutes=self.chance.randint(*(RUN_EARLY if early else RUN)))
            self.at(done, lambda then: self._report(laboratory, box_id, tubes, then))

        self.at(now + timedelta(minutes=self.chance.randint(2, 9)), receive)

    def _report(self, laboratory: str, box_id: str, tubes: list[str], now: datetime) -> None:
        abnormal = ""
        if not self.pool and self._is_chosen(box_id) and now.astimezone(clock.CITY_ZONE).hour >= 9:  # noqa: PLR2004 - the morning
            abnormal = self.pool = tubes[len(tubes) // 2]
        results = [
            ResultScan(
                tube_id=tube, outcome=Outcome.POSITIVE if tube == abnormal else Outcome.NEGATIVE,
                tested_at=now - timedelta(minutes=5), reported_at=now, run_id=f"R{box_id}",
            )
            for tube in tubes
        ]  # fmt: skip
        specimens.report_results(results=results, by=self.city.actor(laboratory), at=now)
        if abnormal:
            self.at(now + timedelta(minutes=25), self._resample)

    def _is_chosen(self, box_id: str) -> bool:
        unit = self.plan.failing(Failure.POOL_ABNORMAL)
        return box_id.startswith(f"B{unit[4:12]}{unit[-2:]}")

    # -- the seeded failures

    def _seed_failures(self) -> None:
        day = plans.OPENS.replace(hour=0)

        def clock_time(hour: int, minute: int = 0) -> datetime:
            return day + timedelta(hours=hour, minutes=minute)

        self.full_from = clock.as_utc(clock_time(8, 20))
        self.at(clock_time(8, 20), self._lab_full)
        self.at(clock_time(11, 5), self._unknown_tube)
        self.at(clock_time(12, 10), self._post_left)
        self.at(clock_time(12, 40), self._task_given)
        self.at(clock_time(13, 5), self._not_answered)

    def _is_full(self, now: datetime) -> bool:
        return now >= self.full_from

    def _lab_full(self, now: datetime) -> None:
        """G1: the mobile laboratory's machine stops; nobody assigns another."""
        rounds.report_full(
            laboratory=plans.SMALL_LAB, reason="扩增仪故障,暂停进样", by=self.city.actor(plans.SMALL_LAB), at=now
        )

    def _resample(self, now: datetime) -> None:
        """G11: the abnormal pool's members are sampled alone; one is positive; two are not at home yet."""
        tube = Tube.objects.get(pk=self.pool)
        members = list(tube.members.order_by("person_id").values_list("person_id", flat=True))
        found = members[:-2]
        self.positive = found[0]
        by = self.city.actor(tube.unit_code)
        scans = [
            TubeScan(tube_id=f"{self.pool}R{number}", site_id=tube.unit_code, collected_at=now, people=(person,))
            for number, person in enumerate(found)
        ]
        specimens.register_tubes(scans=scans, by=by, at=now)
        site = self.sites[tube.unit_code]
        site.boxes += 1
        box_id = f"B{site.unit[4:12]}{site.unit[-2:]}{site.boxes:03}"
        specimens.pack_box(box_id=box_id, site_id=site.unit, tubes=[one.tube_id for one in scans], by=by, at=now)
        seal = f"S{box_id[1:]}"
        tubes = [one.tube_id for one in scans]
        specimens.seal_box(box_id=box_id, seal_number=seal, count=len(tubes), by=by, at=now)
        courier = f"{site.unit[:6]}:team001"
        offer = specimens.offer_box(box_id=box_id, to_unit=courier, count=len(tubes), seal=seal, by=by, at=now)
        specimens.accept_box(
            transfer_id=offer.pk, box_id=box_id, count=len(tubes), seal=seal, by=self.city.actor(courier), at=now
        )
        self.at(now + timedelta(minutes=20), lambda at: self._fast_lane(courier, box_id, seal, tubes, at))

    def _fast_lane(self, courier: str, box_id: str, seal: str, tubes: list[str], now: datetime) -> None:
        from bulou.specimens.models import Box  # noqa: PLC0415 - where the box is to go is read, not remembered

        laboratory = str(Box.objects.values_list("laboratory_id", flat=True).get(pk=box_id))
        offer = specimens.offer_box(
            box_id=box_id, to_unit=laboratory, count=len(tubes), seal=seal, by=self.city.actor(courier), at=now
        )
        specimens.accept_box(
            transfer_id=offer.pk, box_id=box_id, count=len(tubes), seal=seal, by=self.city.actor(laboratory), at=now
        )

        def report(at: datetime) -> None:
            results = [
                ResultScan(
                    tube_id=tube, outcome=Outcome.POSITIVE if number == 0 else Outcome.NEGATIVE,
                    tested_at=at - timedelta(minutes=5), reported_at=at, run_id=f"R{box_id}",
                )
                for number, tube in enumerate(tubes)
            ]  # fmt: skip
            specimens.report_results(results=results, by=self.city.actor(laboratory), at=at)
            self.chase.begin(self.positive, at)

        self.at(now + timedelta(minutes=45), report)

    def _unknown_tube(self, now: datetime) -> None:
        """G13: a laboratory signs a result for a tube that nobody registered; nobody looks whose it is."""
        laboratory = self.plan.failing(Failure.UNKNOWN_TUBE)
        specimens.report_result(
            tube_id="T99990001", outcome=Outcome.NEGATIVE, tested_at=now - timedelta(minutes=9), reported_at=now,
            by=self.city.actor(laboratory), at=now, run_id="R9999",
        )  # fmt: skip

    def _post_left(self, now: datetime) -> None:
        """G17: a community's post-holder leaves in the middle of the shift, and nobody is named to act."""
        unit = self.plan.failing(Failure.POST_LEFT)
        units.vacate_post(post=self.city.posts[unit], reason="离岗未归", by=self.city.actor(unit[:9]), at=now)

    def _task_given(self, now: datetime) -> None:
        """G18: a task is offered to a neighbour, refused, offered again, refused again: the district must decide."""
        unit = self.plan.failing(Failure.BACK_AND_FORTH)
        neighbour = f"{unit[:9]}"
        others = sorted(
            code for code in self.city.posts if code.startswith(unit[:9]) and len(code) == len(unit) and code != unit
        )
        neighbour = others[0] if others else unit[:9]
        task = duties.assign_task(
            to_unit=unit, text="两社区交界处老旧小区未采人员上门", due_at=now + timedelta(hours=5),
            by=self.city.actor(unit[:6]), at=now,
        )  # fmt: skip
        for minute, event in (
            (15, "offer"), (24, "refuse"), (40, "offer"), (52, "refuse"),
        ):  # fmt: skip

            def act(at: datetime, event: str = event) -> None:
                if event == "offer":
                    handovers.offer_handover(
                        duty_id=task.pk, to_unit=neighbour, note="楼栋属对方网格", by=self.city.actor(unit), at=at
                    )
                else:
                    handovers.refuse_handover(duty_id=task.pk, reason="不在我社区底册", by=self.city.actor(neighbour), at=at)

            self.at(now + timedelta(minutes=minute), act)

    def _not_answered(self, now: datetime) -> None:
        """D16: a street gives a task to a community whose post is held; nobody there reads it."""
        unit = self.plan.failing(Failure.SILENT_POST)
        duties.assign_task(
            to_unit=unit, text="独居老人名册与采样名册逐户核对", due_at=now + timedelta(hours=6),
            by=self.city.actor(unit[:9]), at=now,
        )  # fmt: skip

    def _tick(self, now: datetime) -> None:
        self.clockwork.tick(now, silent=self.plan.failing(Failure.SILENT_POST))
