"""The week before the demonstration: a cluster is found, isolated, tested on the pack's days, and goes home.

Played through the public actions, day by day, at the paces of an orderly site. Those last near the case on the evening before
go home on the eve, their home community takes over and asks on the first day at home. The others' days end on the
demonstration's morning; one home community does not answer (G22). The household is due in its afternoon.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.exchange.importing import import_file
from bulou.investigation import ending
from bulou.investigation.choices import CaseStatus, ContactStatus, Setting
from bulou.investigation.contacts import ContactSeen
from bulou.investigation.models import Case, Contact
from bulou.isolation import actions as isolation
from bulou.isolation.choices import CheckKind, Found, NeedKind, RoomState, StayState
from bulou.isolation.choices import RiskClass as RoomClass
from bulou.isolation.models import FollowUp, GuestTest, Room, Stay
from bulou.kernel import clock, codes
from bulou.kernel.actor import Role
from bulou.people.models import Resident
from bulou.restrictions.models import Restriction
from bulou.rounds import actions as rounds
from bulou.specimens import actions as specimens
from bulou.specimens.actions import ResultScan, TubeScan
from bulou.specimens.choices import Outcome
from bulou.units import actions as units
from bulou.units.choices import PostKind, UnitKind
from simulation import chase, cluster
from simulation import plan as plans
from simulation.chase import ANSWERS, HOSPITAL, Chase
from simulation.clockwork import At, Clockwork, Event
from simulation.cluster import Group, on
from simulation.founding import CITY, SYSTEM, City, fill

DAYS = 7  # from the case to the demonstration
WORKED = (30, 155, 455, 575, 755, 870, 995, 1085, 1235)  # when the worker runs, in minutes of the day; 00:30 freezes a report
MEALS = (("breakfast", 8), ("lunch", 12), ("supper", 18))


class EarlierChase(Chase):
    """The chase of the earlier case: everybody arrives, and is taken in."""

    answers = {**ANSWERS, "occupation": "冷库搬运", "employer": "农产品批发市场", "onset_on": "2022-09-16", "known_case": "no"}
    status = CaseStatus.CONFIRMED
    bus_waits = False
    zone_decided = True

    def __init__(self, city: City, at: At, who: cluster.Cluster) -> None:
        """``who`` was near."""
        super().__init__(city, at)
        self.who = who

    def seen(self, case: Case, now: datetime) -> list[ContactSeen]:
        """The household until the case was fetched, and two shifts of colleagues."""
        del case, now
        return [
            ContactSeen(person_id=one, setting=setting, from_at=group.exposed_until - span, until_at=group.exposed_until)
            for group, setting, span in (
                (self.who.household, Setting.HOUSEHOLD, timedelta(days=2)),
                (self.who.yesterday, Setting.WORKPLACE, timedelta(hours=8)),
                (self.who.today, Setting.WORKPLACE, timedelta(hours=2)),
            )
            for one in group.people
        ]


class Earlier:
    """The cluster's days."""

    def __init__(self, city: City) -> None:
        """Nothing has happened yet."""
        self.city = city
        self.who = cluster.draw(city.plan)
        self.people = self.who.people
        self.sites = (self.who.hotel, HOSPITAL)
        self.at: At = Clockwork(city, until=plans.FOUNDED).at
        self.site_id = 0  # of the round in which guests are sampled now

    def play(self, *, until: datetime, eve: datetime, prepare: Event) -> None:
        """From the day on which the case is found to the demonstration's morning; ``prepare`` happens on its eve."""
        clockwork = Clockwork(self.city, until=until)
        self.at = clockwork.at
        for day in range(DAYS + 1):
            for minutes in WORKED if day else (*range(8 * 60, 15 * 60, 120), *range(15 * 60, 21 * 60, 30)):
                self.at(on(day, 0, minutes), clockwork.tick)
        for day in range(1, DAYS):
            self._day(day, sampled=on(day, 6))
        self.at(on(0, 6), self._set_up)
        name, name_en = "隔离点检测 9 月 17 日", "Isolation sites, 17 Sept"
        self.at(on(0, 17, 20), lambda now: self._round("G17", name, name_en, self._due(now), now))
        self.at(on(0, 18, 50), self._look)
        self.at(on(0, 18, 55), self._count)
        self.at(on(0, 20, 40), self._pause)
        hold_ends = on(1, 14, 50)  # the case has long been in a room by then; its community takes the hold off the door
        self.at(hold_ends, lambda now: self._free(Group((self.who.case,), now), now))
        self._release(self.who.yesterday, on(6, 18, 40))
        self.at(eve, prepare)
        clockwork.run()

    def go_home(self, at: At) -> None:
        """The demonstration's day: the last tests, who is released in the morning, who is due in the afternoon."""
        self.at = at
        at(on(DAYS, 6, 10), self._open_in_days_round)
        at(on(DAYS, 6, 20), lambda now: self._sample(self._due(now), now))
        self._day(DAYS)
        self._release(self.who.today, on(DAYS, 8, 40))
        self._release(Group((self.who.case,), on(0, 14, 25)), on(DAYS, 9))
        at(on(DAYS, 9, 30), lambda now: self._sample(self.who.yesterday.people, now))  # alone, at their doors
        at(on(DAYS, 9, 50), self._ask_at_home)
        at(on(DAYS, 13, 50), lambda now: self._need(NeedKind.QUESTION, "下午几点可以回家,怎么回去?", now))

    # -- the first day

    def _set_up(self, now: datetime) -> None:
        """A hotel for contacts and who samples there; a group whose work asks for it is sampled in the morning."""
        who = self.who
        place, risk = codes.territory(who.hotel), RoomClass.CONTACT
        chase.open_site(
            self.city, who.hotel, "云栖酒店隔离点", number=95_002, place=place, rooms=20, risk=risk, x=7.0, y=8.0, at=now
        )
        made = units.register_unit(code=who.team, name="重点人群采样组", kind=UnitKind.SAMPLING_SITE, by=SYSTEM, at=now)
        fill(self.city, made, PostKind.SITE_LEAD, "点长", "Site lead", Role.SITE_LEAD, 95_003, now)
        chase.plan_shifts(self.city, on(0, 12), on(0, 22), now)
        self.at(
            on(0, 12, 20), lambda then: self._round("K17", "重点人群检测 9 月 17 日", "Key people, 17 Sept", who.workers, then)
        )

    def _pause(self, now: datetime) -> None:
        """One batch in, one batch out: the hotel takes nobody else in."""
        isolation.pause_site(unit=self.who.hotel, reason="单批次收治,满批后不再接收", by=self.city.actor(CITY), at=now)

    # -- a day of the sites

    def _day(self, day: int, sampled: datetime | None = None) -> None:
        """Temperatures twice, heads, meals, and the tests that fall on the day."""
        if sampled is not None:
            number = 17 + day
            name, name_en = f"隔离点检测 9 月 {number} 日", f"Isolation sites, {number} Sept"
            self.at(sampled, lambda now: self._round(f"G{number}", name, name_en, self._due(now), now))
        for hour, minute in ((7, 20), (17, 10)):
            self.at(on(day, hour, minute), self._look)
        self.at(on(day, 9, 10), self._count)
        for meal, hour in MEALS:
            self.at(on(day, hour), lambda now, meal=meal: self._serve(meal, now))  # type: ignore[misc]
        if day == 3:  # noqa: PLR2004 - the third day
            self.at(on(day, 10), lambda now: self._need(NeedKind.MEDICINE, "感冒药一盒", now))

    def _guests(self, site: str) -> list[Stay]:
        return list(Stay.objects.filter(site_code=site, state=StayState.ADMITTED, person_id__in=self.people).order_by("pk"))

    def _inhabited(self) -> list[str]:
        return [site for site in self.sites if self._guests(site)]

    def _look(self, now: datetime) -> None:
        for site in self._inhabited():
            looks = [isolation.Look(stay=one.pk, celsius=36.4) for one in self._guests(site)]
            isolation.check_guests(unit=site, looks=looks, by=self.city.actor(site), at=now)

    def _count(self, now: datetime) -> None:
        for site in self._inhabited():
            isolation.count_heads(unit=site, present=len(self._guests(site)), by=self.city.actor(site), at=now)

    def _serve(self, meal: str, now: datetime) -> None:
        for site in self._inhabited():
            isolation.record_meals(unit=site, meal=meal, missed=(), by=self.city.actor(site), at=now)

    def _need(self, kind: NeedKind, text: str, now: datetime) -> None:
        """A guest asks; what is not a question of the demonstration's afternoon is answered within half an hour."""
        guest = next(one for one in self._guests(self.who.hotel) if one.person_id in self.who.household.people)
        by = self.city.actor(self.who.hotel)
        asked = isolation.ask_need(stay=guest.pk, kind=kind, text=text, by=by, at=now)
        self.at(
            now + timedelta(minutes=40 if kind is NeedKind.QUESTION else 25),
            lambda at: isolation.answer_need(need=asked.pk, answer="已送到房间", by=by, at=at) and None,
        )

    # -- tests, each alone in a tube

    def _due(self, now: datetime) -> tuple[str, ...]:
        """Whose test falls on the day."""
        due = GuestTest.objects.filter(due_on__lte=clock.day_of(now), sampled_at=None, stay__state=StayState.ADMITTED)
        return tuple(sorted(due.filter(stay__person_id__in=self.people).values_list("stay__person_id", flat=True)))

    def _round(self, code: str, name: str, name_en: str, people: Sequence[str], now: datetime) -> None:
        """A small round of its own: planned, its roster brought as a file, opened, sampled, closed when all are covered."""
        if not people:
            return
        leader = self.city.actor(CITY)
        rounds.plan_round(
            code=code, name=name, name_en=name_en, area="guiyang", owner=CITY, opens_at=now,
            deadline_at=now + timedelta(hours=12), by=leader, at=now,
        )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="bulou-drill-") as folder:
            path = Path(folder) / "roster.csv"
            with path.open("w", encoding="utf-8", newline="") as out:
                lines = csv.writer(out)
                lines.writerow(("person_id", "place_code"))
                lines.writerows(Resident.objects.filter(pk__in=people).order_by("pk").values_list("pk", "place_code"))
            import_file(kind="roster", path=path, by=leader, at=now, round_code=code)
        self._site_of(code, len(people), now)
        rounds.open_round(round_code=code, by=leader, at=now)
        self._open(now)
        self.at(now + timedelta(minutes=10), lambda at: self._sample(people, at))
        self.at(now + timedelta(hours=3, minutes=50), lambda at: rounds.close_round(round_code=code, by=leader, at=at))

    def _site_of(self, round_code: str, people: int, now: datetime) -> None:
        leader = self.city.actor(CITY)
        made = rounds.plan_site(
            round_code=round_code, unit=self.who.team, opens_at=now, closes_at=now + timedelta(hours=11), by=leader, at=now,
            expected_people=people, laboratory=self.city.plan.laboratories[0][0],
        )  # fmt: skip
        self.site_id = made.pk

    def _open(self, now: datetime) -> None:
        rounds.open_site(site_id=self.site_id, by=self.city.actor(self.who.team), at=now)

    def _open_in_days_round(self, now: datetime) -> None:
        """On the day of the city's round the guests are tested in it, by the team that knows them."""
        self._site_of(plans.ROUND, len(self.people), now)
        self._open(now)

    def _sample(self, people: Sequence[str], now: datetime) -> None:
        """Everybody's own tube, a box, its seal; a courier takes it ten minutes later."""
        if not people:
            return
        team = self.city.actor(self.who.team)
        tubes = {one: f"G{clock.local(now):%m%d%H}{number:03}" for number, one in enumerate(people)}
        taken = now - timedelta(minutes=1)
        scans = [
            TubeScan(tube_id=tube, site_id=self.who.team, collected_at=taken, people=(one,)) for one, tube in tubes.items()
        ]
        specimens.register_tubes(scans=scans, by=team, at=now)
        for site in self._inhabited():
            mine = [one for one in self._guests(site) if one.person_id in tubes]
            swabs = [isolation.Sampled(stay=one.pk, tube_id=tubes[one.person_id]) for one in mine]
            if swabs:
                isolation.record_samples(unit=site, samples=swabs, by=self.city.actor(site), at=now)
        box, seal = f"BG{clock.local(now):%m%d%H}", f"SG{clock.local(now):%m%d%H}"
        names = list(tubes.values())
        specimens.pack_box(box_id=box, site_id=self.who.team, tubes=names, by=team, at=now)
        specimens.seal_box(box_id=box, seal_number=seal, count=len(names), by=team, at=now)
        self.at(now + timedelta(minutes=10), lambda at: self._carry(box, seal, tubes, at))

    def _carry(self, box: str, seal: str, tubes: dict[str, str], now: datetime) -> None:
        """To the laboratory, both sides signing at each end, and the results of a small run."""
        courier, laboratory = f"{self.who.team[:6]}:team001", self.city.plan.laboratories[0][0]
        for sender, receiver, minutes in ((self.who.team, courier, 0), (courier, laboratory, 25)):

            def pass_on(at: datetime, sender: str = sender, receiver: str = receiver) -> None:
                offer = specimens.offer_box(
                    box_id=box, to_unit=receiver, count=len(tubes), seal=seal, by=self.city.actor(sender), at=at
                )
                taker = self.city.actor(receiver)
                specimens.accept_box(transfer_id=offer.pk, box_id=box, count=len(tubes), seal=seal, by=taker, at=at)

            self.at(now + timedelta(minutes=minutes), pass_on)
        self.at(now + timedelta(minutes=105), lambda at: self._report(laboratory, box, tubes, at))

    def _report(self, laboratory: str, box: str, tubes: dict[str, str], now: datetime) -> None:
        ill = self.who.case if now < on(3, 0) else ""  # the case is negative from the sixth day on
        results = [
            ResultScan(
                tube_id=tube, outcome=Outcome.POSITIVE if one == ill else Outcome.NEGATIVE,
                tested_at=now - timedelta(minutes=5), reported_at=now, run_id=f"R{box}",
            )
            for one, tube in tubes.items()
        ]  # fmt: skip
        specimens.report_results(results=results, by=self.city.actor(laboratory), at=now)
        if ill in tubes and not Contact.objects.filter(case__person_id=ill).exists():
            EarlierChase(self.city, self.at, self.who).begin(ill, now)

    # -- home again

    def _release(self, group: Group, when: datetime) -> None:
        """The site lets them go, the room is disinfected, and at home somebody takes over, but where nobody does."""
        self.at(when, lambda now: self._let_go(group, now))
        self.at(when + timedelta(minutes=5), lambda now: self._free(group, now))
        self.at(when + timedelta(minutes=40), lambda now: self._take_over(group, now))
        self.at(when + timedelta(minutes=135), self._disinfect)

    def _let_go(self, group: Group, now: datetime) -> None:
        for one in Stay.objects.filter(person_id__in=group.people, state=StayState.ADMITTED).order_by("pk"):
            isolation.release_guest(stay=one.pk, by=self.city.actor(one.site_code), at=now)

    def _free(self, group: Group, now: datetime) -> None:
        """The home community says that the days are done, and that nothing holds the person any more."""
        for contact in Contact.objects.filter(person_id__in=self._heard(group), status=ContactStatus.ACTIVE).order_by("pk"):
            by = self.city.actor(contact.place_code[:12])
            ending.release_contact(contact=contact.pk, reason="隔离期满,检测均为阴性", by=by, at=now)
        held = Restriction.objects.filter(person_id__in=self._heard(group)).values_list("pk", flat=True)
        owed = Duty.objects.filter(
            kind="restriction.undone", state=DutyState.OPEN, about__in=[f"restriction:{code}" for code in held]
        )
        for duty in list(owed.order_by("id")):
            by = self.city.actor(duty.owner_id)
            duties.fulfil(duty_id=duty.pk, kind="note", ref="当面告知", note="已告知本人解除", by=by, at=now)

    def _heard(self, group: Group) -> list[str]:
        return [one for one in group.people if one != self.who.lost]

    def _take_over(self, group: Group, now: datetime) -> None:
        for row in FollowUp.objects.filter(person_id__in=self._heard(group), accepted_at=None).order_by("pk"):
            isolation.accept_home(follow_up=row.pk, by=self.city.actor(row.home_code), at=now)

    def _disinfect(self, now: datetime) -> None:
        left = Room.objects.filter(site__in=self.sites, state=RoomState.DISINFECTING, ready_at__lte=now)
        for room in left.order_by("pk"):
            isolation.record_disinfection(room_id=room.pk, by=self.city.actor(room.site_id), at=now)

    def _ask_at_home(self, now: datetime) -> None:
        """The first day at home of those who were released on the eve."""
        for row in FollowUp.objects.filter(person_id__in=self.who.yesterday.people).order_by("pk"):
            isolation.record_check(
                follow_up=row.pk, day=1, kind=CheckKind.HEALTH, found=Found.WELL, by=self.city.actor(row.home_code), at=now,
                note="电话询问,体温 36.5 ℃",
            )  # fmt: skip
