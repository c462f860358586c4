"""One case's story: clock, steps, interview, contacts with their duties, exposures, chain, warrants, notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import covers, may
from bulou.duties import queries as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Notice
from bulou.duties.rows import pack_now
from bulou.investigation import chase, interviews, linking, queries
from bulou.investigation.models import Case, CaseLink, Contact, Exposure, Interview, Warrant
from bulou.investigation.rules import case_about, chains
from bulou.investigation.rules.clock import Clock
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.models import Entry
from bulou.policy import Pack
from bulou.web import duty_rows
from bulou.web.case_words import (
    case_chip,
    certainty_words,
    contact_chip,
    day_words,
    entry_note,
    found_words,
    grade_words,
    grading_words,
    interview_chip,
    mark_words,
    person,
    point_chip,
    setting_words,
    signature,
    source_words,
    status_words,
    step_words,
    tag_words,
    warrant_chip,
)
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.show.chains import Picture, picture
from bulou.web.show.chase import CasePage
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Align, Cell, Column, Crumb, Empty, Row, Table
from bulou.web.show.story import Interval, Moment, StoryLane, story
from bulou.web.show.words import count, late_words, list_words, span_words, time_of
from bulou.web.specimen_words import entry_steps
from bulou.web.views.case_steps import acts
from bulou.web.views.chain_picture import shown_of

MOST_CONTACTS = 300  # rows of the contacts' table; the line list holds all


@page
def case(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """One case; the reading is logged for the person concerned."""
    row = queries.case(by, code)
    now = clock.city()
    log_read(reader=by, subject=f"person:{row.person_id}", purpose=f"case {row.pk}"[:80], at=now)
    one = chase.of_case(row, at=now)
    pack = pack_now(clock.day_of(now))
    about = case_about(row.pk)
    owed = duties.visible(by).filter(about=about, state=DutyState.OPEN).select_related("owner").order_by("due_at", "id")
    told = Notice.objects.filter(duty__about=about).select_related("duty", "unit").order_by("-id")[:12]
    entries = Entry.objects.filter(subject=about).order_by("happened_at", "id")
    shown = CasePage(
        code=row.pk,
        what=gettext("Case %(person)s") % {"person": person(row.person_id)},
        about=list_words([status_words(row.status), row.place_code, found_words(row.found_where)]),
        chip=case_chip(row),
        clock=_clock(one.clock, now),
        clock_note=mark_words(one.clock.next.mark) if one.clock.next else gettext("every step is done"),
        late=one.clock.is_late,
        band=_band(row, one, now),
        marks=_marks(one.clock, now),
        facts=_facts(row, now),
        interview=_interview(row, now),
        interview_note=gettext("the pack's form; answers stand apart and are erased by rule"),
        contacts=_contacts(row, by, pack, now),
        contacts_note=_contacts_note(row),
        exposures=_exposures(row, by, now),
        links=_links(row, by, now),
        picture=_picture(row, by),
        duties=duty_rows.rows(list(owed[:20]), by, now=now),
        warrants=_warrants(row, now),
        escalations=tuple(duty_rows.escalation_row(notice) for notice in told),
        steps=entry_steps(list(entries[:80]), tag_words, entry_note),
        acts=acts(row, by),
        closed=gettext("The chase is done.") if one.clock.next is None else "",
        reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)},
    )
    crumbs = (Crumb(label=gettext("Chase"), href=reverse("web:chase")), Crumb(label=row.pk))
    return render(request, "web/case.html", {"frame": framed(request, by, "chase", title=row.pk, crumbs=crumbs), "page": shown})


def _clock(found: Clock, now: datetime) -> str:
    if found.next is None or found.next.due_at is None:
        last = max((one.done_at for one in found.points if one.done_at), default=now)
        return time_of(last, now)
    return late_words(found.next.due_at, now)


def _band(row: Case, one: chase.Chase, now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202 - band.Band
    """From the sample to the contacts: what lasted, with the limit of the step that is open."""
    points = [point for point in one.clock.points if point.done_at is not None]
    start = row.sampled_at or row.detected_at
    lanes = [
        StoryLane(
            name=mark_words(point.mark),
            intervals=(Interval(start=row.detected_at if point.due_at else start, until=point.done_at),)
            if point.done_at
            else (),
            moments=(Moment(at=point.done_at, label=mark_words(point.mark)),) if point.done_at else (),
        )
        for point in one.clock.points
        if point.due_at is not None and (point.done_at is None or point.done_at >= row.detected_at)
    ]
    for number, point in enumerate(point for point in one.clock.points if point.due_at is not None):
        if point.done_at is None:
            lanes[number] = StoryLane(name=mark_words(point.mark), intervals=(Interval(start=row.detected_at),))
    done = one.clock.next is None
    closed = max((point.done_at for point in points if point.done_at), default=now) if done else None
    return story(
        lanes, now=now, opened_at=start, due_at=one.clock.next_due or one.clock.points[-1].due_at, closed_at=closed
    )  # fmt: skip


def _marks(found: Clock, now: datetime) -> Table:
    return Table(
        caption=gettext("The clock of the chase"),
        columns=(
            Column(label=gettext("Step"), lead=True),
            Column(label=pgettext("clock", "Limit")),
            Column(label=gettext("Stands")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=mark_words(point.mark)),
                    Cell(text=time_of(point.due_at, now) if point.due_at else "–"),
                    Cell(chip=point_chip(point, now)),
                )
            )
            for point in found.points
        ),
        empty=Empty(text=gettext("No step")),
    )


def _facts(row: Case, now: datetime) -> tuple[Fact, ...]:
    steps = {one.step: one for one in row.steps.all()}
    found = [
        Fact(label=gettext("Person"), value=person(row.person_id)),
        Fact(label=gettext("Place of stay"), value=row.place_code),
        Fact(label=gettext("Symptoms since"), value=day_words(row.onset_on)),
        Fact(label=gettext("Detected"), value=time_of(row.detected_at, now), note=row.laboratories.replace(";", ", ")),
        Fact(label=gettext("Diagnosed"), value=time_of(row.diagnosed_at, now) if row.diagnosed_at else "–"),
        Fact(label=gettext("Reported"), value=time_of(row.reported_at, now) if row.reported_at else "–"),
        Fact(label=gettext("Released"), value=time_of(row.released_at, now) if row.released_at else "–"),
    ]
    if row.tube_id:
        found.append(Fact(label=gettext("Tube"), value=row.tube_id, href=reverse("web:tube", args=[row.tube_id])))
    found += [
        Fact(label=step_words(step), value=time_of(one.done_at, now), note=list_words([signature(one.done_by), one.note]))
        for step, one in steps.items()
    ]
    if row.facility or row.infected_where:
        found.append(Fact(label=gettext("Infected at"), value=row.infected_where or "–", note=row.facility))
    return tuple(found)


def _interview(row: Case, now: datetime) -> Table:
    held = Interview.objects.filter(case=row).first()
    form = interviews.form_of(held)
    sections = Counter(one.section for one in form.values())
    answered = Counter(form[name].section for name in _answered(held) if name in form)
    required = Counter(one.section for one in form.values() if one.required)
    return Table(
        caption=gettext("Interview"),
        columns=(
            Column(label=gettext("Section"), lead=True),
            Column(label=gettext("Answered"), align=Align.NUMBER),
            Column(label=gettext("Required"), align=Align.NUMBER),
        ),
        rows=(
            Row(
                cells=(
                    Cell(
                        text=gettext("Interview"), chip=interview_chip(held.state if held else None),
                        note=list_words([signature(held.interviewer), held.language, held.reason]) if held else "",
                        href=reverse("web:interview", args=[row.pk]),
                    ),
                    Cell(text=count(held.answered if held else 0)),
                    Cell(text=gettext("%(n)s missing") % {"n": count(held.missing)} if held and held.missing else ""),
                ),
                total=True,
            ),
            *(
                Row(
                    cells=(
                        Cell(text=section_words(name)),
                        Cell(text=f"{answered[name]} / {number}"),
                        Cell(text=count(required[name])),
                    )
                )
                for name, number in sections.items()
            ),
        ),
        empty=Empty(text=gettext("The pack has no form")),
        foot=gettext("began %(time)s") % {"time": time_of(held.started_at, now)} if held else "",
    )  # fmt: skip


def _answered(held: Interview | None) -> set[str]:
    return set(held.answers.values_list("question", flat=True)) if held else set()


def section_words(section: str) -> str:
    """A section of the interview's form."""
    return {
        "person": gettext("The person"),
        "illness": gettext("The illness"),
        "home": gettext("The home"),
        "movement": gettext("Where the person was"),
        "end": gettext("At the end"),
    }.get(section, section)


def _contacts(row: Case, by: Actor, pack: Pack, now: datetime) -> Table:
    found = list(
        Contact.objects.filter(case=row)
        .annotate(
            open=Count("owed", filter=Q(owed__duty__state=DutyState.OPEN)),
            due=Min("owed__duty__due_at", filter=Q(owed__duty__state=DutyState.OPEN)),
        )
        .order_by("status", "grade", "code")[:MOST_CONTACTS]
    ) if may(by, Operation.SEE_CONTACTS) else []  # fmt: skip
    return Table(
        caption=gettext("Contacts"),
        columns=(
            Column(label=gettext("Contact"), lead=True),
            Column(label=gettext("Grade")),
            Column(label=gettext("Because")),
            Column(label=gettext("Last exposed")),
            Column(label=gettext("Owed"), align=Align.NUMBER),
            Column(label=gettext("Next limit")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.pk, note=person(one.person_id), href=reverse("web:contact", args=[one.pk])),
                    Cell(chip=contact_chip(one)),
                    Cell(text=grading_words(one.because, pack), note=one.rule),
                    Cell(text=time_of(one.last_exposed_at, now)),
                    Cell(text=count(one.open)),
                    Cell(text=late_words(one.due, now) if one.due else "–"),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("Nobody is listed yet")),
    )


def _contacts_note(row: Case) -> str:
    found = Counter(Contact.objects.filter(case=row, status="active").values_list("grade", flat=True))
    return list_words([f"{grade_words(grade)} {number}" for grade, number in sorted(found.items())])


def _exposures(row: Case, by: Actor, now: datetime) -> Table:
    found = list(
        Exposure.objects.filter(case=row, withdrawn_at=None).select_related("contact").order_by("-from_at")[:60]
    ) if may(by, Operation.SEE_CONTACTS) else []  # fmt: skip
    return Table(
        caption=gettext("Where people met"),
        columns=(
            Column(label=gettext("Setting"), lead=True),
            Column(label=pgettext("meeting", "Where")),
            Column(label=gettext("When")),
            Column(label=gettext("Who")),
            Column(label=gettext("Known by")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=setting_words(one.setting)),
                    Cell(text=one.place or "–"),
                    Cell(text=f"{time_of(one.from_at, now)}–{time_of(one.until_at, now)}", note=_lasted(one)),
                    Cell(text=person(one.contact.person_id) if one.contact else gettext("the case")),
                    Cell(text=source_words(one.source)),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("No exposure is recorded")),
    )


def _lasted(one: Exposure) -> str:
    span = span_words(one.until_at - one.from_at)
    return list_words([span, gettext("protected") if one.protected else ""])


def _links(row: Case, by: Actor, now: datetime) -> Table:
    found = CaseLink.objects.filter(Q(case=row) | Q(infector=row), withdrawn_at=None).select_related("case", "infector")
    return Table(
        caption=gettext("Who infected whom"),
        columns=(
            Column(label=gettext("Case"), lead=True),
            Column(label=gettext("Setting")),
            Column(label=gettext("How sure")),
            Column(label=gettext("Linked")),
        ),
        rows=tuple(
            Row(
                cells=(
                    _other(row, one, by),
                    Cell(text=setting_words(one.setting), note=one.note),
                    Cell(text=certainty_words(one.certainty)),
                    Cell(text=time_of(one.linked_at, now), note=signature(one.linked_by)),
                )
            )
            for one in found.order_by("id")[:100]
        ),
        empty=Empty(text=gettext("No link is known")),
    )


def _other(row: Case, one: CaseLink, by: Actor) -> Cell:
    """The other end of a link; of a case elsewhere nothing but that there is one."""
    inward = one.case_id == row.pk
    other = one.infector if inward else one.case
    note = gettext("infected this case") if inward else gettext("infected by this case")
    if not covers(by, other.place_code):
        return Cell(text=gettext("a case elsewhere"), note=note)
    return Cell(text=other.pk, note=note, href=reverse("web:case", args=[other.pk]))


def _picture(row: Case, by: Actor) -> Picture | None:
    """The chain in which the case stands; None without a link, or where the chain is too long to draw."""
    codes = linking.cluster(row.pk)
    if len(codes) == 1:
        return None
    cases = list(queries.cases(by).filter(pk__in=codes))
    links = linking.standing([one.pk for one in cases])
    found = chains.chains(
        [chains.Node(code=one.pk, onset=one.onset_on, seen=clock.day_of(one.detected_at)) for one in cases],
        links,
        longest_interval=int(pack_now(clock.day_of(clock.city())).amount("serial_interval_longest")),
    )
    return picture(found, shown_of(cases, links, found, here=row.pk))


def _warrants(row: Case, now: datetime) -> Table:
    found: Sequence[Warrant] = list(row.warrants.order_by("-asked_at")[:20])
    return Table(
        caption=gettext("Warrants to search presences"),
        columns=(
            Column(label=gettext("Warrant"), lead=True),
            Column(label=gettext("Purpose")),
            Column(label=gettext("Until")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.pk, note=signature(one.asked_by), href=reverse("web:warrant", args=[one.pk])),
                    Cell(text=one.purpose),
                    Cell(text=time_of(one.ends_at, now)),
                    Cell(chip=warrant_chip(one.state, ended=one.ends_at <= now)),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("Nobody asked to search presences for this case")),
    )
