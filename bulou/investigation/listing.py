"""Line lists of cases and contacts: filters, keyset paging, saved filters with chosen columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.models import Account
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.investigation import queries
from bulou.investigation.choices import ChaseStep
from bulou.investigation.models import Case, ChaseStepDone, Contact, SavedFilter
from bulou.kernel import clock, codes, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound

_Rows = TypeVar("_Rows", Case, Contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a line list shows; ``waits`` names a step of the chase that is not done."""

    status: str = ""
    found_where: str = ""
    place: str = ""
    waits: str = ""
    since: date | None = None
    until: date | None = None


def listed_cases(reader: Actor, chosen: CaseFilter) -> QuerySet[Case]:
    """The cases of a filter, the latest detected first; page on with ``cases_after``."""
    found = queries.cases(reader)
    if chosen.status:
        found = found.filter(status=chosen.status)
    if chosen.found_where:
        found = found.filter(found_where=chosen.found_where)
    if chosen.waits:
        if chosen.waits not in set(ChaseStep):
            message = f"no step of the chase is called {chosen.waits!r}"
            raise InputFault(message, column="waits", remedy=f"Steps: {', '.join(ChaseStep)}.")
        done = ChaseStepDone.objects.filter(step=chosen.waits).values("case_id")
        found = found.filter(released_at=None).exclude(pk__in=done)
    if chosen.since is not None:
        found = found.filter(detected_at__gte=clock.day_bounds(chosen.since)[0])
    if chosen.until is not None:
        found = found.filter(detected_at__lt=clock.day_bounds(chosen.until)[1])
    return _below(found, "place_code", chosen.place).order_by("-detected_at", "code")


def cases_after(found: QuerySet[Case], key: str) -> QuerySet[Case]:
    """The rest of a line list after a row's key."""
    if not key:
        return found
    at, pk = keyset.instant_of(key)
    return found.filter(Q(detected_at__lt=at) | Q(detected_at=at, code__gt=pk), detected_at__lte=at)


def case_key(row: Case) -> str:
    """The row's key for the next page."""
    return keyset.key(row.detected_at, row.pk)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFilter:
    """Which contacts a line list shows."""

    grade: str = ""
    status: str = ""
    place: str = ""
    case: str = ""


def contacts(reader: Actor) -> QuerySet[Contact]:
    """The contacts that the reader may see: staying in its places, kept by its units, or of its cases."""
    permit(reader, Operation.SEE_CONTACTS)
    return Contact.objects.filter(within(reader, "place_code", "case__place_code", "kept_by"))


def contact(reader: Actor, code: str) -> Contact:
    """One contact; a foreign code answers like a missing one."""
    found = contacts(reader).select_related("case", "through", "became").filter(pk=code).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def listed_contacts(reader: Actor, chosen: ContactFilter) -> QuerySet[Contact]:
    """The contacts of a filter, the latest listed first; page on with ``contacts_after``."""
    found = contacts(reader)
    if chosen.grade:
        found = found.filter(grade=chosen.grade)
    if chosen.status:
        found = found.filter(status=chosen.status)
    if chosen.case:
        found = found.filter(case=chosen.case)
    return _below(found, "place_code", chosen.place).order_by("-listed_at", "code")


def contacts_after(found: QuerySet[Contact], key: str) -> QuerySet[Contact]:
    """The rest of a line list after a row's key."""
    if not key:
        return found
    at, pk = keyset.instant_of(key)
    return found.filter(Q(listed_at__lt=at) | Q(listed_at=at, code__gt=pk), listed_at__lte=at)


def contact_key(row: Contact) -> str:
    """The row's key for the next page."""
    return keyset.key(row.listed_at, row.pk)


def _below(found: QuerySet[_Rows], field: str, place: str) -> QuerySet[_Rows]:
    if not place:
        return found
    if not codes.is_place(place):
        message = f"{place} is not a place code"
        raise InputFault(message, column="place", remedy="Give a division's code, or a building's or door's below it.")
    low, high = codes.below(place)
    return found.filter(**{f"{field}__gte": low, f"{field}__lt": high})


def saved_filters(account: str, kind: str) -> list[SavedFilter]:
    """An account's saved filters of a line list, by name."""
    return list(SavedFilter.objects.filter(account__username=account, kind=kind).order_by("name"))


@transaction.atomic
def save_filter(
    *, kind: str, name: str, query: str, columns: Sequence[str], by: Actor, at: datetime
) -> SavedFilter:  # fmt: skip
    """Keep a filter and its columns under a name; the same name again replaces it. It is a reader's note, and no fact."""
    permit(by, Operation.SEE_CASES if kind == "cases" else Operation.SEE_CONTACTS)
    if not name.strip() or len(name.strip()) > 60:  # noqa: PLR2004 - the column's length
        message = "a saved filter has a name of at most 60 characters"
        raise InputFault(message, column="name")
    account = Account.objects.filter(username=by.account).first()
    if account is None:
        message = "no such account"
        raise NotFound(message)
    made, _ = SavedFilter.objects.update_or_create(
        account=account, kind=kind, name=name.strip(),
        defaults={"query": query[:600], "columns": ";".join(columns)[:400], "saved_at": at},
    )  # fmt: skip
    return made


@transaction.atomic
def forget_filter(*, saved: int, by: Actor, at: datetime) -> None:
    """Delete one of the own saved filters."""
    del at
    SavedFilter.objects.filter(pk=saved, account__username=by.account).delete()
