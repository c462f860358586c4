"""Cases and contacts in words, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext, pgettext

from bulou.duties import wording
from bulou.investigation.choices import (
    CaseStatus,
    Certainty,
    ChaseStep,
    ContactStatus,
    ExposureSource,
    FoundWhere,
    Grade,
    InterviewState,
    Setting,
    WarrantState,
)
from bulou.investigation.models import Case, Contact
from bulou.investigation.rules import grading, owed, tracers
from bulou.investigation.rules.chains import Flag
from bulou.investigation.rules.clock import Mark, Point
from bulou.policy import Pack
from bulou.web.actors import who
from bulou.web.frames import in_chinese
from bulou.web.show.figures import Chip, State, clock_chip
from bulou.web.show.words import list_words, mask_id, span_words, time_of

TEMPLATES = (  # the longer form of a sentence before the shorter
    owed.SAID_TEST,
    owed.SAID_TEST_MISSED,
    owed.SAID_CHECK,
    owed.SAID_RELEASE,
    owed.SAID_PLACE,
    owed.SAID_TELL,
    grading.SAID_OUTSIDE,
    grading.SAID_NO_RULE,
    grading.SAID_UPGRADED,
    grading.SAID_NOT_CLOSE,
    grading.SAID_BY_HAND,
    tracers.SAID_SHORT,
    tracers.SAID_UNSPOKEN,
)


def why(text: str) -> str:
    """A stored reason of the chase in the reader's language; what a person wrote stays as it is."""
    parts = (wording.say(part, TEMPLATES, words=("grade",)) for part in text.split("; "))
    return "; ".join(parts)


def grading_words(text: str, pack: Pack) -> str:
    """Why a contact has its grade: the pack's own words in the page's language, or a stored reason."""
    rule = next((one for one in pack.gradings if one.says_en == text), None)
    if rule is not None:
        return rule.says_zh if in_chinese() else rule.says_en
    return why(text)


def status_words(status: str) -> str:
    """How a case stands."""
    return {
        CaseStatus.PRELIMINARY.value: gettext("preliminary positive"),
        CaseStatus.CONFIRMED.value: pgettext("page", "confirmed"),
        CaseStatus.ASYMPTOMATIC.value: gettext("asymptomatic"),
        CaseStatus.EXCLUDED.value: gettext("excluded"),
    }.get(status, status)


def found_words(found: str) -> str:
    """In which circumstances a case was found."""
    return {
        FoundWhere.COMMUNITY.value: gettext("in the community"),
        FoundWhere.CONTROLLED.value: gettext("in a controlled area"),
        FoundWhere.QUARANTINE.value: gettext("in quarantine"),
        FoundWhere.ARRIVAL.value: gettext("arriving"),
        FoundWhere.UNKNOWN.value: gettext("unknown"),
    }.get(found, found)


def mark_words(mark: Mark) -> str:
    """A mark of the chase's clock."""
    return {
        Mark.SAMPLED: gettext("Sampled"),
        Mark.RESULT: gettext("Result"),
        Mark.HELD: gettext("Held"),
        Mark.INTERVIEWED: gettext("Interviewed"),
        Mark.LISTED: gettext("Contacts listed"),
    }[mark]


def step_words(step: str) -> str:
    """A step of the chase."""
    return {
        ChaseStep.FOUND.value: gettext("person found"),
        ChaseStep.HELD.value: gettext("held"),
        ChaseStep.INVESTIGATED.value: gettext("interviewed"),
        ChaseStep.CONTACTS_LISTED.value: gettext("contacts listed"),
    }.get(step, step)


def grade_words(grade: str) -> str:
    """A grade of contact."""
    return {
        Grade.CLOSE.value: gettext("close contact"),
        Grade.SECONDARY.value: pgettext("page", "contact of a contact"),
        Grade.GENERAL.value: gettext("general contact"),
    }.get(grade, grade)


def contact_words(status: str) -> str:
    """Whether a contact stands."""
    return {
        ContactStatus.ACTIVE.value: pgettext("page", "under way"),
        ContactStatus.RELEASED.value: pgettext("contact", "released"),
        ContactStatus.BECAME_CASE.value: gettext("became a case"),
        ContactStatus.WITHDRAWN.value: gettext("no contact"),
    }.get(status, status)


def setting_words(setting: str) -> str:
    """Where people met."""
    return {
        Setting.HOUSEHOLD.value: gettext("household"),
        Setting.WORKPLACE.value: gettext("workplace"),
        Setting.CLASS.value: gettext("school class"),
        Setting.TRANSPORT.value: gettext("vehicle"),
        Setting.VENUE.value: gettext("venue"),
        Setting.HEALTHCARE.value: gettext("health care"),
        Setting.OTHER.value: gettext("other setting"),
        Setting.UNKNOWN.value: gettext("setting unknown"),
    }.get(setting, setting)


def source_words(source: str) -> str:
    """How an exposure is known."""
    return {
        ExposureSource.INTERVIEW.value: gettext("interview"),
        ExposureSource.HOUSEHOLD.value: gettext("household register"),
        ExposureSource.PRESENCE.value: gettext("presences compared"),
        ExposureSource.VIDEO.value: gettext("seen on video"),
        ExposureSource.LIST.value: gettext("a list of the place"),
        ExposureSource.IMPORT.value: gettext("a file"),
        ExposureSource.OTHER.value: gettext("other source"),
    }.get(source, source)


def certainty_words(certainty: str) -> str:
    """How sure a link is."""
    return {
        Certainty.CONFIRMED.value: gettext("sure"),
        Certainty.PROBABLE.value: gettext("probable"),
        Certainty.POSSIBLE.value: gettext("possible"),
    }.get(certainty, certainty)


def flag_words(flag: Flag) -> str:
    """What is missing or strange in a chain."""
    return {
        Flag.NO_ONSET: gettext("day of symptoms unknown"),
        Flag.SEVERAL: gettext("several possible infectors"),
        Flag.ORPHAN: gettext("no link known"),
        Flag.CYCLE: gettext("links form a circle"),
        Flag.INFECTOR_LATER: gettext("ill before its infector"),
        Flag.LONG_INTERVAL: gettext("long after its infector: somebody between?"),
    }[flag]


def interview_chip(state: str | None) -> Chip:
    """How far an interview is."""
    if state is None:
        return Chip(state=State.PLAIN, text=gettext("not begun"))
    return {
        InterviewState.OPEN.value: Chip(state=State.LATER, text=gettext("begun")),
        InterviewState.COMPLETE.value: Chip(state=State.DONE, text=gettext("complete")),
        InterviewState.REFUSED.value: Chip(state=State.SOON, text=pgettext("interview", "refused")),
        InterviewState.UNREACHABLE.value: Chip(state=State.SOON, text=gettext("not reached")),
    }[state]


def warrant_chip(state: str, *, ended: bool) -> Chip:
    """How a warrant stands."""
    if state == WarrantState.ASKED:
        return Chip(state=State.SOON, text=gettext("waits for a signature"))
    if state == WarrantState.SIGNED and not ended:
        return Chip(state=State.LATER, text=gettext("signed"))
    if state == WarrantState.REFUSED:
        return Chip(state=State.PLAIN, text=pgettext("warrant", "refused"))
    return Chip(state=State.PLAIN, text=gettext("ended"))


def case_chip(row: Case) -> Chip:
    """A case's status; a preliminary positive waits for the experts."""
    state = State.SOON if row.status == CaseStatus.PRELIMINARY else State.PLAIN
    text = gettext("released") if row.released_at else status_words(row.status)
    return Chip(state=State.DONE if row.released_at else state, text=text)


def contact_chip(row: Contact) -> Chip:
    """A contact's grade while it stands, else how it ended."""
    if row.status != ContactStatus.ACTIVE:
        return Chip(state=State.DONE if row.status == ContactStatus.RELEASED else State.PLAIN, text=contact_words(row.status))
    return Chip(state=State.LATER if row.grade == Grade.CLOSE else State.PLAIN, text=grade_words(row.grade))


def point_chip(point: Point, now: datetime) -> Chip:
    """One mark: done and when, or its clock; a mark that was late says by how much."""
    if point.done_at is None:
        return clock_chip(point.due_at, now) if point.due_at else Chip(state=State.PLAIN, text="–")
    text = time_of(point.done_at, now)
    if point.late is not None:
        text = list_words([text, gettext("%(span)s over the limit") % {"span": span_words(point.late)}])
    return Chip(state=State.DONE, text=text)


def person(person_id: str) -> str:
    """A person's number, masked."""
    return mask_id(person_id) or "–"


def signature(text: str) -> str:
    """Who did something, as it is stored (``name · unit``), with the name masked."""
    name, dot, unit = text.partition(" · ")
    return f"{who(name)}{dot}{unit}" if unit != "CN" else who(name)


def day_words(day: date | None) -> str:
    """A day, or that it is unknown."""
    return day.isoformat() if day else "–"


def entry_note(data: Mapping[str, Any]) -> str:
    """What an entry of the chase says beside its tag, in words."""
    said = [
        step_words(str(data["step"])) if data.get("step") else "",
        status_words(str(data["status"])) if data.get("status") else "",
        gettext("%(n)s questions") % {"n": len(data["questions"])} if data.get("questions") else "",
        gettext("%(n)s contacts") % {"n": len(data["contacts"])} if isinstance(data.get("contacts"), list) else "",
        gettext("infected by %(who)s (%(setting)s)")
        % {"who": data["infector"], "setting": setting_words(str(data.get("setting", "")))}
        if data.get("infector")
        else "",
        str(data.get("why") or data.get("reason") or data.get("note") or ""),
        str(data.get("day") or ""),
    ]
    return list_words(said)


def tag_words(tag: str) -> str:
    """What a ledger entry of the chase says."""
    return {
        "case:case:opened": gettext("Case opened"),
        "case:case:entered": gettext("Entered from a line list"),
        "case:case:reported": gettext("Reported to the direct network"),
        "case:case:diagnosed": gettext("Diagnosed by the experts"),
        "case:case:reclassified": gettext("Diagnosis changed"),
        "case:case:released": gettext("Released"),
        "case:case:corrected": gettext("Record corrected"),
        "case:chase:step_done": gettext("A step of the chase is done"),
        "case:interview:recorded": gettext("Answers taken"),
        "case:interview:failed": gettext("The interview failed"),
        "case:contact:listed": gettext("Listed as a contact"),
        "case:contact:graded": gettext("Contacts graded"),
        "case:contact:placed": gettext("Placed where the grade wants it"),
        "case:contact:checked": gettext("Checked"),
        "case:contact:tested": gettext("Tested"),
        "case:contact:told": gettext("Told what to watch for"),
        "case:contact:released": gettext("Contact ended"),
        "case:contact:kept": gettext("Back in the care of the community"),
        "case:exposure:recorded": gettext("Exposure recorded"),
        "case:exposure:withdrawn": gettext("Exposure withdrawn"),
        "case:contacts:complete": gettext("The list of contacts is whole"),
        "case:link:linked": gettext("Linked to its infector"),
        "case:link:withdrawn": gettext("A link was withdrawn"),
        "case:warrant:asked": gettext("Warrant asked for"),
        "case:warrant:signed": gettext("Warrant signed"),
        "case:warrant:refused": gettext("Warrant refused"),
        "case:warrant:ended": gettext("Warrant ended"),
        "case:presences:searched": gettext("Presences searched"),
    }.get(tag, tag)
