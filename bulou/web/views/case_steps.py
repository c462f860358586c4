"""The steps on a case that a reader is offered, and carrying them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bulou.access.choices import Operation
from bulou.access.rules import covers, may
from bulou.investigation import actions, chase, contacts, interviews, linking, warrants
from bulou.investigation.choices import CaseStatus, Certainty, ChaseStep, ExposureSource, FoundWhere, InterviewState, Setting
from bulou.investigation.models import Case
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.web.reader import page
from bulou.web.show.duties import ActForm
from bulou.web.views.case_forms import (
    ContactForm,
    DiagnoseForm,
    FailedForm,
    LinkForm,
    NoteForm,
    ReasonForm,
    StepForm,
    WarrantForm,
)

Given = Mapping[str, Any]
Do = Callable[[str, Given, Actor, datetime], None]


def _step(code: str, given: Given, by: Actor, at: datetime) -> None:
    actions.chase_step_done(code=code, step=ChaseStep(given["step"]), note=given["note"], by=by, at=at)


def _contact(code: str, given: Given, by: Actor, at: datetime) -> None:
    contacts.list_contact(
        case=code,
        person_id=given["person_id"].strip(),
        setting=Setting(given["setting"]),
        from_at=clock.as_utc(given["from_at"]),
        until_at=clock.as_utc(given["until_at"]),
        place=given["place"],
        minutes=given["minutes"],
        protected=given["protected"],
        source=ExposureSource(given["source"]),
        through=given["through"].strip(),
        by=by,
        at=at,
    )


def _complete(code: str, given: Given, by: Actor, at: datetime) -> None:
    chase.contacts_complete(case=code, note=given["note"], by=by, at=at)


def _failed(code: str, given: Given, by: Actor, at: datetime) -> None:
    interviews.interview_failed(case=code, how=InterviewState(given["how"]), reason=given["reason"], by=by, at=at)


def _link(code: str, given: Given, by: Actor, at: datetime) -> None:
    linking.link_cases(
        infector=given["infector"].strip(),
        case=code,
        setting=Setting(given["setting"]),
        certainty=Certainty(given["certainty"]),
        note=given["note"],
        by=by,
        at=at,
    )


def _diagnose(code: str, given: Given, by: Actor, at: datetime) -> None:
    actions.diagnose_case(
        code=code,
        status=CaseStatus(given["status"]),
        found_where=FoundWhere(given["found_where"]),
        note=given["note"],
        by=by,
        at=at,
    )


def _report(code: str, given: Given, by: Actor, at: datetime) -> None:
    del given
    actions.report_case(code=code, by=by, at=at)


def _warrant(code: str, given: Given, by: Actor, at: datetime) -> None:
    warrants.ask_warrant(
        case=code,
        purpose=given["purpose"],
        from_at=clock.as_utc(given["from_at"]),
        until_at=clock.as_utc(given["until_at"]),
        ends_at=at + timedelta(hours=given["hours"]),
        by=by,
        at=at,
    )


def _release(code: str, given: Given, by: Actor, at: datetime) -> None:
    actions.release_case(code=code, reason=given["reason"], by=by, at=at)


STEPS: Mapping[str, tuple[type[forms.Form], Do]] = {
    "step": (StepForm, _step),
    "contact": (ContactForm, _contact),
    "complete": (NoteForm, _complete),
    "failed": (FailedForm, _failed),
    "link": (LinkForm, _link),
    "diagnose": (DiagnoseForm, _diagnose),
    "report": (forms.Form, _report),
    "warrant": (WarrantForm, _warrant),
    "release": (ReasonForm, _release),
}


def acts(row: Case, by: Actor) -> tuple[ActForm, ...]:
    """The steps that this reader may take now, each with its form."""
    if not covers(by, row.place_code) or row.status == CaseStatus.EXCLUDED:
        return ()
    found: list[ActForm] = []

    def add(key: str, label: str, means: str, button: str, *, main: bool = False) -> None:
        url = reverse("web:case_do", args=[row.pk, key])
        form = STEPS[key][0](auto_id=f"{key}-%s")
        found.append(ActForm(key=key, label=label, means=means, url=url, form=form, button=button, main=main))

    if may(by, Operation.CHASE_CASE) and row.released_at is None:
        _add_chase(row, by, add)
    if may(by, Operation.DIAGNOSE_CASE):
        if row.status == CaseStatus.PRELIMINARY:
            add("diagnose", gettext("Diagnose"), gettext("What the experts say"), gettext("Diagnose"))
        if row.reported_at is None:
            add(
                "report",
                gettext("Reported to the direct network"),
                gettext("Entered, and counted there"),
                gettext("It is reported"),
            )
    if may(by, Operation.CHASE_CASE) and row.released_at is None and row.status != CaseStatus.PRELIMINARY:
        add("release", gettext("Release"), gettext("With the reason"), gettext("Release"))
    return tuple(found)


def _add_chase(row: Case, by: Actor, add: Callable[..., None]) -> None:
    done = {one.step for one in row.steps.all()}
    if not {ChaseStep.FOUND, ChaseStep.HELD} <= done:
        add("step", gettext("Found, held"), gettext("A step of the chase is done"), gettext("Done"), main=True)
    add("contact", gettext("List a contact"), gettext("The grade and what it owes follow by the pack"), gettext("List"))
    if ChaseStep.CONTACTS_LISTED not in done:
        add("complete", gettext("The list is whole"), gettext("With a reason where there is nobody"), gettext("Whole"))
    add("failed", gettext("The interview failed"), gettext("Refused, or not reached"), gettext("Note it"))
    add("link", gettext("Link to an infector"), gettext("Several are possible; never a circle"), gettext("Link"))
    if may(by, Operation.SEARCH_PRESENCES):
        add("warrant", gettext("Ask to search presences"), gettext("Another post signs; it ends by itself"), gettext("Ask"))


def carried_out(
    request: HttpRequest, steps: Mapping[str, tuple[type[forms.Form], Do]], step: str, code: str, by: Actor
) -> None:  # fmt: skip
    """Carry out one of the steps; what its form refuses is said like what its action refuses."""
    if step not in steps:
        message = "no such record"
        raise NotFound(message, remedy="Check the address.")
    kind, do = steps[step]
    form = kind(request.POST)
    if not form.is_valid():
        name, faults = next(iter(form.errors.items()))
        field = form.fields.get(name)
        label = str(field.label) if field is not None and field.label else ""
        raise InputFault(f"{label}: {faults[0]}" if label else str(faults[0]), column=name)
    do(code, form.cleaned_data, by, clock.city())
    messages.success(request, gettext("Done."))


@require_POST
@page
def do(request: HttpRequest, by: Actor, code: str, step: str) -> HttpResponse:
    """One step on a case."""
    carried_out(request, STEPS, step, code, by)
    return HttpResponseRedirect(reverse("web:case", args=[code]))
