"""Contacts of cases, one row for each exposure; grade and duties follow from the rows, and are not taken from a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.exchange.by_row import Answer, Record, RowKind
from bulou.exchange.kinds import fields
from bulou.investigation.choices import ExposureSource, Setting
from bulou.investigation.contacts import ContactSeen, list_contacts
from bulou.investigation.models import Contact, Exposure
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault

COLUMNS = (
    "case_id", "through_person_id", "person_id", "setting", "place", "from_at", "until_at", "minutes", "protected", "source",
    "place_code", "grade", "status",
)  # fmt: skip
_TOLD = 2  # the last columns tell how the contact stands, and are not read back


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The exposures that stand, of contacts below the reader's unit or of its cases."""
    del round_code
    permit(by, Operation.SEE_CONTACTS)
    found = Exposure.objects.filter(
        within(by, "contact__place_code", "contact__case__place_code"), withdrawn_at=None, contact__isnull=False
    ).select_related("contact", "contact__through")
    for row in found.order_by("case_id", "contact__through_id", "contact__person_id", "from_at", "id").iterator():
        contact = row.contact
        if contact is None:
            continue
        through = contact.through.person_id if contact.through else ""
        yield (
            row.case_id, through, contact.person_id, row.setting, row.place, fields.shown(row.from_at),
            fields.shown(row.until_at), "" if row.minutes is None else f"{row.minutes:g}", "yes" if row.protected else "no",
            row.source, contact.place_code, contact.grade, contact.status,
        )  # fmt: skip


def _seen(row: fields.Row) -> ContactSeen:
    minutes = row.get("minutes", "")
    try:
        lasted = float(minutes) if minutes else None
    except ValueError:
        message = f"{minutes!r} is not a number of minutes"
        raise InputFault(message, column="minutes", remedy="Write digits.") from None
    return ContactSeen(
        person_id=fields.text(row, "person_id", most=40, needed=True),
        setting=fields.word(row, "setting", Setting) or Setting.UNKNOWN,
        from_at=fields.instant(row, "from_at"),
        until_at=fields.instant(row, "until_at"),
        place=fields.text(row, "place", most=160),
        minutes=lasted,
        protected=fields.one_of(row, "protected", ("yes", "no", "")) == "yes",
        source=fields.word(row, "source", ExposureSource) or ExposureSource.IMPORT,
        place_code=fields.text(row, "place_code", most=64),
    )


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    """Case by case, and within a case the close contacts before those through them."""
    del round_code
    answers: dict[int, Answer] = {}
    waiting: dict[tuple[str, bool], list[tuple[int, str, ContactSeen]]] = defaultdict(list)
    for place, record in enumerate(records):
        row = record[0]
        try:
            seen = _seen(row)
        except BulouError as fault:
            answers[place] = fault
            continue
        through = row.get("through_person_id", "")
        waiting[row["case_id"], bool(through)].append((place, through, seen))
    for case, second in sorted(waiting):
        answers |= _listed(case, waiting[case, second], by=by, at=at)
    return [answers[place] for place in range(len(records))]


def _listed(case: str, asked: Sequence[tuple[int, str, ContactSeen]], *, by: Actor, at: datetime) -> dict[int, Answer]:
    """As a set; where one row is refused, row by row, so that its fault stays its own."""
    codes = _codes(case, {through for _, through, _ in asked if through})
    try:
        with transaction.atomic():
            return _together(case, asked, codes, by=by, at=at)
    except BulouError as fault:
        if len(asked) == 1:
            return {asked[0][0]: fault}
    answers: dict[int, Answer] = {}
    for one in asked:
        answers |= _listed(case, [one], by=by, at=at)
    return answers


def _together(
    case: str, asked: Sequence[tuple[int, str, ContactSeen]], codes: dict[str, str], *, by: Actor, at: datetime
) -> dict[int, Answer]:  # fmt: skip
    seen = []
    for _, through, one in asked:
        if through and through not in codes:
            message = f"{through} is no contact of {case}"
            raise InputFault(message, column="through_person_id", remedy="List the close contact first.")
        seen.append(_with(one, codes.get(through, "")))
    before = _standing(case, {one.person_id for one in seen})
    list_contacts(case=case, seen=seen, by=by, at=at)
    return {
        place: (one.person_id, one.setting.value, one.place[:160], one.from_at) not in before for place, _, one in asked
    }  # fmt: skip


def _with(one: ContactSeen, through: str) -> ContactSeen:
    return ContactSeen(**{**{name: getattr(one, name) for name in one.__dataclass_fields__}, "through": through})


def _codes(case: str, people: set[str]) -> dict[str, str]:
    return dict(Contact.objects.filter(case=case, person_id__in=people).values_list("person_id", "code"))


def _standing(case: str, people: set[str]) -> set[tuple[str, str, str, datetime]]:
    found = Exposure.objects.filter(case=case, contact__person_id__in=people, withdrawn_at=None)
    return set(found.values_list("contact__person_id", "setting", "place", "from_at"))


KIND = RowKind(
    key=("case_id", "through_person_id", "person_id", "setting", "place", "from_at"),
    needed=("case_id", "person_id", "setting", "from_at", "until_at"),
    optional=tuple(name for name in COLUMNS[:-_TOLD] if name not in {"case_id", "person_id", "setting", "from_at", "until_at"}),
    take=_take,
    operation=Operation.CHASE_CASE,
    sorted=True,  # who is listed through a close contact comes after it
)
