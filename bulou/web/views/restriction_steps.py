"""The steps on a restriction that a reader is offered, and carrying them out: propose, approve, lift, object, answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bulou.access.choices import Operation
from bulou.access.rules import covers, may, permit
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.restrictions import actions
from bulou.restrictions.approving import needs_owners
from bulou.restrictions.choices import AppealState, Kind, Lifting, ListState, State
from bulou.restrictions.evidence import pack_now
from bulou.restrictions.models import Appeal, ProposedList, Restriction
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.restriction_words import kind_name
from bulou.web.show.duties import ActForm, Fact
from bulou.web.show.figures import Crumb
from bulou.web.show.register import ProposePage
from bulou.web.views.restriction_forms import (
    BY_HAND,
    AnswerForm,
    HowForm,
    LiftForm,
    ObjectForm,
    OwnersForm,
    ProposeForm,
    WordsForm,
)

SHOWN_ONCE = "bulou.notice"  # the session's key for a notice's code


def _words(label: str, key: str) -> WordsForm:
    form = WordsForm(auto_id=f"{key}-%s")
    form.fields["reason"].label = label
    return form


def acts(row: Restriction, by: Actor, *, holds: bool) -> tuple[ActForm, ...]:
    """The steps that this reader may take now, each with its form."""
    found: list[ActForm] = []

    def add(key: str, label: str, means: str, form: forms.Form, button: str, *, main: bool = False, name: str = "") -> None:
        url = reverse(f"web:restriction_{key}", args=[name or row.pk])
        found.append(ActForm(key=key, label=label, means=means, url=url, form=form, button=button, main=main, open=main))

    here = covers(by, row.place_code)
    other = by.unit != row.proposed_unit_id and not codes.is_below(by.unit, row.proposed_unit_id)
    if row.state == State.PROPOSED and here and other and may(by, Operation.APPROVE_RESTRICTION):
        form = OwnersForm(needs_owners(row), row.place_code, auto_id="approve-%s")
        add(
            "approve",
            gettext("Approve"),
            gettext("as a second unit; in force from now until its end"),
            form,
            gettext("Approve"),
            main=True,
        )
        add("refuse", gettext("Refuse"), gettext("with a reason"), _words(gettext("Why not"), "refuse"), gettext("Refuse"))
    if row.state == State.PROPOSED and covers(by, row.proposed_unit_id) and may(by, Operation.PROPOSE_RESTRICTION):
        add(
            "withdraw",
            gettext("Withdraw"),
            gettext("the proposal is taken back"),
            _words(gettext("Why"), "withdraw"),
            gettext("Withdraw"),
        )
    if holds:
        _add_steps_of_force(row, by, add)
    return tuple(found)


def _add_steps_of_force(row: Restriction, by: Actor, add: Callable[..., None]) -> None:
    asked = Appeal.objects.filter(restriction=row, state=AppealState.OPEN).first()
    if asked is not None and may(by, Operation.DECIDE_APPEAL) and covers(by, row.place_code):
        third = all(not codes.is_below(by.unit, unit) for unit in (row.proposed_unit_id, row.approved_unit_id or ""))
        if third:
            add(
                "answer",
                gettext("Answer the objection"),
                gettext("as a third unit; allowed, it is lifted at once"),
                AnswerForm(auto_id="answer-%s"),
                gettext("Answer"),
                main=True,
                name=asked.pk,
            )
    if may(by, Operation.LIFT_RESTRICTION):
        add(
            "lift",
            gettext("Lift"),
            gettext("one person, at once; the unit above looks at it afterwards"),
            LiftForm(auto_id="lift-%s"),
            gettext("Lift now"),
            main=asked is None,
        )
    if may(by, Operation.FILE_APPEAL) and covers(by, row.place_code):
        if row.notified_at is None:
            add(
                "deliver",
                gettext("The notice is delivered"),
                gettext("to the person, or on the doors of the place"),
                HowForm(auto_id="deliver-%s"),
                gettext("Delivered"),
            )
        add(
            "code",
            gettext("Print the notice with a new code"),
            gettext("the code opens the person's own page"),
            forms.Form(),
            gettext("New code"),
        )
        if asked is None:
            add(
                "object",
                gettext("File an objection for the person"),
                gettext("nobody needs a telephone or a log-in"),
                ObjectForm(auto_id="object-%s"),
                gettext("File it"),
            )


def list_acts(row: ProposedList, by: Actor) -> tuple[ActForm, ...]:
    """What a reader may decide about a list."""
    if not may(by, Operation.APPROVE_RESTRICTION) or not covers(by, row.place_code) or codes.is_below(by.unit, row.unit_id):
        return ()

    def act(key: str, label: str, means: str, asked: str, *, main: bool = False) -> ActForm:
        url = reverse(f"web:restriction_list_{key}", args=[row.pk])
        return ActForm(key=key, label=label, means=means, url=url, form=_words(asked, key), button=label, main=main, open=main)

    if row.state == ListState.STOPPED:
        return (
            act(
                "confirm",
                gettext("Confirm"),
                gettext("another unit still approves it"),
                gettext("What you looked at"),
                main=True,
            ),
            act("reject", gettext("Send back"), gettext("everything in it is refused"), gettext("Why"), main=False),
        )
    waiting = row.restrictions.filter(state=State.PROPOSED).exists()
    if not waiting or row.decided_unit_id == by.unit:
        return ()
    url = reverse("web:restriction_list_approve", args=[row.pk])
    return (
        ActForm(
            key="approve",
            label=gettext("Approve the list"),
            means=gettext("as a second unit"),
            url=url,
            form=forms.Form(),
            button=gettext("Approve"),
            main=True,
            open=True,
        ),
    )


Change = Callable[[str, Actor, HttpRequest, datetime], str]


def step(change: Change, to: str = "web:restriction") -> Callable[..., HttpResponse]:
    """A step: carried out by the room's action, which permits it, and back to the story that it returns the code of."""

    @require_POST
    @page
    def taken(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
        back = change(code, by, request, clock.city())
        messages.success(request, gettext("Done; it stands in the ledger."))
        return HttpResponseRedirect(reverse(to, args=[back]))

    return taken


def _given(request: HttpRequest, name: str = "reason") -> str:
    found = request.POST.get(name, "").strip()
    if not found:
        raise InputFault(gettext("This step needs words."), column=name, remedy=gettext("Go back and fill in the field."))
    return found


def _approve(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    owners = {name: str(value).strip() for name, value in request.POST.items() if name.startswith("counter.")}
    return actions.approve(code=code, owners=owners, by=by, at=at).pk


def _refuse(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    return actions.refuse(code=code, reason=_given(request), by=by, at=at).pk


def _withdraw(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    return actions.withdraw(code=code, reason=_given(request), by=by, at=at).pk


def _lift(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    why = request.POST.get("why", "")
    known = why in {one.value for one in BY_HAND}
    return actions.lift(code=code, reason=_given(request), why=Lifting(why) if known else Lifting.BY_RULE, by=by, at=at).pk


def _deliver(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    return actions.deliver_notice(code=code, how=_given(request, "how"), by=by, at=at).pk


def _object(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    how = request.POST.get("how", "") or "phone"
    return actions.appeal(code=code, text=_given(request, "text"), how=how, by=by, at=at).restriction_id


def _answer(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    allowed = request.POST.get("allowed") == "yes"
    return actions.decide_appeal(code=code, allowed=allowed, answer=_given(request, "answer"), by=by, at=at).restriction_id


def _code(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    request.session[SHOWN_ONCE] = {code: actions.issue_code(code=code, by=by, at=at)}
    return code


def _confirm(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    return actions.confirm_list(code=code, note=_given(request), by=by, at=at).pk


def _reject(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    return actions.reject_list(code=code, reason=_given(request), by=by, at=at).pk


def _approve_list(code: str, by: Actor, request: HttpRequest, at: datetime) -> str:
    del request
    actions.approve_list(code=code, by=by, at=at)
    return code


approve, refuse, withdraw, lift = step(_approve), step(_refuse), step(_withdraw), step(_lift)
deliver, file_objection, answer, new_code = step(_deliver), step(_object), step(_answer), step(_code)
confirm_list, reject_list = step(_confirm, "web:restriction_list"), step(_reject, "web:restriction_list")
approve_list = step(_approve_list, "web:restriction_list")


@page
def propose(request: HttpRequest, by: Actor) -> HttpResponse:
    """Propose one restriction or a list; what has no evidence is stopped, and the superior knows who tried."""
    permit(by, Operation.PROPOSE_RESTRICTION)
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.propose_many(
            wanted=_wanted(form.cleaned_data), reason=form.cleaned_data["reason"], by=by, at=clock.city()
        )
        messages.success(request, gettext("Proposed; another unit decides."))
        put = made[0].in_list_id
        to = reverse("web:restriction_list", args=[put]) if put else reverse("web:restriction", args=[made[0].pk])
        return HttpResponseRedirect(to)
    pack = pack_now(clock.day_of(clock.city()))
    bases = tuple(
        Fact(label=kind_name(kind), value="; ".join(pack.legal_bases[basis] for basis in rule.legal_bases), note=rule.source)
        for kind, rule in pack.restrictions.items()
    )
    crumbs = (Crumb(label=gettext("Restrictions"), href=reverse("web:restrictions")), Crumb(label=gettext("Propose")))
    frame = framed(request, by, "restrictions", title=gettext("Propose a restriction"), crumbs=crumbs)
    shown = ProposePage(form=form, url=reverse("web:restriction_propose"), bases=bases)
    return render(request, "web/restriction_propose.html", {"frame": frame, "page": shown})


def _wanted(given: dict[str, object]) -> list[actions.Wanted]:
    found = []
    for line in str(given["people"]).splitlines():
        parts = line.replace(",", " ").split()
        if not parts:
            continue
        entry = parts[-1] if parts[-1].isdigit() and len(parts[-1]) < 19 else "0"  # noqa: PLR2004 - the key's length
        person = parts[0] if len(parts) > 1 or entry == "0" else ""
        found.append(
            actions.Wanted(
                kind=Kind(str(given["kind"])),
                person_id=person,
                place_code=str(given["place_code"]),
                evidence_id=int(entry),
                legal_basis=str(given["legal_basis"]),
                reason=str(given["reason"]),
                starts_at=_utc(given["starts_at"]),
                ends_at=_utc(given["ends_at"]),
            )
        )
    if not found:
        raise InputFault(gettext("The list names nobody."), column="people")
    return found


def _utc(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise InputFault(gettext("This is not an instant."))
    return clock.as_utc(value)
