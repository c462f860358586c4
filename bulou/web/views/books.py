"""The pages of a line's book: the list, a row, a step, and the list as a file. Each book of the shelf has all four."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial, reduce
from operator import or_
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import may, permit
from bulou.books import reading
from bulou.books.doing import carry_out
from bulou.books.values import Book, Column, Kind, Step
from bulou.duties import queries as duty_queries
from bulou.exchange.exporting import note_export
from bulou.exchange.kinds import books as files
from bulou.exchange.shelf import BOOKS
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.ledger.models import Entry
from bulou.tables.writing import write_table
from bulou.web import actors, duty_rows
from bulou.web.case_words import person
from bulou.web.frames import framed
from bulou.web.place_words import division_names, place_words
from bulou.web.reader import page
from bulou.web.show import figures
from bulou.web.show.books import BookPage, BookRowPage
from bulou.web.show.duties import ActForm, Fact
from bulou.web.show.figures import Align, Cell, Chip, Crumb, Empty, Pager, Row, State, Table, clock_chip, state_of
from bulou.web.show.words import late_words, list_words, time_of
from bulou.web.specimen_words import entry_steps
from bulou.web.views.book_forms import filter_form, given_of, step_form

PAGE, RELATED, STORY = 50, 20, 60
MOST_EXPORTED = 100_000
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NUMBERS = {Kind.NUMBER, Kind.AMOUNT}


class _Names:
    """Names of the units and places that some rows speak of, with two statements; buildings and floors by number."""

    def __init__(self, columns: Sequence[Column], rows: Iterable[Model]) -> None:
        """Read them for every row at once."""
        found = list(rows)
        units = {str(one.value(row)) for one in columns if one.kind is Kind.UNIT for row in found}
        signed = {str(one.value(row)).partition(" · ")[2] for one in columns if one.name.endswith("_by") for row in found}
        self.signers = actors.places(signed)
        places = {str(one.value(row)) for one in columns if one.kind is Kind.PLACE for row in found}
        self.units = duty_rows.unit_names(units - {""}) if units else {}
        self.places = division_names(places)

    def words(self, column: Column, value: Any, now: datetime) -> str:  # noqa: PLR0911 - one answer for each kind
        """A value as a reader sees it."""
        if value == "":
            return "–"
        match column.kind:
            case Kind.WORD:
                return str(column.words.get(str(value), value))
            case Kind.INSTANT:
                return time_of(value, now)
            case Kind.YES:
                return gettext("yes") if value else gettext("no")
            case Kind.UNIT:
                return self.units.get(str(value), str(value))
            case Kind.PLACE:
                return place_words(str(value), self.places)
            case Kind.PERSON:
                return person(str(value))
            case _:
                return actors.signed(str(value), self.signers) if column.name.endswith("_by") else _plain(column, value)


def _plain(column: Column, value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return files.shown(value) if column.kind in _NUMBERS else str(value)


def _chip(book: Book, row: Model) -> Chip | None:
    if not book.state:
        return None
    column = book.column(book.state)
    value = str(column.value(row))
    look = book.looks.get(value)
    return Chip(state=State(look.value) if look else State.PLAIN, text=str(column.words.get(value, value)))


def _clock(book: Book, row: Model) -> datetime | None:
    """The instant by which the row owes something; None when none does, or its clock does not run."""
    if not book.is_clocked(row):
        return None
    return next((at for one in book.columns if one.clock and (at := one.value(row)) != ""), None)


def _address(name: str, code: str) -> str:
    return reverse(f"web:{name}_row", args=[code])


def _cell(book: Book, column: Column, row: Model, names: _Names, now: datetime) -> Cell:
    value = column.value(row)
    if column.name == book.lead:
        text = _words(column, row, value, names, now)
        return Cell(text=text, note=str(row.pk) if text != row.pk else "", href=_address(book.name, row.pk))
    if column.name == book.state:
        return Cell(chip=_chip(book, row))
    if column.clock and value != "":
        at = _clock(book, row)
        return Cell(chip=clock_chip(at, now), note=time_of(at, now)) if at == value else Cell(text=time_of(value, now))
    return Cell(text=_words(column, row, value, names, now), href=_leads(column, value))


def _leads(column: Column, value: Any) -> str:
    """Where a value leads: to the row that it names, or to a page of the line's own."""
    if value == "" or not (column.book or column.route):
        return ""
    return reverse(column.route, args=[value]) if column.route else _address(column.book, value)


def _words(column: Column, row: Model, value: Any, names: _Names, now: datetime) -> str:
    return str(column.shown(row)) if column.shown is not None and value != "" else names.words(column, value, now)


def table(book: Book, rows: Sequence[Model], now: datetime, *, caption: str = "", of: str = "") -> Table:
    """Rows of a book, by the columns that stand in its list; ``of`` is the field that is the same for all of them."""
    columns = [one for one in book.columns if one.listed and (not of or reading.path(one) not in {of, f"{of}_id"})]
    if book.lead == "code":
        columns = [Column(name="code", label=pgettext("identifier", "Number"), of="pk"), *columns]
    names = _Names(columns, rows)
    return Table(
        caption=caption or str(book.title),
        columns=tuple(
            figures.Column(
                label=str(one.label),
                lead=one.name == book.lead,
                align=Align.NUMBER if one.kind in _NUMBERS else Align.TEXT,
            )
            for one in columns
        ),
        rows=tuple(Row(cells=tuple(_cell(book, one, row, names, now) for one in columns)) for row in rows),
        empty=Empty(text=gettext("Nothing here")),
    )


def _asked(book: Book, request: HttpRequest) -> tuple[dict[str, str], str]:
    known = {one.name for one in book.filters} | {"unit", "show"} | ({"q"} if book.search else set())
    given = {name: str(value) for name, value in request.GET.items() if name in known and value}
    return given, str(request.GET.get("after", ""))


def _chosen(book: Book, by: Actor, given: Mapping[str, str], now: datetime) -> QuerySet[Any]:
    return reading.listed(book, by, chosen=given, unit=given.get("unit", ""), show=given.get("show", ""), at=now)


def _opened(book: Book, by: Actor) -> ActForm | None:
    if book.opens is None or not may(by, book.opens.operation):
        return None
    return _form(book.opens, by, reverse(f"web:{book.name}_open"))


def _form(step: Step, by: Actor, url: str) -> ActForm:
    label = str(step.label)
    form = step_form(step, by)
    return ActForm(key=step.name, label=label, means=str(step.means), url=url, form=form, button=label, main=step.main)


def _list(request: HttpRequest, by: Actor, book: Book) -> HttpResponse:
    now = clock.city()
    given, after = _asked(book, request)
    found = _chosen(book, by, given, now)
    rows = list(reading.after(book, found, after)[: PAGE + 1])
    if book.personal:
        log_read(reader=by, subject=f"{book.name}:{by.unit}"[:96], purpose="list", at=now, count=len(rows[:PAGE]))
    here, kept = reverse(f"web:{book.name}"), urlencode(given)
    following = ""
    if len(rows) > PAGE:
        following = f"{here}?{urlencode({**given, 'after': reading.key_of(book, rows[PAGE - 1])})}"
    exports = tuple(
        (ending.upper(), f"{reverse(f'web:{book.name}_export', args=[ending])}?{kept}")
        for ending in _TYPES
        if may(by, Operation.EXPORT_FILE)
    )
    shown = BookPage(
        heading=str(book.title),
        note=str(book.note),
        filters=filter_form(book, given),
        table=table(book, rows[:PAGE], now),
        pager=Pager(shown=min(PAGE, len(rows)), first=f"{here}?{kept}" if after else "", following=following),
        exports=exports,
        opens=_opened(book, by),
    )
    return render(request, "web/book.html", {"frame": framed(request, by, book.name, title=shown.heading), "page": shown})


def _row(request: HttpRequest, by: Actor, code: str, book: Book) -> HttpResponse:
    now = clock.city()
    row = reading.one(book, by, code)
    if book.personal:
        log_read(reader=by, subject=f"{book.name}:{code}"[:96], purpose="row", at=now)
    names = _Names(book.columns, [row])
    at, chip = _clock(book, row), _chip(book, row)
    acts = tuple(
        _form(step, by, reverse(f"web:{book.name}_do", args=[code, step.name])) for step in reading.offered(book, by, row)
    )
    head = None if book.lead == "code" else book.column(book.lead)
    lead = row.pk if head is None else _words(head, row, head.value(row), names, now)
    about = book.about(code)
    owed = []
    if may(by, Operation.SEE_DUTIES):
        found = duty_queries.visible(by).filter(about=about).select_related("owner")
        owed = list(found.order_by(F("closed_at").desc(nulls_first=True), "due_at")[:RELATED])
    told = {str(tag): str(words) for tag, words in book.told.items()}
    entries = Entry.objects.filter(subject=about).order_by("happened_at", "id")[:STORY]
    shown = BookRowPage(
        code=code,
        what=f"{book.one}: {lead}" if lead != code else str(book.one),
        about="",
        chip=chip,
        clock=late_words(at, now) if at else "",
        clock_note=gettext("due %(time)s") % {"time": time_of(at, now)} if at else "",
        late=at is not None and state_of(at, now) is State.LATE,
        facts=_facts(book, row, names, now),
        duties=duty_rows.rows(owed, by, now=now, here=about),
        related=tuple(_related(name, fields, code, by, now) for name, *fields in book.related if may(by, BOOKS[name].see)),
        steps=entry_steps(list(entries), lambda tag: told.get(tag, tag), _note),
        acts=acts,
        closed="",
        reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)} if book.personal else "",
    )
    crumbs = (Crumb(label=str(book.title), href=reverse(f"web:{book.name}")), Crumb(label=code))
    frame = framed(request, by, book.name, title=shown.what, crumbs=crumbs)
    return render(request, "web/book_row.html", {"frame": frame, "page": shown})


def _note(data: Mapping[str, Any]) -> str:
    return list_words([str(data[name]) for name in ("reason", "note", "text", "evidence") if data.get(name)])


def _facts(book: Book, row: Model, names: _Names, now: datetime) -> tuple[Fact, ...]:
    found = []
    for one in book.columns:
        value = one.value(row)
        if value == "" or one.name in {book.state, book.lead}:
            continue
        found.append(Fact(label=str(one.label), value=_words(one, row, value, names, now), href=_leads(one, value)))
    return tuple(found)


def _related(name: str, fields: Sequence[str], code: str, by: Actor, now: datetime) -> Table:
    book = BOOKS[name]
    found = reading.listed(book, by, chosen={}).filter(reduce(or_, (Q(**{field: code}) for field in fields)))
    caption, counts = str(book.title), reading.counted(book, found)
    if counts:
        words = book.column(book.state).words
        caption += " · " + list_words([f"{words.get(state, state)} {number}" for state, number in counts])
    same = fields[0] if len(fields) == 1 else ""
    return table(book, list(reading.first_owed(book, found)[:RELATED]), now, caption=caption, of=same)


def _carried_out(step: Step, code: str, request: HttpRequest, by: Actor) -> str:
    """Carry out a step with what the form gave; what the form refuses is said like what the action refuses."""
    form = step_form(step, by, given=request.POST)
    if not form.is_valid():
        name, faults = next(iter(form.errors.items()))
        label = str(form.fields[name].label) if name in form.fields else ""
        raise InputFault(f"{label}: {faults[0]}" if label else str(faults[0]), column=name)
    done = carry_out(step, code=code, given=given_of(step, form), by=by, at=clock.city())
    messages.success(request, (step.tells(done) if step.tells else "") or gettext("Done."))
    return str(done.pk)


def _open(request: HttpRequest, by: Actor, book: Book) -> HttpResponse:
    if book.opens is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the address.")
    permit(by, book.opens.operation)
    made = _carried_out(book.opens, "", request, by)
    return HttpResponseRedirect(_address(book.name, made))


def _do(request: HttpRequest, by: Actor, code: str, step: str, book: Book) -> HttpResponse:
    found = book.step(step)
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the address.")
    permit(by, found.operation)
    reading.one(book, by, code)
    _carried_out(found, code, request, by)
    return HttpResponseRedirect(_address(book.name, code))


def _export(request: HttpRequest, by: Actor, ending: str, book: Book) -> HttpResponse:
    """All rows of the filter as a file that ``import`` takes back; noted before it is given."""
    permit(by, Operation.EXPORT_FILE)
    if ending not in _TYPES:
        raise InputFault(gettext("Choose CSV or XLSX."), column="ending")
    now = clock.city()
    given, _ = _asked(book, request)
    found = _chosen(book, by, given, now)[:MOST_EXPORTED]
    with tempfile.TemporaryDirectory(prefix="bulou-book-") as folder:
        target = Path(folder) / f"{book.name}.{ending}"
        number = write_table(target, files.columns(book), files.cells(book, found))
        note_export(target, kind=f"{book.name} (page)", count=number, personal=book.personal, by=by, at=now)
        body = target.read_bytes()
    answer = HttpResponse(body, content_type=_TYPES[ending])
    answer["Content-Disposition"] = f'attachment; filename="{book.name}.{ending}"'
    return answer


def _routes(book: Book) -> list[URLPattern]:
    def view(does: Callable[..., HttpResponse], *, step: bool = False) -> Callable[..., HttpResponse]:
        shown = page(partial(does, book=book))
        return require_POST(shown) if step else shown

    name = book.name
    return [
        path(f"{name}/", view(_list), name=name),
        path(f"{name}/open/", view(_open, step=True), name=f"{name}_open"),
        path(f"{name}/export.<str:ending>", view(_export), name=f"{name}_export"),
        path(f"{name}/<str:code>/", view(_row), name=f"{name}_row"),
        path(f"{name}/<str:code>/do/<str:step>/", view(_do, step=True), name=f"{name}_do"),
    ]


ROUTES: list[URLPattern] = [route for book in BOOKS.values() for route in _routes(book)]
