"""Reading a paper list: who stands on it, by floor, and who has been sampled since it was printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.people.models import Resident
from bulou.testing import tallies
from bulou.worklists.models import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a list, in clear: the edge masks what it shows. ``done`` says that the person is missing no more."""

    number: int
    place_code: str
    household_id: str
    person_id: str
    name: str
    vulnerable: str
    done: bool
    entered_at: datetime | None


def read_sheet(reader: Actor, code: str, *, at: datetime) -> tuple[Sheet, list[Line]]:
    """A list with its lines: four statements and the log's, whatever its length."""
    sheet = Sheet.objects.select_related("round", "unit").filter(pk=code).first()
    if sheet is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the list's number.")
    permit(reader, Operation.SEE_SHEETS, sheet.unit_id, sheet.place_code)
    rows = list(sheet.rows.order_by("number"))
    ids = [row.person_id for row in rows]
    people = {
        person: (name, needs)
        for person, name, needs in Resident.objects.filter(pk__in=ids).values_list("person_id", "name", "vulnerable")
    }
    missing = set(tallies.missing(sheet.round).filter(person_id__in=ids).values_list("person_id", flat=True))
    log_read(reader=reader, subject=f"sheet:{code}", purpose="paper", at=at, count=len(rows))
    return sheet, [
        Line(
            number=row.number, place_code=row.place_code, household_id=row.household_id, person_id=row.person_id,
            name=people.get(row.person_id, ("", ""))[0], vulnerable=people.get(row.person_id, ("", ""))[1],
            done=row.person_id not in missing, entered_at=row.entered_at,
        )
        for row in rows
    ]  # fmt: skip
