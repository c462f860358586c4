"""Tables of isolation: sites with free beds by class, doors, findings, reviews, and one site's next hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from bulou.isolation import rows as stored
from bulou.isolation.choices import RiskClass, RoomState, StayState
from bulou.isolation.models import Finding, FollowUp, GuestNeed, GuestTest, InfectionReview, IsolationSite, Room, Stay
from bulou.isolation.queries import Door, NextHours, Occupancy
from bulou.kernel import clock, codes
from bulou.web.duty_rows import unit_names
from bulou.web.isolation_words import (
    class_words,
    finding_chip,
    home_words,
    item_words,
    link_words,
    minutes_words,
    need_words,
    site_chip,
    stay_words,
)
from bulou.web.show.figures import Act, Align, Cell, Chip, Column, Empty, Meter, Row, State, Table, clock_chip, waiting_chip
from bulou.web.show.words import count, list_words, share, span_words, time_of

CLASSES = tuple(RiskClass)
SHOWN = 12  # rows of each list of one site; the rest is counted


def sites_table(rows: Sequence[IsolationSite], held: Mapping[str, Occupancy], free: Mapping[str, Mapping[str, int]]) -> Table:
    """Sites with their state, how full they are, and what is free by class."""
    return Table(
        caption=gettext("Sites"),
        columns=(
            Column(label=pgettext("isolation", "Site"), lead=True),
            Column(label=gettext("State")),
            Column(label=gettext("Parties"), align=Align.NUMBER),
            Column(label=gettext("Beds"), align=Align.NUMBER),
            Column(label=gettext("In the rooms"), align=Align.NUMBER),
            Column(label=gettext("Expected"), align=Align.NUMBER),
            *(Column(label=gettext("Free: %(class)s") % {"class": class_words(one)}, align=Align.NUMBER) for one in CLASSES),
            Column(label=gettext("Taken"), align=Align.WIDE),
        ),
        rows=tuple(_site(row, held[row.pk], free.get(row.pk, {})) for row in rows),
        empty=Empty(text=gettext("No site here"), note=gettext("Sites are proposed, or imported: isolation_sites.")),
    )


def _site(row: IsolationSite, held: Occupancy, free: Mapping[str, int]) -> Row:
    any_class = free.get("", 0)
    taken = share(held.taken, held.beds)
    return Row(
        cells=(
            Cell(text=row.name, note=row.pk, href=reverse("web:isolation_site", args=[row.pk])),
            Cell(chip=site_chip(row.state), note=row.reason),
            Cell(text=f"{row.parties}/5"),
            Cell(text=count(held.beds)),
            Cell(text=count(held.admitted), note=gettext("%(n)d at the door") % {"n": held.at_door} if held.at_door else ""),
            Cell(text=count(held.reserved)),
            *(Cell(text=count(free.get(one.value, 0) + any_class)) for one in CLASSES),
            Cell(
                text=taken,
                meter=Meter(share=held.taken / max(1, held.beds), words=gettext("%(share)s taken") % {"share": taken}),
            ),
        )
    )  # fmt: skip


def doors_table(doors: Iterable[Door], sites: Mapping[str, str], now: datetime) -> Table:
    """Who waits at which door, since when, and whose minutes they are."""
    limit = stored.pack_at(now).duty("isolation.door_cleared").due_at({"door_at": now, "opened_at": now}) - now
    return Table(
        caption=gettext("Waiting at a door"),
        columns=(
            Column(label=pgettext("isolation", "Site"), lead=True),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("Since")),
            Column(label=gettext("Waited")),
            Column(label=gettext("The sender's share")),
            Column(label=gettext("The site's share")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=sites.get(one.site_id, one.site_id), href=reverse("web:isolation_site", args=[one.site_id])),
                    Cell(text=count(one.people)),
                    Cell(text=time_of(one.since, now)),
                    Cell(chip=waiting_chip(one.since, now, answer_within=limit)),
                    Cell(text=minutes_words(one.sender)),
                    Cell(text=minutes_words(one.site)),
                )
            )
            for one in doors
        ),
        empty=Empty(text=gettext("Nobody waits at a door"), good=True),
    )


def findings_table(found: Iterable[Finding], now: datetime, *, of_one: bool = False) -> Table:
    """Findings that are not closed, the earliest clock first; found before, they say how often."""
    pack = stored.pack_at(now)
    head = Column(label=gettext("Finding"), lead=True)
    return Table(
        caption=gettext("Findings of inspections"),
        columns=(
            head,
            *(() if of_one else (Column(label=pgettext("isolation", "Site")),)),
            Column(label=gettext("What was seen")),
            Column(label=gettext("Found"), align=Align.NUMBER),
            Column(label=gettext("To be mended by")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=item_words(pack, row.item), note=gettext("required") if row.required else ""),
                    *(() if of_one else (Cell(text=row.site.name, href=reverse("web:isolation_site", args=[row.site_id])),)),
                    Cell(text=row.note),
                    Cell(text=_times(row.times), note=_not_mended(row)),
                    Cell(text=time_of(row.fix_by, now), chip=clock_chip(row.fix_by, now) if row.fixed_at is None else None),
                    Cell(chip=finding_chip(row.state, late=row.fix_by <= now)),
                )
            )
            for row in found
        ),
        empty=Empty(text=gettext("No finding is open"), good=True),
    )


def _times(times: int) -> str:
    return gettext("for the first time") if times == 1 else gettext("%(n)d times") % {"n": times}


def _not_mended(row: Finding) -> str:
    return gettext("re-checked and not mended: %(n)d") % {"n": row.not_mended} if row.not_mended else ""


def reviews_table(found: Iterable[InfectionReview], now: datetime) -> Table:
    """Infections that may have happened inside, with what was shared with somebody infected."""
    return Table(
        caption=gettext("Infected inside, perhaps"),
        columns=(
            Column(label=gettext("Room"), lead=True),
            Column(label=gettext("Negative at entry")),
            Column(label=gettext("Positive")),
            Column(label=gettext("Infected and near")),
            Column(label=gettext("Also listed")),
            Column(label=gettext("Review")),
        ),
        rows=tuple(_review(row, now) for row in found),
        empty=Empty(text=gettext("None so far"), good=True),
    )


def _review(row: InfectionReview, now: datetime) -> Row:
    links = list(row.links.all())
    near = [list_words([link_words(one.kind), one.detail]) for one in links if one.infected]
    kinds = sorted({one.kind for one in links if not one.infected})
    others = [f"{link_words(kind)}: {sum(one.kind == kind and not one.infected for one in links)}" for kind in kinds]
    open_ = row.concluded_at is None
    return Row(
        cells=(
            Cell(text=row.stay.room_id, note=gettext("day %(n)d") % {"n": row.day}),
            Cell(text=time_of(row.negative_at, now)),
            Cell(text=time_of(row.positive_at, now)),
            Cell(text=list_words(near)),
            Cell(text=list_words(others)),
            Cell(
                chip=Chip(state=State.SOON if open_ else State.DONE, text=gettext("open") if open_ else gettext("concluded")),
                note=row.conclusion,
            ),
        )
    )


class Hours:
    """The tables of one site's next hours; guests by room and masked label, steps as one click each."""

    def __init__(self, found: NextHours, unit: str, now: datetime, *, labels: Mapping[str, str], may: set[str]) -> None:
        """``labels`` name people without their names; ``may`` are the steps that the reader may take."""
        self.found, self.unit, self.now, self.labels, self.may = found, unit, now, labels, may
        homes = [one.home_code for one in found.releases] + [one.accepted_unit or one.home_code for one in found.gone]
        self.homes = {home: codes.up_to(codes.territory(home), codes.Level.COMMUNITY) or home for home in homes}
        self.names = unit_names(self.homes.values())

    def tables(self) -> tuple[Table, ...]:
        """Arrivals, needs, tests, releases due and, where there are any, done."""
        gone = (self._gone(),) if self.found.gone else ()
        return (self._arrivals(), self._needs(), self._tests(), self._releases(), *gone)

    def _guest(self, stay: Stay) -> Cell:
        return Cell(text=stay.room_id, note=self.labels.get(stay.person_id, ""))

    def _home(self, code: str) -> Cell:
        """The community that takes somebody back, by name; the door's code is not for this page."""
        community = self.homes[code]
        return Cell(text=self.names.get(community, community))

    def _act(self, step: str, stay: Stay, label: str) -> Cell:
        if step not in self.may:
            return Cell()
        url = reverse("web:isolation_step", args=[self.unit, step])
        return Cell(acts=(Act(label=label, url=url, main=True, fields=(("stay", stay.pk),), about=stay.room_id),))

    def _arrivals(self) -> Table:
        return Table(
            caption=gettext("Arrivals under way"),
            columns=(
                Column(label=gettext("Room"), lead=True), Column(label=gettext("Class")), Column(label=gettext("Bus")),
                Column(label=gettext("Expected")), Column(label=gettext("Where")), Column(label="", bare=True),
            ),
            rows=tuple(
                Row(cells=(
                    self._guest(one),
                    Cell(text=class_words(one.risk_class)),
                    Cell(text=one.trip or "–"),
                    Cell(text=time_of(one.expected_at, self.now)),
                    Cell(text=stay_words(one.state), chip=waiting_chip(one.door_at, self.now) if one.door_at else None),
                    self._act("admit", one, gettext("Take in")) if one.state == StayState.AT_DOOR
                    else self._act("door", one, gettext("Is at the door")),
                ))
                for one in self.found.arrivals[:SHOWN]
            ),
            empty=Empty(text=gettext("Nobody is expected in these hours")),
            foot=more(len(self.found.arrivals)),
        )  # fmt: skip

    def _needs(self) -> Table:
        def row(one: GuestNeed) -> Row:
            return Row(cells=(
                self._guest(one.stay),
                Cell(text=need_words(one.kind)),
                Cell(text=one.text),
                Cell(text=span_words(self.now - one.asked_at)),
                Cell(chip=clock_chip(one.due_at, self.now)),
            ))  # fmt: skip

        return Table(
            caption=gettext("What guests wait for"),
            columns=(
                Column(label=gettext("Room"), lead=True), Column(label=gettext("Kind")),
                Column(label=pgettext("isolation", "Asked for")),
                Column(label=gettext("Waits since")), Column(label=gettext("Clock")),
            ),
            rows=tuple(row(one) for one in self.found.needs[:SHOWN]),
            foot=more(len(self.found.needs)),
            empty=Empty(text=gettext("No guest waits for anything"), good=True),
        )  # fmt: skip

    def _tests(self) -> Table:
        today = clock.day_of(self.now)

        def row(one: GuestTest) -> Row:
            late = one.due_on < today
            return Row(cells=(
                self._guest(one.stay),
                Cell(text=gettext("day %(n)d") % {"n": one.day} if one.day else gettext("at entry")),
                Cell(text=one.due_on.isoformat()),
                Cell(chip=Chip(state=State.LATE if late else State.SOON, text=gettext("missed") if late else gettext("today"))),
            ))  # fmt: skip

        return Table(
            caption=gettext("Tests to be taken"),
            columns=(
                Column(label=gettext("Room"), lead=True), Column(label=gettext("Test")), Column(label=gettext("Due")),
                Column(label=gettext("State")),
            ),
            rows=tuple(row(one) for one in self.found.tests[:SHOWN]),
            foot=more(len(self.found.tests)),
            empty=Empty(text=gettext("Nobody is to be sampled in these hours"), good=True),
        )  # fmt: skip

    def _releases(self) -> Table:
        return Table(
            caption=gettext("Going home"),
            columns=(
                Column(label=gettext("Room"), lead=True), Column(label=gettext("Days end")), Column(label=gettext("Home")),
                Column(label=gettext("Clock")), Column(label="", bare=True),
            ),
            rows=tuple(
                Row(cells=(
                    self._guest(one),
                    Cell(text=time_of(one.release_at or self.now, self.now)),
                    self._home(one.home_code),
                    Cell(chip=clock_chip(one.release_at or self.now, self.now)),
                    self._act("release", one, gettext("Release")),
                ))
                for one in self.found.releases[:SHOWN]
            ),
            empty=Empty(text=gettext("Nobody's days end in these hours")),
            foot=gettext("Released only when every condition of the rule is met; what is missing is said."),
        )  # fmt: skip

    def _gone(self) -> Table:
        def row(one: FollowUp) -> Row:
            accepted = one.accepted_at is not None
            told = time_of(one.accepted_at, self.now) if one.accepted_at else span_words(self.now - one.released_at)
            return Row(cells=(
                self._guest(one.stay),
                Cell(text=time_of(one.released_at, self.now)),
                self._home(one.accepted_unit or one.home_code),
                Cell(chip=Chip(state=State.DONE if accepted else State.SOON, text=home_words(one.state)), note=told),
            ))  # fmt: skip

        return Table(
            caption=gettext("Gone home within a day"),
            columns=(
                Column(label=gettext("Room"), lead=True), Column(label=gettext("Released")), Column(label=gettext("Home")),
                Column(label=gettext("Taken over at home")),
            ),
            rows=tuple(row(one) for one in self.found.gone[:SHOWN]),
            empty=Empty(text="–"),
            foot=more(len(self.found.gone)),
        )  # fmt: skip


def more(rows: int) -> str:
    """How many rows of a list are not shown."""
    return gettext("%(n)d more") % {"n": rows - SHOWN} if rows > SHOWN else ""


def floors_table(floors: Iterable[Mapping[str, int]]) -> Table:
    """Beds by floor: how many, how many are held, and rooms that cannot be used now."""
    return Table(
        caption=gettext("Rooms by floor"),
        columns=(
            Column(label=gettext("Floor"), lead=True), Column(label=gettext("Rooms"), align=Align.NUMBER),
            Column(label=gettext("Beds"), align=Align.NUMBER), Column(label=gettext("Beds taken"), align=Align.NUMBER),
            Column(label=gettext("Not ready"), align=Align.NUMBER), Column(label=gettext("Taken"), align=Align.WIDE),
        ),
        rows=tuple(
            Row(cells=(
                Cell(text=str(one["floor"])),
                Cell(text=count(one["rooms"])),
                Cell(text=count(one["beds"])),
                Cell(text=count(one["taken"])),
                Cell(text=count(one["not_ready"])),
                Cell(
                    text=share(one["taken"], one["beds"]),
                    meter=Meter(share=one["taken"] / max(1, one["beds"]), words=share(one["taken"], one["beds"])),
                ),
            ))
            for one in floors
        ),
        empty=Empty(text=gettext("No rooms yet"), note=gettext("Register them, or import: rooms.")),
    )  # fmt: skip


def rooms_table(rooms: Sequence[Room], unit: str, now: datetime, *, may_keep: bool) -> Table:
    """Rooms in which nobody may sleep now: being disinfected or blocked."""
    url = reverse("web:isolation_step", args=[unit, "disinfect"])

    def row(one: Room) -> Row:
        acts = (Act(label=gettext("Ready again"), url=url, fields=(("room", one.pk),), about=one.pk),) if may_keep else ()
        disinfecting = one.state == RoomState.DISINFECTING
        return Row(cells=(
            Cell(text=one.pk, note=gettext("floor %(number)d") % {"number": one.floor}),
            Cell(text=gettext("being disinfected") if disinfecting else gettext("blocked"), note=one.reason),
            Cell(text=time_of(one.ready_at, now) if one.ready_at else "–"),
            Cell(acts=acts),
        ))  # fmt: skip

    return Table(
        caption=gettext("Rooms to be made ready"),
        columns=(
            Column(label=gettext("Room"), lead=True), Column(label=gettext("State")),
            Column(label=gettext("Expected to be ready")), Column(label="", bare=True),
        ),
        rows=tuple(row(one) for one in rooms[:SHOWN]),
        empty=Empty(text=gettext("Every room is ready"), good=True),
        foot=more(len(rooms)),
    )  # fmt: skip
