"""One contact: its grade and why, what is owed and why, its exposures; and the steps at its door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.duties.choices import DutyState
from bulou.duties.rows import pack_now
from bulou.investigation import contacts, ending, grades, keeping, listing
from bulou.investigation.choices import ContactStatus, Grade
from bulou.investigation.models import Contact, ContactDuty
from bulou.investigation.rules import owed as rules
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger.models import Entry
from bulou.policy import Pack
from bulou.web import duty_rows
from bulou.web.case_words import (
    contact_chip,
    contact_words,
    entry_note,
    grade_words,
    grading_words,
    person,
    setting_words,
    signature,
    source_words,
    tag_words,
    why,
)
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.chase import ContactPage
from bulou.web.show.duties import ActForm, Fact
from bulou.web.show.figures import Cell, Chip, Column, Crumb, Empty, Row, State, Table, clock_chip
from bulou.web.show.words import late_words, list_words, span_words, time_of
from bulou.web.specimen_words import entry_steps
from bulou.web.views.case_forms import CheckForm, CorrectForm, GradeForm, NoteForm, PlaceForm, ReasonForm
from bulou.web.views.case_steps import Do, Given, carried_out


@page
def contact(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """One contact; the reading is logged for the person concerned."""
    row = listing.contact(by, code)
    now = clock.city()
    log_read(reader=by, subject=f"person:{row.person_id}", purpose=f"contact {row.pk}"[:80], at=now)
    pack = pack_now(clock.day_of(now))
    owed = list(
        ContactDuty.objects.filter(person_id=row.person_id).select_related("duty", "duty__owner").order_by("duty__due_at")
    )  # fmt: skip
    open_now = [one for one in owed if one.duty.state == DutyState.OPEN]
    entries = Entry.objects.filter(subject=f"contact:{row.pk}").order_by("happened_at", "id")
    shown = ContactPage(
        code=row.pk,
        what=list_words([grade_words(row.grade), person(row.person_id)]),
        about=list_words([contact_words(row.status), row.place_code]),
        chip=contact_chip(row),
        clock=late_words(open_now[0].duty.due_at, now) if open_now else "–",
        clock_note=duty_rows.says(open_now[0].duty) if open_now else row.end_reason or gettext("nothing is owed"),
        late=bool(open_now) and open_now[0].duty.due_at <= now,
        facts=_facts(row, pack, now),
        owed=_owed(owed, now),
        exposures=_exposures(row, now),
        changes=_changes(row, pack, now),
        steps=entry_steps(list(entries[:60]), tag_words, entry_note),
        acts=acts(row, by),
        closed="" if row.status == ContactStatus.ACTIVE else row.end_reason,
        reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)},
    )
    crumbs = (
        Crumb(label=gettext("Chase"), href=reverse("web:chase")),
        Crumb(label=row.case_id, href=reverse("web:case", args=[row.case_id]) if may(by, Operation.SEE_CASES) else ""),
        Crumb(label=row.pk),
    )
    frame = framed(request, by, "contacts", title=row.pk, crumbs=crumbs)
    return render(request, "web/contact.html", {"frame": frame, "page": shown})


def _facts(row: Contact, pack: Pack, now: datetime) -> tuple[Fact, ...]:
    found = [
        Fact(label=gettext("Grade"), value=grade_words(row.grade), note=grading_words(row.because, pack)),
        Fact(label=gettext("Rule"), value=row.rule),
        Fact(label=gettext("Last exposed"), value=time_of(row.last_exposed_at, now)),
        Fact(label=gettext("Listed"), value=time_of(row.listed_at, now), note=signature(row.listed_by)),
        Fact(label=gettext("Kept by"), value=row.kept_by or gettext("at home")),
    ]
    measure = rules.measures(pack).get(Grade(row.grade))
    if measure and measure.days:
        _, until = rules.period(_standing(row), measure)
        found.insert(3, Fact(label=gettext("Free on"), value=time_of(until, now), note=measure.days_rule))
    if row.through is not None:
        found.append(
            Fact(label=gettext("Through"), value=row.through.pk, href=reverse("web:contact", args=[row.through.pk]))
        )  # fmt: skip
    if row.became_id:
        found.append(Fact(label=gettext("Became the case"), value=row.became_id))
    if row.ended_at:
        found.append(Fact(label=contact_words(row.status), value=time_of(row.ended_at, now), note=row.end_reason))
    return tuple(found)


def _standing(row: Contact) -> rules.Standing:
    return rules.Standing(
        grade=Grade(row.grade), last_exposed_at=row.last_exposed_at, listed_at=row.listed_at, graded_at=row.graded_at
    )


def _owed(found: list[ContactDuty], now: datetime) -> Table:
    shown = [one for one in found if one.duty.state != DutyState.SUPERSEDED]
    shown += [one for one in found if one.duty.state == DutyState.SUPERSEDED]
    return Table(
        caption=gettext("What is owed, and why"),
        columns=(
            Column(label=gettext("Duty"), lead=True),
            Column(label=gettext("Because")),
            Column(label=gettext("Owner")),
            Column(label=gettext("Clock")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        text=duty_rows.says(one.duty),
                        note=one.duty.about.partition("/")[2],
                        href=reverse("web:duty", args=[one.duty.pk]),
                    ),
                    Cell(text=why(one.because), note=one.rule),
                    Cell(text=named(one.duty.owner.name, one.duty.owner.name_en)),
                    Cell(chip=_duty_chip(one, now), note=_duty_note(one, now)),
                )
            )
            for one in shown[:80]
        ),
        empty=Empty(text=gettext("Nothing is owed"), good=True),
    )


def _duty_chip(one: ContactDuty, now: datetime) -> Chip:
    duty = one.duty
    if duty.state == DutyState.OPEN:
        return clock_chip(duty.due_at, now)
    if duty.state == DutyState.FULFILLED:
        return Chip(state=State.DONE, text=pgettext("page", "done"))
    return Chip(state=State.PLAIN, text=gettext("not owed any more"))


def _duty_note(one: ContactDuty, now: datetime) -> str:
    duty = one.duty
    if duty.state == DutyState.OPEN:
        return gettext("limit %(time)s") % {"time": time_of(duty.due_at, now)}
    return duty.proof


def _exposures(row: Contact, now: datetime) -> Table:
    return Table(
        caption=gettext("Exposures"),
        columns=(
            Column(label=gettext("Setting"), lead=True),
            Column(label=pgettext("meeting", "Where")),
            Column(label=gettext("When")),
            Column(label=gettext("Known by")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=setting_words(one.setting)),
                    Cell(text=one.place or "–"),
                    Cell(
                        text=f"{time_of(one.from_at, now)}–{time_of(one.until_at, now)}",
                        note=list_words(
                            [
                                span_words(one.until_at - one.from_at) if one.minutes is None else f"{one.minutes:g} min",
                                gettext("protected") if one.protected else "",
                            ]
                        ),
                    ),
                    Cell(text=source_words(one.source), note=signature(one.recorded_by)),
                    Cell(text=gettext("withdrawn") if one.withdrawn_at else gettext("stands"), note=one.withdrawn_why),
                )
            )
            for one in row.exposures.order_by("withdrawn_at", "from_at", "id")[:60]
        ),
        empty=Empty(text=gettext("No exposure is recorded")),
    )


def _changes(row: Contact, pack: Pack, now: datetime) -> Table:
    return Table(
        caption=gettext("How the grade changed"),
        columns=(
            Column(label=gettext("When"), lead=True),
            Column(label=gettext("Grade")),
            Column(label=gettext("Because")),
            Column(label=gettext("By")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=time_of(one.changed_at, now)),
                    Cell(text=grade_words(one.after), note=grade_words(one.before) if one.before else ""),
                    Cell(text=grading_words(one.because, pack), note=one.rule),
                    Cell(text=signature(one.changed_by)),
                )
            )
            for one in row.changes.order_by("-id")[:20]
        ),
        empty=Empty(text=gettext("Not graded yet")),
    )


def _grade(code: str, given: Given, by: Actor, at: datetime) -> None:
    grade = Grade(given["grade"]) if given["grade"] else None
    grades.grade_contact(contact=code, grade=grade, reason=given["reason"], by=by, at=at)


def _check(code: str, given: Given, by: Actor, at: datetime) -> None:
    keeping.check_contact(
        contact=code, day=given["day"], temperature=given["temperature"], symptoms=given["symptoms"], by=by, at=at
    )  # fmt: skip


def _place(code: str, given: Given, by: Actor, at: datetime) -> None:
    keeping.place_contact(contact=code, kept_by=given["kept_by"].strip(), by=by, at=at)


def _tell(code: str, given: Given, by: Actor, at: datetime) -> None:
    keeping.tell_contact(contact=code, how=given["note"], by=by, at=at)


def _release(code: str, given: Given, by: Actor, at: datetime) -> None:
    ending.release_contact(contact=code, reason=given["reason"], by=by, at=at)


class _AnyExposure(CorrectForm):
    """The same, taking any exposure's number: the action knows whose it is."""

    def __init__(self, *given: object, **named_: object) -> None:
        """Without a list of exposures."""
        super().__init__([], *given, **named_)
        self.fields["exposure"] = forms.IntegerField()


def _correct(code: str, given: Given, by: Actor, at: datetime) -> None:
    mine = Contact.objects.filter(pk=code, exposures=given["exposure"]).exists()
    if not mine:
        raise InputFault(gettext("This exposure is not the contact's."), column="exposure")
    if given["never"]:
        contacts.withdraw_exposure(exposure=given["exposure"], why=given["why"], by=by, at=at)
        return
    contacts.correct_exposure(
        exposure=given["exposure"],
        why=given["why"],
        from_at=clock.as_utc(given["from_at"]) if given["from_at"] else None,
        until_at=clock.as_utc(given["until_at"]) if given["until_at"] else None,
        minutes=given["minutes"],
        by=by,
        at=at,
    )


STEPS: Mapping[str, tuple[type[forms.Form], Do]] = {
    "grade": (GradeForm, _grade),
    "check": (CheckForm, _check),
    "place": (PlaceForm, _place),
    "tell": (NoteForm, _tell),
    "correct": (_AnyExposure, _correct),
    "release": (ReasonForm, _release),
}


def acts(row: Contact, by: Actor) -> tuple[ActForm, ...]:
    """The steps that this reader may take now, each with its form."""
    if row.status != ContactStatus.ACTIVE:
        return ()
    found: list[ActForm] = []

    def add(key: str, label: str, means: str, form: forms.Form, button: str, *, main: bool = False) -> None:
        url = reverse("web:contact_do", args=[row.pk, key])
        found.append(ActForm(key=key, label=label, means=means, url=url, form=form, button=button, main=main))

    if may(by, Operation.CHECK_CONTACT):
        if row.grade == Grade.GENERAL:
            told = NoteForm(auto_id="tell-%s")
            add("tell", gettext("Told"), gettext("What to watch for"), told, gettext("Told"), main=True)
        else:
            today = CheckForm(auto_id="check-%s", initial={"day": clock.day_of(clock.city())})
            add("check", gettext("Daily check"), gettext("Temperature and symptoms"), today, gettext("Note it"), main=True)
            add(
                "place",
                gettext("Placed"),
                gettext("At home and told, or kept by a unit"),
                PlaceForm(auto_id="place-%s"),
                gettext("Placed"),
            )
        add("release", gettext("Release"), gettext("The days are done"), ReasonForm(auto_id="release-%s"), gettext("Release"))
    if may(by, Operation.CHASE_CASE):
        add(
            "grade",
            gettext("Decide the grade"),
            gettext("Up or down, with a reason; or back to the rules"),
            GradeForm(auto_id="grade-%s", initial={"grade": row.hand_grade or row.grade}),
            gettext("Decide"),
        )
        standing = [
            (str(one.pk), f"{setting_words(one.setting)} {time_of(one.from_at, clock.city())}")
            for one in row.exposures.filter(withdrawn_at=None).order_by("from_at")
        ]
        add(
            "correct",
            gettext("Correct an exposure"),
            gettext("The days move with it; or it did not happen"),
            CorrectForm(standing, auto_id="correct-%s"),
            gettext("Correct"),
        )
    return tuple(found)


@require_POST
@page
def do(request: HttpRequest, by: Actor, code: str, step: str) -> HttpResponse:
    """One step on a contact."""
    carried_out(request, STEPS, step, code, by)
    return HttpResponseRedirect(reverse("web:contact", args=[code]))
