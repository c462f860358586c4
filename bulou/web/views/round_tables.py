"""A round's tables: places below, missing people with their doors and needs, sampling sites."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.rounds import queries as rounds
from bulou.rounds.choices import SiteState
from bulou.testing import queries as testing
from bulou.testing.queries import PlaceRow, PlaceView
from bulou.web.frames import named
from bulou.web.place_words import inside_words
from bulou.web.show.chart import needed_by
from bulou.web.show.figures import Align, Cell, Chip, Column, Empty, Meter, Pager, Row, State, Table
from bulou.web.show.words import count, list_words, mask_id, mask_name, share, time_of

MISSING_SHOWN = 100
VISIT_WORDS = ("away", "refused", "not_found", "appointed", "sick")


def visit_words(outcome: str) -> str:
    """What a worker found at a door, in words."""
    return {
        "away": gettext("away"),
        "refused": gettext("refused"),
        "not_found": gettext("not found"),
        "appointed": gettext("time agreed"),
        "sick": gettext("has symptoms"),
    }.get(outcome, "")


def place_name(row: PlaceRow) -> str:
    """A place as people call it."""
    if row.is_rest:
        return gettext("place not known any deeper")
    if row.name:
        return row.name
    if codes.is_place(row.code) and codes.level(row.code) is codes.Level.FLOOR:
        return gettext("floor %(number)d") % {"number": int(row.code[18:])}
    return row.code


def units_table(view: PlaceView, now: datetime) -> Table:
    """The places below, the one with most missing first, and their sum."""
    row = view.round
    needed = needed_by(now, starts_at=row.opens_at, deadline=row.deadline_at, total=1000) / 1000
    rows = [
        _unit(child, row.pk, needed, row.deadline_at, now)
        for child in sorted(view.children, key=lambda one: -one.tally.missing)
    ]
    rows.append(Row(total=True, cells=_unit(view.place, row.pk, needed, row.deadline_at, now, link=False).cells))
    return Table(
        caption=gettext("Missing, place by place"),
        columns=(
            Column(label=gettext("Place"), lead=True),
            Column(label=gettext("Missing"), align=Align.NUMBER),
            Column(label=gettext("Roster"), align=Align.NUMBER),
            Column(label=gettext("Tested"), align=Align.NUMBER),
            Column(label=gettext("Exempt"), align=Align.NUMBER),
            Column(label=gettext("Progress (mark: needed by now)"), align=Align.WIDE),
            Column(label=gettext("Projected")),
        ),
        rows=tuple(rows),
        empty=Empty(text=gettext("The roster is empty")),
        foot=gettext("as of %(time)s") % {"time": time_of(view.as_of, now)},
    )


def _unit(child: PlaceRow, code: str, needed: float, deadline: datetime, now: datetime, *, link: bool = True) -> Row:
    tally = child.tally
    owed = max(1, tally.roster - tally.exempt)
    finish = child.projection.finish_at
    href = ""
    if link and not child.is_rest and codes.is_place(child.code):
        href = reverse("web:round_place", args=[code, child.code])
    late = finish is not None and finish > deadline
    return Row(
        cells=(
            Cell(text=place_name(child) if link else gettext("Total"), href=href),
            Cell(text=count(tally.missing), href=href),
            Cell(text=count(tally.roster)),
            Cell(text=count(tally.tested)),
            Cell(text=count(tally.exempt)),
            Cell(
                text=share(tally.tested, owed),
                meter=Meter(share=tally.tested / owed, needed=needed, words=share(tally.tested, owed)),
            ),
            Cell(
                text=time_of(finish, now) if finish else "–",
                chip=Chip(state=State.SOON, text=gettext("will be late")) if late else None,
            ),
        )
    )


def missing_table(by: Actor, code: str, place: str, after: str, now: datetime) -> Table:
    """Who is missing in a place, masked, with door, needs, and what was found there."""
    found = testing.missing_people(by, code, place, purpose=f"round {code}", now=now, after=after, limit=MISSING_SHOWN)
    here = reverse("web:round_place", args=[code, place])
    more = f"{here}?{urlencode({'after': found[-1].key})}#people-head" if len(found) == MISSING_SHOWN else ""
    pager = Pager(shown=len(found), first=f"{here}#people-head" if after else "", following=more) if after or more else None
    return Table(
        caption=gettext("Missing people"),
        columns=(
            Column(label=gettext("Place"), lead=True),
            Column(label=gettext("Person")),
            Column(label=gettext("Telephone")),
            Column(label=gettext("Needs")),
            Column(label=gettext("What was found")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=door(one.place_code), note=one.household_id),
                    Cell(text=mask_name(one.name), href=reverse("web:person", args=[one.person_id])),
                    Cell(text=mask_id(one.phone)),
                    Cell(text=needs_words(one.vulnerable)),
                    Cell(
                        text=visit_words(one.outcome) or gettext("not visited yet"),
                        note=time_of(one.visited_at, now) if one.visited_at else "",
                    ),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("Nobody is missing here"), good=True),
        pager=pager,
    )


def door(place: str) -> str:
    """Building and floor of a place code, in words."""
    return list_words(inside_words(place)) or place


def needs_words(flags: str) -> str:
    """Vulnerabilities in words."""
    words = {
        "lives_alone": gettext("lives alone"), "aged_80": gettext("80 or older"), "disabled": gettext("disabled"),
        "infant": gettext("infant"), "pregnant": gettext("pregnant"), "dialysis": gettext("dialysis"),
        "chronic_medicine": gettext("regular medicine"), "bedridden": gettext("bedridden"),
        "orphaned": gettext("child without parents"), "no_phone": gettext("no telephone"),
    }  # fmt: skip
    return list_words([words.get(flag, flag) for flag in flags.split(";") if flag])


def sites_table(by: Actor, code: str, place: str, now: datetime) -> Table:
    """The sites of a place: open or not, their queues, and the laboratory behind each."""
    rows = []
    for one in rounds.sites(by, code, now=now, place=place):
        site, lab = one.site, one.site.laboratory
        if one.queue_over:
            chip = Chip(state=State.SOON, text=gettext("queue over the limit"))
        elif site.state == SiteState.OPEN:
            chip = Chip(state=State.DONE, text=gettext("open"))
        elif site.state == SiteState.CLOSED:
            chip = Chip(state=State.PLAIN, text=gettext("closed"))
        else:
            chip = Chip(state=State.PLAIN, text=pgettext("page", "planned") if one.is_backed else gettext("cannot open"))
        backed = named(lab.unit.name, lab.unit.name_en) if lab else gettext("none")
        window = f"{time_of(site.opens_at)}–{time_of(site.closes_at)}"
        full = Chip(state=State.LATE, text=gettext("full")) if one.laboratory_full else None
        rows.append(
            Row(
                cells=(
                    Cell(text=named(site.unit.name, site.unit.name_en), note=window),
                    Cell(chip=chip),
                    Cell(text="–" if site.queue_people is None else count(site.queue_people)),
                    Cell(text="–" if site.wait_minutes is None else count(site.wait_minutes)),
                    Cell(text=backed, note=f"{count(one.tubes_held)} / {count(one.tubes_needed)}", chip=full),
                )
            )
        )
    return Table(
        caption=gettext("Sampling sites"),
        columns=(
            Column(label=gettext("Site"), lead=True),
            Column(label=gettext("State")),
            Column(label=gettext("Queue, people"), align=Align.NUMBER),
            Column(label=gettext("Wait, min"), align=Align.NUMBER),
            Column(label=gettext("Laboratory behind it; tubes held / needed")),
        ),
        rows=tuple(rows),
        empty=Empty(text=gettext("No site is planned here")),
    )
