"""Cases and contacts to read over HTTP; filtered by jurisdiction, paged by key, every reading logged."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from bulou.access.actions import log_read
from bulou.api.auth import caller
from bulou.api.paging import DEFAULT, page
from bulou.investigation import listing
from bulou.investigation.models import Case, Contact
from bulou.kernel import clock

router = Router(tags=["cases"])


def _case(row: Case) -> dict[str, Any]:
    return {
        "case_id": row.pk,
        "person_id": row.person_id,
        "place_code": row.place_code,
        "status": row.status,
        "onset_on": row.onset_on,
        "sampled_at": row.sampled_at,
        "detected_at": row.detected_at,
        "diagnosed_at": row.diagnosed_at,
        "reported_at": row.reported_at,
        "released_at": row.released_at,
        "found_where": row.found_where,
        "tube_id": row.tube_id,
    }


@router.get("/cases")
def list_cases(
    request: HttpRequest,
    status: Literal["preliminary", "confirmed", "asymptomatic", "excluded", ""] = "",
    found_where: Literal["community", "controlled", "quarantine", "arrival", "unknown", ""] = "",
    waits: Literal["found", "held", "investigated", "contacts_listed", ""] = "",
    place: str = "",
    since: date | None = None,
    until: date | None = None,
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """Cases of the caller's jurisdiction, the latest detected first; ``waits`` names a step of the chase not yet done."""
    by = caller(request)
    chosen = listing.CaseFilter(
        status=status, found_where=found_where, waits=waits, place=place, since=since, until=until
    )  # fmt: skip
    found = listing.cases_after(listing.listed_cases(by, chosen), after)
    answer = page(lambda count: list(found[:count]), limit=limit, key=listing.case_key, show=_case)
    log_read(reader=by, subject=f"cases:{place or by.unit}"[:96], purpose="list", at=clock.city(), count=len(answer["items"]))
    return answer


def _contact(row: Contact) -> dict[str, Any]:
    return {
        "contact_id": row.pk,
        "case_id": row.case_id,
        "person_id": row.person_id,
        "place_code": row.place_code,
        "through": row.through_id,
        "grade": row.grade,
        "because": row.because,
        "rule": row.rule,
        "status": row.status,
        "last_exposed_at": row.last_exposed_at,
        "listed_at": row.listed_at,
        "kept_by": row.kept_by,
        "ended_at": row.ended_at,
    }


@router.get("/contacts")
def list_contacts(
    request: HttpRequest,
    grade: Literal["close", "secondary", "general", ""] = "",
    status: Literal["active", "released", "became_case", "withdrawn", ""] = "",
    case: str = "",
    place: str = "",
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """Contacts who stay in the caller's jurisdiction, are kept by its units, or are of its cases; the latest listed first."""
    by = caller(request)
    chosen = listing.ContactFilter(grade=grade, status=status, case=case, place=place)
    found = listing.contacts_after(listing.listed_contacts(by, chosen), after)
    answer = page(lambda count: list(found[:count]), limit=limit, key=listing.contact_key, show=_contact)
    log_read(
        reader=by, subject=f"contacts:{place or by.unit}"[:96], purpose="list", at=clock.city(), count=len(answer["items"])
    )
    return answer
