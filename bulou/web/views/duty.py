"""One duty's whole story: its owners, hand-overs, evidence, who was told, every ledger entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from bulou.access.rules import covers
from bulou.duties import queries
from bulou.duties.choices import DutyState, HandoverState
from bulou.duties.models import Duty, Evidence, Handover, Notice, Tenure
from bulou.duties.rows import rule_of
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.models import Entry
from bulou.units import queries as units
from bulou.web import actors, duty_rows
from bulou.web.frames import framed, in_chinese, named
from bulou.web.reader import page
from bulou.web.show.band import Band
from bulou.web.show.duties import DutyPage, EvidenceRow, Fact, HandoverStep, Step
from bulou.web.show.figures import Chip, State
from bulou.web.show.story import Interval, Moment, StoryLane, story
from bulou.web.show.words import late_words, list_words, mask_name, time_of
from bulou.web.specimen_words import tag_words
from bulou.web.views.duty_steps import acts, quick
from bulou.web.ways import ways

OFFER_WORDS = {
    HandoverState.OFFERED: gettext_lazy("waiting"),
    HandoverState.ACCEPTED: gettext_lazy("accepted"),
    HandoverState.REFUSED: pgettext_lazy("hand-over", "refused"),
    HandoverState.WITHDRAWN: gettext_lazy("withdrawn"),
    HandoverState.LAPSED: pgettext_lazy("page", "not answered in time"),
}


@page
def one(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
    """A duty's whole story: owners, hand-overs, evidence, who was told, every ledger entry."""
    now = clock.city()
    row = queries.duty(by, id)
    Notice.objects.filter(duty=row, unit=by.unit, read_at=None).update(read_at=now, read_by=by.name)
    closed = row.closed_at
    late = (closed or now) > row.due_at
    handovers, evidence = list(row.handovers.select_related("sender", "receiver")), list(row.evidence.all())
    signers = _signers([*(one.answered_by for one in handovers), *(one.added_by for one in evidence)])
    told = list(row.notices.select_related("unit", "duty").order_by("id"))
    left = ways(told)
    shown = DutyPage(
        code=row.pk,
        what=duty_rows.says(row),
        about="" if row.kind == "task.done" else duty_rows.label(row),
        chip=duty_rows.chip(row, now),
        clock=late_words(row.due_at, now) if closed is None else time_of(closed, now),
        clock_note=_clock_note(row),
        late=late and closed is None,
        facts=_facts(row, by),
        rule=_rule(row),
        band=_band(row),
        handovers=tuple(_handover(one, signers) for one in handovers),
        evidence=tuple(_evidence(one, signers) for one in evidence),
        evidence_owed=_owed(row),
        escalations=tuple(
            duty_rows.escalation_row(one, with_duty=False, ways=left.get(one.pk, ())) for one in told
        ),
        steps=_steps(row),
        acts=acts(row, by),
        quick=quick(row, by),
        closed=list_words([duty_rows.state_words(row), _proof(row.proof)]) if closed else "",
    )  # fmt: skip
    frame = framed(request, by, "duties", title=shown.what, live=row.state == DutyState.OPEN)
    return render(request, "web/duty.html", {"frame": frame, "page": shown})


def _clock_note(row: Duty) -> str:
    limit = gettext("limit %(time)s") % {"time": time_of(row.due_at)}
    if row.closed_at is None:
        return limit
    return list_words([limit, duty_rows.closed_words(row.due_at, row.closed_at)])


def _facts(row: Duty, by: Actor) -> tuple[Fact, ...]:
    present = units.on_duty([row.owner_id], at=clock.city())[row.owner_id]
    phone = present.phone if covers(by, row.owner_id) or row.owner_id == by.unit else ""
    names = actors.places([row.place_code, row.issuer])
    found = [
        Fact(
            label=gettext("Owner"),
            value=named(row.owner.name, row.owner.name_en),
            note=list_words([duty_rows.present_words(present), phone]),
        ),
        Fact(label=gettext("Opened"), value=time_of(row.opened_at, clock.city())),
        Fact(label=gettext("Place"), value=names.get(row.place_code, row.place_code)),
    ]
    if row.issuer:
        found.append(Fact(label=gettext("Given by"), value=names.get(row.issuer, row.issuer)))
    if row.parent is not None:
        found.append(Fact(label=gettext("Follows from"), value=duty_rows.label(row.parent), href=duty_rows.href(row.parent)))
    found += [
        Fact(
            label=gettext("Led to"),
            value=list_words([duty_rows.says(child), duty_rows.label(child)]),
            href=duty_rows.href(child),
        )
        for child in row.children.all()[:10]
    ]
    if row.why:
        found.append(Fact(label=gettext("Why it waits"), value=duty_rows.why(row)))
    return tuple(found)


def _rule(row: Duty) -> tuple[Fact, ...]:
    rule = rule_of(row)
    status = {
        "quoted": gettext("quoted from the text"),
        "secondary": gettext("from a second text, not checked against the first"),
        "memory": gettext("from memory, not confirmed"),
        "operational": gettext("our own default"),
    }[rule.status.value]
    return (
        Fact(label=gettext("Says"), value=rule.says_zh if in_chinese() else rule.says_en),
        Fact(label=gettext("Source"), value=rule.source, note=status),
        Fact(label=gettext("Policy pack"), value=f"{row.pack} · {row.pack_version}"),
        Fact(label=gettext("Kind"), value=row.kind),
    )


def _band(row: Duty) -> Band:
    lanes = [
        StoryLane(
            name=named(tenure.unit.name, tenure.unit.name_en),
            intervals=(
                Interval(start=clock.local(tenure.starts_at), until=clock.local(tenure.ends_at) if tenure.ends_at else None),
            ),
        )
        for tenure in Tenure.objects.filter(duty=row).select_related("unit")
    ]
    told = [
        Moment(at=clock.local(one.told_at), label=duty_rows.step_words(one.step))
        for one in row.notices.filter(state="sent").order_by("id")
    ]
    if told:
        lanes.append(StoryLane(name=gettext("Told"), moments=tuple(told)))
    return story(
        lanes,
        now=clock.local(clock.city()),
        opened_at=clock.local(row.opened_at),
        due_at=clock.local(row.due_at),
        closed_at=clock.local(row.closed_at) if row.closed_at else None,
    )


def _handover(row: Handover, names: Mapping[str, str]) -> HandoverStep:
    state = HandoverState(row.state)
    kind = {HandoverState.ACCEPTED: State.DONE, HandoverState.OFFERED: State.SOON}.get(state, State.PLAIN)
    return HandoverStep(
        sender=named(row.sender.name, row.sender.name_en),
        receiver=named(row.receiver.name, row.receiver.name_en),
        offered_at=clock.local(row.offered_at),
        state=Chip(state=kind, text=str(OFFER_WORDS[state])),
        answered_at=clock.local(row.answered_at) if row.answered_at else None,
        answered_by=_signed(row.answered_by, names),
        reason=row.reason or row.note,
    )


def _signed(signature: str, names: Mapping[str, str]) -> str:
    name, _, unit = signature.partition(" · ")
    return list_words([mask_name(name), names.get(unit, unit)])


def _signers(signatures: Iterable[str]) -> dict[str, str]:
    """The names of the units that signed."""
    return duty_rows.unit_names(signature.partition(" · ")[2] for signature in signatures)


def _proof(text: str) -> str:
    """What closed it: a fact's tag in words, the rest as it stands."""
    first, _, rest = text.partition(" ")
    words = _tag_words(first)
    return list_words([words, rest]) if words != first else text


def _evidence(row: Evidence, names: Mapping[str, str]) -> EvidenceRow:
    what = list_words([row.note or _tag_words(row.kind), row.ref if row.ref != row.duty_id else ""])
    return EvidenceRow(what=what, at=clock.local(row.added_at), by=_signed(row.added_by, names))


def _owed(row: Duty) -> str:
    if row.state != DutyState.OPEN:
        return ""
    closing = [tag_words(tag) for tag in rule_of(row).closed_by if tag_words(tag) != tag]
    return gettext("Still owed: %(tags)s") % {"tags": list_words(closing)} if closing else ""


def _steps(row: Duty) -> tuple[Step, ...]:
    found = list(Entry.objects.filter(subject=f"duty:{row.pk}").order_by("id").select_related("seal")[:200])
    names = _signers(_actor_words(entry) for entry in found)
    return tuple(
        Step(
            at=clock.local(entry.happened_at),
            what=_tag_words(entry.tag),
            by=_signed(_actor_words(entry), names),
            note=_note(entry),
            seal=f"#{entry.seal_id}" if entry.seal_id else gettext("not sealed yet"),
        )
        for entry in found
    )


def _actor_words(entry: Entry) -> str:
    actor = json.loads(entry.actor)
    return f"{actor['name']} · {actor['unit']}"


def _note(entry: Entry) -> str:
    told = json.loads(entry.data)
    named_ = ("reason", "why", "evidence", "to", "from", "step", "successor", "note")
    return list_words([_said(name, str(told[name])) for name in named_ if told.get(name)])[:200]


def _said(name: str, value: str) -> str:
    """One word of an entry in the reader's language: a step, a proof, an instant; what people wrote stays as it is."""
    if name == "step":
        return duty_rows.step_words(value)
    if name == "evidence":
        return _proof(value)
    if name in {"to", "from"} and value[4:5] == "-" and "T" in value:
        return time_of(datetime.fromisoformat(value))
    return value


def _tag_words(tag: str) -> str:
    return {
        "duty:duty:opened": gettext("Opened"),
        "duty:duty:fulfilled": gettext("Fulfilled"),
        "duty:duty:waived": gettext("Waived by a superior"),
        "duty:duty:superseded": gettext("Superseded"),
        "duty:duty:failed": gettext("Failed; others carry it on"),
        "duty:duty:reclocked": gettext("Clock moved"),
        "duty:evidence:added": gettext("Evidence added"),
        "duty:owner:passed": gettext("Passed on: the post fell vacant"),
        "duty:owner:taken_over": gettext("Taken over by the superior"),
        "duty:owner:decided": gettext("Owner decided by the superior"),
        "duty:notice:told": pgettext("story", "Told"),
        "duty:handover:offered": pgettext("story", "Offered"),
        "duty:handover:accepted": gettext("Accepted"),
        "duty:handover:refused": gettext("Refused"),
        "duty:handover:withdrawn": gettext("Offer withdrawn"),
        "duty:handover:lapsed": gettext("Offer not answered in time"),
        "duty:capacity:declared": gettext("Answered: no capacity"),
        "duty:task:assigned": gettext("Task given"),
        "unit:post:silent": gettext("The post does not answer"),
        "unit:post:answers": gettext("The post answers again"),
        "unit:unit:attended": gettext("Somebody is on duty again"),
    }.get(tag, tag)
