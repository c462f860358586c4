"""Duties as rows of a page: what, about whom, whose and who is on duty there now, why, how late, what next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bulou.access.rules import may
from bulou.duties import wording
from bulou.duties.choices import DutyState, HandoverState
from bulou.duties.models import Duty, Handover, Notice
from bulou.duties.rows import rule_of
from bulou.exchange.shelf import BOOKS
from bulou.isolation import wording as isolation_wording
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import PolicyFault
from bulou.restrictions import wording as restriction_wording
from bulou.restrictions.models import Restriction
from bulou.specimens import wording as chain_wording
from bulou.testing import wording as testing_wording
from bulou.units import queries as units
from bulou.units.choices import OnDutyBy
from bulou.units.models import Unit
from bulou.units.rules import OnDuty
from bulou.web import case_words
from bulou.web.frames import in_chinese, named
from bulou.web.restriction_words import kind_name, register_words
from bulou.web.show.band import LaneHead, Mark
from bulou.web.show.duties import DutyRow, EscalationRow, HandoverRow
from bulou.web.show.figures import Act, Chip, State, clock_chip, waiting_chip
from bulou.web.show.words import list_words, mask_name, span_words
from bulou.workforce.words import SKILLS

# What a record rests on: its own page says it in words.
_REFERENCE = re.compile(r"(case|contact|person|request|order|zone|restriction|round):\S+")
_PLACE = re.compile(r"\d{4,12}(:[a-z]+\d{3})?")  # a place or a unit, as the whole of a part
_RISE = re.compile(r"(\d+) in (\d+) h, usual ([\d.]+)")  # joined requests, more than usual
_OF_CASE = re.compile(r"(?:\S+ |a positive: )?case:(\w+)")  # a fact of the chase, or nothing but the case that it is about
_HANDS = re.compile(r"(\d+) ([a-z]+)")  # a need of hands: how many, of which skill
_NAMES_PLACES = ("followup.home_accepted", "restriction.too_much", "restriction.too_little", "handover.decided")
# A unit with a number of its own (a site, a team, a laboratory), or the code of a place of which something is said.
_UNIT = re.compile(r"\b\d{4,12}:[a-z]+\d{3}\b|^\d{4,12}(?=[::])")
# The book in which a duty's record stands; these words name other things in duties, too: a job of the worker, a place's kits.
_OF_SUBJECT = {book.subject: book for book in BOOKS.values() if book.subject not in {"worker", "supply", "kits", "delivery"}}
STATE_WORDS = {
    DutyState.OPEN: gettext_lazy("open"),
    DutyState.FULFILLED: gettext_lazy("fulfilled"),
    DutyState.WAIVED: gettext_lazy("waived"),
    DutyState.SUPERSEDED: gettext_lazy("superseded"),
    DutyState.FAILED: gettext_lazy("failed, carried on by others"),
}
LINES = ("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D12", "D13", "D14", "D15", "D16", "D18", "D20", "D22")


def line_name(line: str) -> str:
    """A line of work by its id, in words."""
    return {
        "D1": gettext("Testing"),
        "D2": gettext("Specimens"),
        "D3": gettext("Chase"),
        "D4": gettext("Moving"),
        "D5": gettext("Isolation"),
        "D6": gettext("Home after isolation"),
        "D7": gettext("Orders and restrictions"),
        "D8": gettext("Supplies"),
        "D9": gettext("Requests"),
        "D10": gettext("Medical access"),
        "D12": gettext("Institutions"),
        "D13": gettext("Arrivals"),
        "D14": gettext("Disinfection"),
        "D15": gettext("Workforce"),
        "D16": gettext("Chain of duty"),
        "D18": gettext("Daily report"),
        "D20": gettext("Crowds and hazards"),
        "D22": gettext("Telling people"),
    }.get(line, line)


def says(row: Duty) -> str:
    """What the pack says of the duty's kind, in the page's language; a task says what it is itself."""
    if row.kind == "task.done":
        return row.label
    try:
        rule = rule_of(row)
    except PolicyFault:
        return row.kind
    return (rule.says_zh if in_chinese() else rule.says_en).rstrip("。.")


def present_words(present: OnDuty) -> str:
    """Who is on duty, masked, and why that person counts."""
    if present.how is OnDutyBy.NOBODY:
        return gettext("nobody on duty")
    name = list_words([named(present.title, present.title_en), mask_name(present.staff_name)])
    if present.how is OnDutyBy.SUPERIOR:
        return gettext("nobody there; superior: %(name)s") % {"name": name}
    if present.how is OnDutyBy.ACTING:
        return gettext("acting: %(name)s") % {"name": name}
    return name


def why(row: Duty) -> str:
    """The last known reason, in the reader's language where the software said it; a person's words stay as they are."""
    return reasons([row.why])[0]


def reasons(texts: Sequence[str]) -> list[str]:
    """Stored reasons of any room in the reader's language, units by their names; a statement when one names a unit."""
    said = [reason(text) for text in texts]
    names = unit_names({code for text in said for code in _UNIT.findall(text)})
    return [_UNIT.sub(lambda found: names.get(found[0], found[0]), text) for text in said]


def unit_names(codes: Iterable[str]) -> dict[str, str]:
    """Units as the reader calls them, by code; those that do not exist are left out. One statement, none without codes."""
    wanted = set(codes)
    if not wanted:
        return {}
    found = Unit.objects.filter(code__in=wanted).values_list("code", "name", "name_en")
    return {code: named(name, name_en) for code, name, name_en in found}


def source(row: Duty) -> str:
    """The document and clause of the duty's rule, by its own pack version; blank when the pack no longer has the kind."""
    try:
        return rule_of(row).source
    except PolicyFault:
        return ""


def label(row: Duty) -> str:
    """What the duty is about, in the reader's language where the software wrote it: counts have their unit."""
    return labels([row])[0]


def labels(found: Sequence[Duty]) -> list[str]:
    """The same for many, places and sites by their names; a statement when one names any."""
    parts = [[one for one in row.label.split(" · ") if not _REFERENCE.fullmatch(one)] or [row.label] for row in found]
    placed = [row.kind in _NAMES_PLACES for row in found]
    names = unit_names({one for row, is_ in zip(parts, placed, strict=True) if is_ for one in row if _PLACE.fullmatch(one)})
    named_ = [[names.get(one, one) for one in row] if is_ else row for row, is_ in zip(parts, placed, strict=True)]
    kinds = _restricted(row.about.removeprefix("restriction:") for row in found if row.about.startswith("restriction:"))
    return [
        _said(row, [*(kinds.get(row.about, ()) if len(said) == 1 else ()), *said])
        for row, said in zip(found, named_, strict=True)
    ]


def _restricted(codes: Iterable[str]) -> dict[str, list[str]]:
    """What kind of restriction a duty is about that names nothing but its code; one statement, none without any."""
    wanted = set(codes)
    found = Restriction.objects.filter(pk__in=wanted).values_list("pk", "kind") if wanted else ()
    return {f"restriction:{code}": [kind_name(kind)] for code, kind in found}


def _said(row: Duty, parts: Sequence[str]) -> str:
    first, *others = parts
    if row.about.startswith("box:") and others and others[0].isdigit():
        tubes = gettext("%(number)s tubes") % {"number": others[0]}
        return list_words([first, tubes, *others[1:]])
    if row.kind == "result.matched" and others:
        return list_words([first, *(gettext(one) for one in others)])
    if (hands := _HANDS.fullmatch(first)) and hands[2] in SKILLS:
        said = gettext("%(number)s hands for: %(skill)s") % {"number": hands[1], "skill": SKILLS[hands[2]]}
        return list_words([said, *others])
    if row.line == "D7":
        return list_words([register_words(one) for one in parts])
    return list_words([first, *others])


def reason(text: str) -> str:
    """A stored reason of any room in the reader's language."""
    if case := _OF_CASE.fullmatch(text):
        return gettext("because of the case %(code)s") % {"code": case[1]}
    if rise := _RISE.fullmatch(text):
        number, hours, usual = rise.groups()
        return gettext("%(number)s in %(hours)s h, usually %(usual)s") % {"number": number, "hours": hours, "usual": usual}
    own = isolation_wording.why(restriction_wording.why(text))
    return case_words.why(wording.why(testing_wording.why(chain_wording.why(own))))


def href(row: Duty) -> str:
    """The page of the duty's story."""
    return reverse("web:duty", args=[row.pk])


def next_acts(row: Duty, by: Actor, *, here: str = "") -> tuple[Act, ...]:
    """The next step that is one click away: where this kind of duty is answered, else its story.

    ``here``: what the page is about on which the duty stands; no step leads to that page again.
    """
    what = says(row)
    thing, _, key = row.about.partition(":")
    answer = Act(label=gettext("Answer"), url=href(row) + "#act-fulfil", main=True, get=True, about=what)
    if thing == "box":
        answer = Act(label=gettext("See the box"), url=reverse("web:box", args=[key]), main=True, get=True, about=what)
    elif thing == "round" and "@" in key:
        code, place = key.split("@", 1)
        url = reverse("web:round_place", args=[code, place.split(":")[0]])
        answer = Act(label=gettext("See who is missing"), url=url, main=True, get=True, about=what)
    elif thing == "case":
        answer = Act(label=gettext("See the case"), url=reverse("web:case", args=[key]), main=True, get=True, about=what)
    elif thing == "warrant":
        answer = Act(label=gettext("See the warrant"), url=reverse("web:warrant", args=[key]), main=True, get=True, about=what)
    elif row.kind.startswith("contact."):
        code = row.label.partition(" ")[0]
        answer = Act(label=gettext("See the contact"), url=reverse("web:contact", args=[code]), main=True, get=True, about=what)
    elif row.about != here and (book := _OF_SUBJECT.get(thing)) is not None and may(by, book.see):
        url = reverse(f"web:{book.name}_row", args=[key.partition("@")[0]])
        answer = Act(label=gettext("See the record"), url=url, main=True, get=True, about=what)
    if row.owner_id != by.unit:
        return (Act(label=gettext("Take over"), url=href(row) + "#act-take", get=True, about=what), answer)
    return (answer, Act(label=gettext("Hand over"), url=href(row) + "#act-handover", get=True, about=what))


def state_words(row: Duty) -> str:
    """What became of a duty."""
    return str(STATE_WORDS[DutyState(row.state)])


def chip(row: Duty, now: datetime) -> Chip:
    """The clock of an open duty; of a closed one, what became of it."""
    if row.closed_at is None:
        return clock_chip(row.due_at, now)
    return Chip(state=State.DONE if row.state == DutyState.FULFILLED else State.PLAIN, text=state_words(row))


def closed_words(due_at: datetime, closed_at: datetime) -> str:
    """How long before or after its limit a duty was closed."""
    said = gettext("closed %(span)s before it") if closed_at <= due_at else gettext("closed %(span)s after it")
    return said % {"span": span_words(due_at - closed_at)}


def rows(found: Sequence[Duty], by: Actor, *, now: datetime, acts: bool = True, here: str = "") -> tuple[DutyRow, ...]:
    """Duties as rows; two statements for who is on duty and one for units that reasons name, however many rows.

    ``found`` must have its owners selected.
    """
    present = units.on_duty({row.owner_id for row in found}, at=now)
    whys = reasons([row.why for row in found])
    abouts = labels(found)
    return tuple(
        DutyRow(
            what=says(row),
            about="" if row.kind == "task.done" else about,
            href=href(row),
            owner=named(row.owner.name, row.owner.name_en),
            on_duty=present_words(present[row.owner_id]),
            why=said or ("" if row.closed_at else gettext("no reason given yet")),
            why_note=closed_words(row.due_at, row.closed_at)
            if row.closed_at
            else gettext("open for %(span)s") % {"span": span_words(now - row.opened_at)},
            chip=chip(row, now),
            due_at=clock.local(row.due_at),
            line=row.line,
            acts=next_acts(row, by, here=here) if acts and row.closed_at is None else (),
        )
        for row, said, about in zip(found, whys, abouts, strict=True)
    )


def open_rows(found: Sequence[Duty], by: Actor, *, now: datetime) -> tuple[DutyRow, ...]:
    """Those of the duties that are still owed, as rows."""
    return rows([one for one in found if one.state == DutyState.OPEN], by, now=now)


def handover_row(row: Handover, by: Actor, *, now: datetime) -> HandoverRow:
    """An offer that waits: the sender owes it until the receiver accepts."""
    page = href(row.duty)
    acts: tuple[Act, ...] = ()
    if row.receiver_id == by.unit and row.state == HandoverState.OFFERED:
        accept = reverse("web:duty_accept", args=[row.duty_id])
        acts = (
            Act(label=gettext("Accept"), url=accept, main=True, about=label(row.duty)),
            Act(label=gettext("Refuse"), url=f"{page}#act-refuse", get=True, about=label(row.duty)),
        )
    return HandoverRow(
        what=says(row.duty) if row.duty.kind == "task.done" else list_words([says(row.duty), label(row.duty)]),
        sender=named(row.sender.name, row.sender.name_en),
        receiver=named(row.receiver.name, row.receiver.name_en),
        offered_at=clock.local(row.offered_at),
        chip=waiting_chip(row.offered_at, now, answer_within=row.answer_by - row.offered_at),
        href=page,
        note=row.note,
        acts=acts,
    )


def escalation_row(row: Notice, *, with_duty: bool = True, ways: tuple[str, ...] = ()) -> EscalationRow:
    """A step that was told: to whom, when, whether it was read."""
    return EscalationRow(
        what=list_words([says(row.duty), label(row.duty)]) if with_duty else "",
        to=list_words([named(row.unit.name, row.unit.name_en), mask_name(row.told) if row.told else ""]),
        at=clock.local(row.told_at),
        href=href(row.duty),
        step=step_words(row.step),
        read_at=clock.local(row.read_at) if row.read_at else None,
        read_by=mask_name(row.read_by) if row.read_by else "",
        collapsed=row.state == "collapsed",
        ways=ways,
    )


def step_words(step: str) -> str:
    """A step's key in words."""
    from bulou.kernel.periods import parse_duration  # noqa: PLC0415 - only steps with a clock need it

    side, _, rest = step.partition(":")
    if side in {"before", "after"}:
        span = parse_duration(rest.split(":")[0])
        if not span:
            return gettext("at the limit")
        words = span_words(span)
        return (
            gettext("%(span)s before the limit") % {"span": words}
            if side == "before"
            else (gettext("%(span)s after the limit") % {"span": words})
        )
    if side == "handover":
        return {
            "offered": gettext("offered"),
            "returned": gettext("came back"),
            "decide": gettext("the common superior must decide"),
        }.get(step.rsplit(":", 1)[-1], step)
    return {
        "task": gettext("task given"),
        "vacancy": gettext("post vacant, duty passed on"),
        "capacity": gettext("the unit says: no capacity"),
        "decided": gettext("decided by the superior"),
        "passed_on": gettext("the superior gave it to another unit"),
        "taken_over": gettext("taken over by the superior"),
        "silent": gettext("no answer from the post: whoever stands in is told"),
    }.get(side, step)


def lanes() -> tuple[LaneHead, ...]:
    """The lanes of the time band: the lines of work."""
    page = reverse("web:duties")
    return tuple(LaneHead(key=line, name=line_name(line), href=f"{page}?line={line}") for line in LINES)


def marks(found: Iterable[Duty]) -> list[Mark]:
    """Clocks for the time band."""
    return [
        Mark(
            lane=row.line if row.line in LINES else "D16",
            due_at=clock.local(row.due_at),
            label=row.label.split(" · ")[0][:18],
            href=href(row),
        )
        for row in found
    ]
