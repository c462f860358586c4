"""Line lists of cases and contacts: saved filters, chosen columns, keyset paging, export of what is shown."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.exchange.exporting import note_export
from bulou.investigation import listing
from bulou.investigation.choices import CaseStatus, ChaseStep, ContactStatus, FoundWhere, Grade
from bulou.investigation.models import Case, Contact
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.tables.writing import write_table
from bulou.web.case_words import (
    case_chip,
    contact_chip,
    contact_words,
    day_words,
    found_words,
    grade_words,
    person,
    status_words,
    step_words,
)
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.show.chase import LineListPage
from bulou.web.show.figures import Act, Cell, Column, Empty, Pager, Row, Table
from bulou.web.show.words import time_of

PAGE = 50
MOST_EXPORTED = 50_000  # rows of one export from a page; more is asked of the command


@dataclass(frozen=True, slots=True)
class Field:
    """A column that may be chosen: its head, its cell on the page, its text in a file (never masked differently)."""

    label: Callable[[], str]
    cell: Callable[[Any, datetime], Cell]


def _at(name: str) -> Callable[[Any, datetime], Cell]:
    def cell(row: Any, now: datetime) -> Cell:
        value = getattr(row, name)
        return Cell(text=_when(value, now) if value else "–")

    return cell


def _when(at: datetime, now: datetime) -> str:
    """Day and time; of another year the day alone, with its year."""
    here = clock.local(at)
    return time_of(at, now) if here.year == clock.local(now).year else here.date().isoformat()


def _text(name: str) -> Callable[[Any, datetime], Cell]:
    return lambda row, _now: Cell(text=str(getattr(row, name) or "–"))


CASE_FIELDS: dict[str, Field] = {
    "person": Field(lambda: gettext("Person"), lambda row, _: Cell(text=person(row.person_id))),
    "place": Field(lambda: gettext("Place"), lambda row, _: Cell(text=row.place_code[:12])),
    "status": Field(lambda: gettext("Status"), lambda row, _: Cell(chip=case_chip(row))),
    "onset": Field(lambda: gettext("Symptoms since"), lambda row, _: Cell(text=day_words(row.onset_on))),
    "sampled": Field(lambda: gettext("Sampled"), _at("sampled_at")),
    "detected": Field(lambda: gettext("Detected"), _at("detected_at")),
    "diagnosed": Field(lambda: gettext("Diagnosed"), _at("diagnosed_at")),
    "reported": Field(lambda: gettext("Reported"), _at("reported_at")),
    "released": Field(lambda: gettext("Released"), _at("released_at")),
    "found": Field(lambda: gettext("Found"), lambda row, _: Cell(text=found_words(row.found_where))),
    "age": Field(lambda: gettext("Age"), lambda row, _: Cell(text="–" if row.age is None else str(row.age))),
    "sex": Field(lambda: gettext("Sex"), _text("sex")),
    "infected_where": Field(lambda: gettext("Infected at"), _text("infected_where")),
    "facility": Field(lambda: gettext("Facility"), _text("facility")),
    "outcome": Field(lambda: gettext("Outcome"), _text("outcome")),
}
CONTACT_FIELDS: dict[str, Field] = {
    "person": Field(lambda: gettext("Person"), lambda row, _: Cell(text=person(row.person_id))),
    "case": Field(lambda: gettext("Case"), lambda row, _: Cell(text=row.case_id, href=reverse("web:case", args=[row.case_id]))),
    "place": Field(lambda: gettext("Place"), lambda row, _: Cell(text=row.place_code[:12])),
    "grade": Field(lambda: gettext("Grade"), lambda row, _: Cell(chip=contact_chip(row))),
    "status": Field(lambda: gettext("State"), lambda row, _: Cell(text=contact_words(row.status))),
    "exposed": Field(lambda: gettext("Last exposed"), _at("last_exposed_at")),
    "listed": Field(lambda: gettext("Listed"), _at("listed_at")),
    "kept": Field(lambda: gettext("Kept by"), _text("kept_by")),
    "ended": Field(lambda: gettext("Ended"), _at("ended_at")),
}
USUAL = {
    "cases": ("person", "place", "status", "onset", "sampled", "detected", "diagnosed", "found"),
    "contacts": ("person", "case", "place", "grade", "exposed", "listed", "kept"),
}
FIELDS = {"cases": CASE_FIELDS, "contacts": CONTACT_FIELDS}


class ColumnsForm(forms.Form):
    """Which columns are shown."""

    kind = ""
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"), required=False, widget=forms.SelectMultiple(attrs={"size": 4})
    )

    def choose_columns(self) -> None:
        """The columns of the kind, in the reader's language."""
        self.fields["columns"].choices = [(key, field.label()) for key, field in FIELDS[self.kind].items()]  # type: ignore[attr-defined]


class CaseFilterForm(ColumnsForm):
    """Which cases are listed."""

    kind = "cases"
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    waits = forms.ChoiceField(label=gettext_lazy("Not yet"), required=False)
    found_where = forms.ChoiceField(label=gettext_lazy("Found"), required=False)
    place = forms.CharField(label=gettext_lazy("Place code"), required=False, max_length=24)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ("status", "waits", "found_where", "place", "since", "until", "columns")

    def __init__(self, *given: object, **named_: object) -> None:
        """The choices in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        every = [("", gettext("All"))]
        self.fields["status"].choices = every + [(one.value, status_words(one)) for one in CaseStatus]  # type: ignore[attr-defined]
        self.fields["waits"].choices = every + [(one.value, step_words(one)) for one in ChaseStep]  # type: ignore[attr-defined]
        self.fields["found_where"].choices = every + [(one.value, found_words(one)) for one in FoundWhere]  # type: ignore[attr-defined]
        self.choose_columns()


class ContactFilterForm(ColumnsForm):
    """Which contacts are listed."""

    kind = "contacts"
    grade = forms.ChoiceField(label=gettext_lazy("Grade"), required=False)
    status = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    case = forms.CharField(label=gettext_lazy("Case"), required=False, max_length=24)
    place = forms.CharField(label=gettext_lazy("Place code"), required=False, max_length=24)
    field_order = ("grade", "status", "case", "place", "columns")

    def __init__(self, *given: object, **named_: object) -> None:
        """The choices in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        every = [("", gettext("All"))]
        self.fields["grade"].choices = every + [(one.value, grade_words(one)) for one in Grade]  # type: ignore[attr-defined]
        self.fields["status"].choices = every + [(one.value, contact_words(one)) for one in ContactStatus]  # type: ignore[attr-defined]
        self.choose_columns()


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a line list."""

    form: ColumnsForm
    given: dict[str, Any]
    columns: tuple[str, ...]

    def query(self, **more: str) -> str:
        """The same as an address's query."""
        kept = [(name, str(value)) for name, value in self.given.items()]
        return urlencode(
            [*kept, *(("columns", one) for one in self.columns if self.columns != USUAL[self.form.kind]), *more.items()]
        )


def _asked(request: HttpRequest, kind: str) -> Asked:
    form: ColumnsForm = (CaseFilterForm if kind == "cases" else ContactFilterForm)(request.GET or None)
    if request.GET and not form.is_valid():
        name, faults = next(iter(form.errors.items()))
        raise InputFault(str(faults[0]), column=name)
    found = {name: value for name, value in (form.cleaned_data if form.is_bound else {}).items() if value}
    columns = tuple(found.pop("columns", ()) or USUAL[kind])
    if not request.GET.getlist("columns"):
        form.fields["columns"].initial = list(columns)
    return Asked(form, found, columns)


def _rows(by: Actor, kind: str, asked: Asked, after: str, limit: int) -> Sequence[Case] | Sequence[Contact]:
    if kind == "cases":
        found = listing.cases_after(listing.listed_cases(by, listing.CaseFilter(**asked.given)), after)
        return list(found[:limit])
    listed = listing.listed_contacts(by, listing.ContactFilter(**asked.given)).select_related("case")
    return list(listing.contacts_after(listed, after)[:limit])


def _key(row: Case | Contact) -> str:
    return listing.case_key(row) if isinstance(row, Case) else listing.contact_key(row)


def _view(kind: str) -> Callable[[HttpRequest, Actor], HttpResponse]:
    def view(request: HttpRequest, by: Actor) -> HttpResponse:
        permit(by, Operation.SEE_CASES if kind == "cases" else Operation.SEE_CONTACTS)
        now, asked = clock.city(), _asked(request, kind)
        after = request.GET.get("after", "")
        rows = _rows(by, kind, asked, after, PAGE + 1)
        log_read(
            reader=by,
            subject=f"{kind}:{asked.given.get('place') or by.unit}"[:96],
            purpose="list",
            at=now,
            count=len(rows[:PAGE]),
        )
        here = reverse(f"web:{kind}")
        following = f"{here}?{asked.query(after=_key(rows[PAGE - 1]))}" if len(rows) > PAGE else ""
        shown = LineListPage(
            kind=kind,
            heading=gettext("Cases") if kind == "cases" else gettext("Contacts"),
            note=gettext("the latest first; masked; every reading is logged"),
            filters=asked.form,
            table=_table(kind, rows[:PAGE], asked.columns, now),
            pager=Pager(shown=min(PAGE, len(rows)), first=f"{here}?{asked.query()}" if after else "", following=following),
            saved=tuple(
                Act(label=one.name, url=f"{here}?{one.query}", get=True) for one in listing.saved_filters(by.account, kind)
            ),
            save_url=reverse("web:filter_save", args=[kind]),
            kept=(("query", asked.query()), ("columns", ";".join(asked.columns))),
            exports=tuple(
                (ending.upper(), f"{reverse(f'web:{kind}_export', args=[ending])}?{asked.query()}")
                for ending in ("csv", "xlsx")
            ),
            tabs=(
                Act(label=gettext("Cases"), url=reverse("web:cases"), get=True, main=kind == "cases"),
                Act(label=gettext("Contacts"), url=reverse("web:contacts"), get=True, main=kind == "contacts"),
            ),
        )
        return render(request, "web/line_list.html", {"frame": framed(request, by, kind, title=shown.heading), "page": shown})

    return view


def _table(kind: str, rows: Sequence[Case] | Sequence[Contact], columns: Sequence[str], now: datetime) -> Table:
    chosen = [FIELDS[kind][key] for key in columns if key in FIELDS[kind]]
    route = "web:case" if kind == "cases" else "web:contact"
    return Table(
        caption=gettext("Cases") if kind == "cases" else gettext("Contacts"),
        columns=(Column(label=pgettext("identifier", "Number"), lead=True), *(Column(label=field.label()) for field in chosen)),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=row.pk, href=reverse(route, args=[row.pk])),
                    *(field.cell(row, now) for field in chosen),
                )
            )
            for row in rows
        ),
        empty=Empty(text=gettext("Nobody matches")),
    )


def _export(kind: str) -> Callable[[HttpRequest, Actor, str], HttpResponse]:
    def view(request: HttpRequest, by: Actor, ending: str) -> HttpResponse:
        """What the page shows, all its rows, as a file; persons stay masked. The export is noted before it is given."""
        permit(by, Operation.EXPORT_CASES)
        permit(by, Operation.SEE_CASES if kind == "cases" else Operation.SEE_CONTACTS)
        now, asked = clock.city(), _asked(request, kind)
        if ending not in {"csv", "xlsx"}:
            raise InputFault(gettext("Choose CSV or XLSX."), column="ending")
        table = _table(kind, _rows(by, kind, asked, "", MOST_EXPORTED), asked.columns, now)
        with tempfile.TemporaryDirectory(prefix="bulou-list-") as folder:
            path = Path(folder) / f"{kind}.{ending}"
            number = write_table(path, [column.label for column in table.columns], (_texts(row) for row in table.rows))
            note_export(path, kind=f"{kind} (page)", count=number, personal=True, by=by, at=now)
            body = path.read_bytes()
        types = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        answer = HttpResponse(body, content_type=types[ending])
        answer["Content-Disposition"] = f'attachment; filename="{kind}.{ending}"'
        return answer

    return view


def _texts(row: Row) -> list[str]:
    return [cell.chip.text if cell.chip and not cell.text else cell.text for cell in row.cells]


cases, contacts = page(_view("cases")), page(_view("contacts"))
cases_export, contacts_export = page(_export("cases")), page(_export("contacts"))


@require_POST
@page
def save(request: HttpRequest, by: Actor, kind: str) -> HttpResponse:
    """Keep the filter and columns of a line list under a name, or forget one."""
    if kind not in FIELDS:
        raise InputFault(gettext("There is no such list."), column="kind")
    query = request.POST.get("query", "")
    if request.POST.get("forget"):
        mine = next((one for one in listing.saved_filters(by.account, kind) if one.name == request.POST["forget"]), None)
        if mine is not None:
            listing.forget_filter(saved=mine.pk, by=by, at=clock.city())
    else:
        listing.save_filter(
            kind=kind, name=request.POST.get("name", ""), query=query, columns=request.POST.get("columns", "").split(";"),
            by=by, at=clock.city(),
        )  # fmt: skip
    return HttpResponseRedirect(f"{reverse(f'web:{kind}')}?{query}")
