"""The list of duties, filtered and paged, and the same list as a file."""

from __future__ import annotations

import csv
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bulou.access.choices import Operation
from bulou.access.rules import may, permit
from bulou.duties import queries
from bulou.duties.choices import DutyState
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.web import duty_rows
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.show.duties import DutyListPage
from bulou.web.show.figures import Empty, Pager

PAGE = 50


class FilterForm(forms.Form):
    """What the list shows."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[(state.value, words) for state, words in duty_rows.STATE_WORDS.items()],
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
    active = [str(duty_rows.STATE_WORDS[DutyState(chosen.state)])]
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
                 clock.local(row.due_at).isoformat(), row.state, duty_rows.why(row)]  # fmt: skip
        out.writerow([f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in map(str, cells)])
    return response
