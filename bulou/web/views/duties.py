"""The list of duties, one duty's whole story, and the steps that its owner, receiver or superior takes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST

from bulou.access.choices import Operation
from bulou.access.rules import covers, may, permit
from bulou.duties import actions, handovers, queries, rules
from bulou.duties.choices import DutyState, HandoverState
from bulou.duties.models import Duty, Evidence, Handover, Notice, Tenure
from bulou.duties.rows import rule_of
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger.models import Entry
from bulou.units import queries as units
from bulou.web import duty_rows
from bulou.web.frames import framed, in_chinese, named
from bulou.web.reader import page
from bulou.web.show.band import Band
from bulou.web.show.duties import ActForm, DutyListPage, DutyPage, EvidenceRow, Fact, HandoverStep, Step
from bulou.web.show.figures import Act, Chip, Empty, Pager, State, clock_chip
from bulou.web.show.story import Interval, Moment, StoryLane, story
from bulou.web.show.words import late_words, list_words, mask_name, span_words, time_of
from bulou.web.specimen_words import tag_words

PAGE = 50
STATE_WORDS = {
    DutyState.OPEN: gettext_lazy("open"),
    DutyState.FULFILLED: gettext_lazy("fulfilled"),
    DutyState.WAIVED: gettext_lazy("waived"),
    DutyState.SUPERSEDED: gettext_lazy("superseded"),
    DutyState.FAILED: gettext_lazy("failed, carried on by others"),
}
OFFER_WORDS = {
    HandoverState.OFFERED: gettext_lazy("waiting"),
    HandoverState.ACCEPTED: gettext_lazy("accepted"),
    HandoverState.REFUSED: pgettext_lazy("hand-over", "refused"),
    HandoverState.WITHDRAWN: gettext_lazy("withdrawn"),
    HandoverState.LAPSED: gettext_lazy("not answered in time"),
}


class FilterForm(forms.Form):
    """What the list shows."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[(state.value, words) for state, words in STATE_WORDS.items()]
    )
    overdue = forms.BooleanField(label=gettext_lazy("Only late"), required=False)
    line = forms.ChoiceField(label=gettext_lazy("Line of work"), required=False)
    unit = forms.CharField(label=gettext_lazy("Unit's code"), required=False, max_length=64)

    def __init__(self, *given: object, **named_: object) -> None:
        """The lines of work are named in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        lines = [(line, duty_rows.line_name(line)) for line in duty_rows.LINES]
        self.fields["line"].choices = [("", gettext("All")), *lines]  # type: ignore[attr-defined]


def _chosen(request: HttpRequest) -> tuple[FilterForm, queries.Filter]:
    form = FilterForm(request.GET or {"state": DutyState.OPEN.value})
    form.is_valid()
    given = getattr(form, "cleaned_data", {})
    chosen = queries.Filter(
        state=given.get("state") or DutyState.OPEN,
        overdue=bool(given.get("overdue")),
        line=given.get("line") or "",
        unit=given.get("unit") or "",
    )
    return form, chosen


@page
def duty_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Duties by clock, paged by key."""
    now = clock.city()
    form, chosen = _chosen(request)
    after = request.GET.get("after", "")
    found = queries.listed(by, chosen, now=now)
    rows = list(queries.after(found, after).select_related("owner")[: PAGE + 1])
    kept = {name: value for name, value in request.GET.items() if name != "after" and value}
    here = reverse("web:duties")
    following = ""
    if len(rows) > PAGE:
        following = f"{here}?{urlencode({**kept, 'after': queries.key_of(rows[PAGE - 1])})}"
    counted = queries.counts(by, now=now, unit=chosen.unit) if chosen.state == DutyState.OPEN and not chosen.line else None
    total = (counted.overdue if chosen.overdue else counted.open) if counted else None
    active = [str(STATE_WORDS[DutyState(chosen.state)])]
    active += [gettext("late")] if chosen.overdue else []
    active += [duty_rows.line_name(chosen.line)] if chosen.line else []
    shown = DutyListPage(
        filters=form,
        rows=duty_rows.rows(rows[:PAGE], by, now=now, acts=chosen.state == DutyState.OPEN),
        pager=Pager(
            shown=min(len(rows), PAGE),
            total=total,
            first=f"{here}?{urlencode(kept)}" if after else "",
            following=following,
        ),
        empty=Empty(text=gettext("No duty matches"), good=chosen.overdue),
        export_href=f"{reverse('web:duties_export')}?{urlencode(kept)}" if may(by, Operation.EXPORT_FILE) else "",
        active=tuple(active),
    )
    return render(request, "web/duties.html", {"frame": framed(request, by, "duties"), "page": shown})


@page
def export(request: HttpRequest, by: Actor) -> HttpResponse:
    """The same list as CSV (UTF-8 with BOM, so that spreadsheets read it); at most 10,000 rows."""
    permit(by, Operation.EXPORT_FILE)
    now = clock.city()
    _, chosen = _chosen(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="duties-{clock.local(now):%Y%m%d-%H%M}.csv"'
    response.write("\ufeff")
    out = csv.writer(response)
    out.writerow(["id", "kind", "label", "owner", "opened_at", "due_at", "state", "why"])
    for row in queries.listed(by, chosen, now=now)[:10_000]:
        cells = [row.pk, row.kind, row.label, row.owner_id, clock.local(row.opened_at).isoformat(),
                 clock.local(row.due_at).isoformat(), row.state, row.why]  # fmt: skip
        out.writerow([f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in map(str, cells)])
    return response


@page
def one(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
    """A duty's whole story: owners, hand-overs, evidence, who was told, every ledger entry."""
    now = clock.city()
    row = queries.duty(by, id)
    Notice.objects.filter(duty=row, unit=by.unit, read_at=None).update(read_at=now, read_by=by.name)
    closed = row.closed_at
    late = (closed or now) > row.due_at
    shown = DutyPage(
        code=row.pk,
        what=duty_rows.says(row),
        about="" if row.kind == "task.done" else row.label,
        chip=clock_chip(row.due_at, now) if row.state == DutyState.OPEN else Chip(
            state=State.DONE if row.state == DutyState.FULFILLED else State.PLAIN,
            text=str(STATE_WORDS[DutyState(row.state)]),
        ),
        clock=late_words(row.due_at, now) if closed is None else time_of(closed, now),
        clock_note=_clock_note(row),
        late=late and closed is None,
        facts=_facts(row, by),
        rule=_rule(row),
        band=_band(row),
        handovers=tuple(_handover(one) for one in row.handovers.select_related("sender", "receiver")),
        evidence=tuple(_evidence(one) for one in row.evidence.all()),
        evidence_owed=_owed(row),
        escalations=tuple(
            duty_rows.escalation_row(one, with_duty=False)
            for one in row.notices.select_related("unit", "duty").order_by("id")
        ),
        steps=_steps(row),
        acts=_acts(row, by),
        quick=_quick(row, by),
        closed=list_words([str(STATE_WORDS[DutyState(row.state)]), row.proof]) if closed else "",
    )  # fmt: skip
    frame = framed(request, by, "duties", title=shown.what, live=row.state == DutyState.OPEN)
    return render(request, "web/duty.html", {"frame": frame, "page": shown})


def _clock_note(row: Duty) -> str:
    limit = gettext("limit %(time)s") % {"time": time_of(row.due_at)}
    if row.closed_at is None:
        return limit
    gap = span_words(row.due_at - row.closed_at)
    early = gettext("closed %(span)s before it") if row.closed_at <= row.due_at else gettext("closed %(span)s after it")
    return list_words([limit, early % {"span": gap}])


def _facts(row: Duty, by: Actor) -> tuple[Fact, ...]:
    present = units.on_duty([row.owner_id], at=clock.city())[row.owner_id]
    phone = present.phone if covers(by, row.owner_id) or row.owner_id == by.unit else ""
    found = [
        Fact(
            label=gettext("Owner"),
            value=named(row.owner.name, row.owner.name_en),
            note=list_words([duty_rows.present_words(present), phone]),
        ),
        Fact(label=gettext("Opened"), value=time_of(row.opened_at, clock.city())),
        Fact(label=gettext("Place"), value=row.place_code),
    ]
    if row.issuer:
        found.append(Fact(label=gettext("Given by"), value=row.issuer))
    if row.parent is not None:
        found.append(Fact(label=gettext("Follows from"), value=row.parent.label, href=duty_rows.href(row.parent)))
    found += [
        Fact(label=gettext("Led to"), value=list_words([duty_rows.says(child), child.label]), href=duty_rows.href(child))
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


def _handover(row: Handover) -> HandoverStep:
    state = HandoverState(row.state)
    kind = {HandoverState.ACCEPTED: State.DONE, HandoverState.OFFERED: State.SOON}.get(state, State.PLAIN)
    return HandoverStep(
        sender=named(row.sender.name, row.sender.name_en),
        receiver=named(row.receiver.name, row.receiver.name_en),
        offered_at=clock.local(row.offered_at),
        state=Chip(state=kind, text=str(OFFER_WORDS[state])),
        answered_at=clock.local(row.answered_at) if row.answered_at else None,
        answered_by=_signed(row.answered_by),
        reason=row.reason or row.note,
    )


def _signed(signature: str) -> str:
    name, _, unit = signature.partition(" · ")
    return list_words([mask_name(name), unit])


def _evidence(row: Evidence) -> EvidenceRow:
    what = list_words([row.note or row.kind, row.ref if row.ref != row.duty_id else ""])
    return EvidenceRow(what=what, at=clock.local(row.added_at), by=_signed(row.added_by))


def _owed(row: Duty) -> str:
    if row.state != DutyState.OPEN:
        return ""
    closing = [tag_words(tag) for tag in rule_of(row).closed_by if tag_words(tag) != tag]
    return gettext("Still owed: %(tags)s") % {"tags": list_words(closing)} if closing else ""


def _steps(row: Duty) -> tuple[Step, ...]:
    found = Entry.objects.filter(subject=f"duty:{row.pk}").order_by("id").select_related("seal")[:200]
    return tuple(
        Step(
            at=clock.local(entry.happened_at),
            what=_tag_words(entry.tag),
            by=_signed(_actor_words(entry)),
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
    return list_words([str(told[name]) for name in named_ if told.get(name)])[:200]


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
    }.get(tag, tag)


class WordsForm(forms.Form):
    """A reason in plain words."""

    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class EvidenceForm(forms.Form):
    """What shows that it is done."""

    ref = forms.CharField(label=gettext_lazy("Evidence"), max_length=120)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class UnitForm(forms.Form):
    """To which unit, and why."""

    to_unit = forms.CharField(label=gettext_lazy("Unit's code"), max_length=64)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


def _words(label: str, key: str) -> WordsForm:
    form = WordsForm(auto_id=f"{key}-%s")
    form.fields["reason"].label = label
    return form


def _acts(row: Duty, by: Actor) -> tuple[ActForm, ...]:  # noqa: C901 - one condition for each step
    """The steps that this reader may take now, each with its form."""
    if row.state != DutyState.OPEN:
        return ()
    offer = Handover.objects.filter(duty=row, state=HandoverState.OFFERED).first()
    found: list[ActForm] = []

    def add(key: str, label: str, means: str, form: forms.Form, button: str, *, main: bool = False) -> None:
        url = reverse(f"web:duty_{key}", args=[row.pk])
        found.append(ActForm(key=key, label=label, means=means, url=url, form=form, button=button, main=main, open=main))

    if covers(by, row.owner_id) and may(by, Operation.ANSWER_DUTY):
        add(
            "fulfil", gettext("Fulfil"), gettext("with evidence; the duty ends"), EvidenceForm(auto_id="fulfil-%s"),
            gettext("Fulfil"), main=row.owner_id == by.unit,
        )  # fmt: skip
        add(
            "explain", gettext("Say why it waits"), gettext("the desk shows it beside the clock"),
            _words(gettext("Why"), "explain"), gettext("Say it"),
        )  # fmt: skip
    if covers(by, row.owner_id) and may(by, Operation.HAND_OVER) and offer is None:
        add(
            "handover", gettext("Hand over"), gettext("yours until they accept"), UnitForm(auto_id="handover-%s"),
            gettext("Offer"),
        )  # fmt: skip
    if offer is not None and covers(by, offer.receiver_id) and may(by, Operation.HAND_OVER):
        add(
            "refuse", gettext("Refuse the offer"), gettext("with a reason; refused twice, the common superior decides"),
            _words(gettext("Why it is not ours"), "refuse"), gettext("Refuse"),
        )  # fmt: skip
    if row.owner_id == by.unit and may(by, Operation.ANSWER_DUTY):
        add(
            "cannot", gettext("Cannot: no capacity"), gettext("keeps time and reason; the superior owes an answer"),
            _words(gettext("What is lacking"), "cannot"), gettext("Answer"),
        )  # fmt: skip
    if rules.is_above(by.unit, row.owner_id):
        if may(by, Operation.DECIDE_OWNER):
            add(
                "decide", gettext("Decide who owns it"), gettext("a unit above both sides decides; no acceptance is asked"),
                UnitForm(auto_id="decide-%s"), gettext("Decide"),
            )  # fmt: skip
        if may(by, Operation.TAKE_OVER):
            add("take", gettext("Take over"), gettext("you own it from now on"), forms.Form(), gettext("Take over"))
        if may(by, Operation.WAIVE_DUTY):
            add(
                "waive", gettext("Waive"), gettext("signed by a superior only, with a reason"),
                _words(gettext("Why nobody needs to do it"), "waive"), gettext("Waive"),
            )  # fmt: skip
    return tuple(found)


def _quick(row: Duty, by: Actor) -> tuple[Act, ...]:
    if row.state != DutyState.OPEN:
        return ()
    offer = Handover.objects.filter(duty=row, state=HandoverState.OFFERED).first()
    if offer is not None and covers(by, offer.receiver_id):
        return (Act(label=gettext("Accept"), url=reverse("web:duty_accept", args=[row.pk]), main=True),)
    if offer is not None and row.owner_id == by.unit:
        return (Act(label=gettext("Withdraw the offer"), url=reverse("web:duty_withdraw", args=[row.pk])),)
    thing, _, key = row.about.partition(":")
    if thing == "box":
        return (Act(label=gettext("See the box"), url=reverse("web:box", args=[key]), main=True, get=True),)
    return ()


Change = Callable[[str, Actor, HttpRequest], None]


def step(change: Change) -> Callable[..., HttpResponse]:
    """A step on a duty: seen by the reader, carried out by the room's action, and back to the story."""

    @require_POST
    @page
    def taken(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
        queries.duty(by, id)
        change(id, by, request)
        messages.success(request, gettext("Done; it stands in the ledger."))
        return HttpResponseRedirect(reverse("web:duty", args=[id]))

    return taken


def _given(request: HttpRequest, name: str = "reason", *, needed: bool = True) -> str:
    found = request.POST.get(name, "").strip()
    if needed and not found:
        raise InputFault(gettext("This step needs words."), column=name, remedy=gettext("Go back and fill in the field."))
    return found


@step
def fulfil(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Close with evidence."""
    note = _given(request, "note", needed=False)
    actions.fulfil(duty_id=duty_id, kind="note", ref=_given(request, "ref"), note=note, by=by, at=clock.city())


@step
def explain(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Say why it waits."""
    actions.explain(duty_id=duty_id, why=_given(request), by=by, at=clock.city())


@step
def offer(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Offer to another unit."""
    note = _given(request, needed=False)
    to_unit = _given(request, "to_unit")
    handovers.offer_handover(duty_id=duty_id, to_unit=to_unit, note=note, by=by, at=clock.city())


@step
def accept(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Accept an offer."""
    del request
    handovers.accept_handover(duty_id=duty_id, by=by, at=clock.city())


@step
def refuse(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Refuse an offer."""
    handovers.refuse_handover(duty_id=duty_id, reason=_given(request), by=by, at=clock.city())


@step
def withdraw(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Take an offer back."""
    del request
    handovers.withdraw_handover(duty_id=duty_id, by=by, at=clock.city())


@step
def cannot(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """No capacity."""
    actions.answer_no_capacity(duty_id=duty_id, reason=_given(request), by=by, at=clock.city())


@step
def decide(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Decide the owner."""
    to_unit, reason = _given(request, "to_unit"), _given(request)
    handovers.decide_owner(duty_id=duty_id, to_unit=to_unit, reason=reason, by=by, at=clock.city())


@step
def take(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Take over."""
    del request
    actions.take_over(duty_id=duty_id, by=by, at=clock.city())


@step
def waive(duty_id: str, by: Actor, request: HttpRequest) -> None:
    """Waive."""
    actions.waive(duty_id=duty_id, reason=_given(request), by=by, at=clock.city())
