"""Searching presences under a warrant (轨迹比对): logged for the auditor and for everybody found; nobody is listed by it."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from bulou.access.actions import log_read, log_reads
from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import rows
from bulou.investigation import grades, presence_store, warrants
from bulou.investigation.choices import ExposureSource, Setting
from bulou.investigation.contacts import ContactSeen, Listed, list_contacts
from bulou.investigation.models import Contact, Search, SearchHit, Warrant
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

if TYPE_CHECKING:
    import duckdb

MOST_RINGS = 2  # the pack grades two rings; no warrant reaches further


@transaction.atomic
def search_presences(*, warrant: str, by: Actor, at: datetime, min_minutes: float = 15, rings: int = 1) -> Search:
    """Who was at a place with the case, within the warrant's window and the case's infectious time.

    Only days of the window are read, and of stays that begin before or end after it only the part inside. What is found
    is kept with the search until its day expires; it becomes contacts by ``list_found`` alone.
    """
    row = warrants.usable(warrant, by, at=at)
    if not 1 <= rings <= MOST_RINGS:
        message = f"{rings} rings"
        raise InputFault(message, column="rings", remedy=f"Give 1 to {MOST_RINGS}.")
    made = Search.objects.create(
        warrant=row, searched_at=at, searched_by=f"{by.name} · {by.unit}"[:120], unit=by.unit, min_minutes=min_minutes,
        rings=rings, elapsed_s=0,
    )  # fmt: skip
    hits, found, days, elapsed = _found(row, made, min_minutes=min_minutes, rings=rings)
    SearchHit.objects.bulk_create(hits, batch_size=500)
    made.days, made.found, made.elapsed_s = [day.isoformat() for day in days], found, elapsed
    made.save(update_fields=("days", "found", "elapsed_s"))
    ledger.record(
        tag=Tag.PRESENCES_SEARCHED,
        subject=f"warrant:{row.pk}",
        unit=row.unit,
        by=by,
        at=at,
        data={
            "case": row.case_id,
            "search": made.pk,
            "days": made.days,
            "min_minutes": min_minutes,
            "rings": rings,
            "found": found,
        },
    )
    purpose = f"presences, warrant {row.pk}"[:80]
    log_read(reader=by, subject=f"person:{row.case.person_id}", purpose=purpose, at=at, count=len(hits))
    log_reads(reader=by, subjects=[f"person:{hit.person_id}" for hit in hits], purpose=purpose, at=at)
    return made


def _found(
    row: Warrant, made: Search, *, min_minutes: float, rings: int
) -> tuple[list[SearchHit], list[int], list[date], float]:  # fmt: skip
    from bulou.matching.presence.reading import connect  # noqa: PLC0415 - DuckDB's 60 ms, where it is needed

    since = max(row.from_at, grades.infectious_since(row.case, rows.pack_now(clock.day_of(row.case.detected_at))))
    relation, days = presence_store.relation_of(row.unit, from_at=row.from_at, until_at=row.until_at)
    if not relation or since >= row.until_at:
        return [], [0] * rings, days, 0.0
    with tempfile.TemporaryDirectory(prefix="bulou-search-") as scratch:
        place = Path(scratch)
        with connect(folder=place) as connection:
            _clip(connection, relation, row, place / "presence.parquet", only_of=row.case.person_id if rings == 1 else "")
            _write_case(connection, row, since, place / "cases.parquet")
        return _traced(place, made, days, min_minutes=min_minutes, rings=rings)


def _clip(connection: duckdb.DuckDBPyConnection, relation: str, row: Warrant, to: Path, *, only_of: str) -> None:
    """Write the part of the stays that lies in the window; for one ring only at the places where the case was."""
    low, high = (int(one.timestamp() * 1_000_000) for one in (row.from_at, row.until_at))
    touching = f"a < {high} AND l > {low}"
    if only_of:
        touching += f" AND place IN (SELECT place FROM {relation} WHERE person = $person AND a < {high} AND l > {low})"
    connection.execute(
        f"COPY (SELECT person AS person_id, place AS place_id, make_timestamptz(greatest(a, {low})) AS arrived_at, "
        f"make_timestamptz(least(l, {high})) AS left_at FROM {relation} WHERE {touching}) "
        f"TO '{to}' (FORMAT parquet)",
        {"person": only_of} if only_of else None,
    )


def _write_case(connection: duckdb.DuckDBPyConnection, row: Warrant, since: datetime, to: Path) -> None:
    connection.execute(
        "COPY (SELECT $person::VARCHAR AS person_id, make_timestamptz($since::BIGINT) AS infectious_from, "
        f"make_timestamptz($until::BIGINT) AS infectious_until) TO '{to}' (FORMAT parquet)",
        {
            "person": row.case.person_id,
            "since": int(since.timestamp() * 1_000_000),
            "until": int(row.until_at.timestamp() * 1_000_000),
        },
    )


def _traced(
    place: Path, made: Search, days: Sequence[date], *, min_minutes: float, rings: int
) -> tuple[list[SearchHit], list[int], list[date], float]:  # fmt: skip
    import pyarrow.parquet as pq  # noqa: PLC0415 - 60 ms, where it is needed

    from bulou.matching.presence.trace import trace  # noqa: PLC0415 - DuckDB, where it is needed

    done = trace(
        presence=place / "presence.parquet", cases=place / "cases.parquet", min_minutes=min_minutes, rings=rings, out=place
    )
    found = [0] * rings
    hits = []
    for one in pq.read_table(place / "contacts.parquet").to_pylist():
        found[one["ring"] - 1] += 1
        hits.append(
            SearchHit(
                search=made, person_id=one["person_id"], ring=one["ring"], source_person_id=one["source_person_id"],
                place=one["place_id"][:160], from_at=one["exposed_from"], until_at=one["exposed_until"], minutes=one["minutes"],
            )
        )  # fmt: skip
    return hits, found, list(days), done.elapsed_s


@transaction.atomic
def list_found(*, search: int, people: Collection[str], by: Actor, at: datetime) -> list[Listed]:
    """Make contacts of people whom a search found: an explicit act, of those named and no others.

    Somebody of the second ring is listed through the close contact between, who is listed before, or here with them.
    """
    made = Search.objects.select_related("warrant__case").filter(pk=search).first()
    if made is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    permit(by, Operation.CHASE_CASE, made.warrant.unit)
    hits = {hit.person_id: hit for hit in SearchHit.objects.filter(search=made, person_id__in=list(people))}
    missing = sorted(set(people) - set(hits))
    if missing:
        message = f"the search did not find {missing[0]}"
        raise InputFault(message, column="people", remedy="Name people of its result.")
    case = made.warrant.case_id
    listed: list[Listed] = []
    for ring in range(1, MOST_RINGS + 1):
        mine = [hit for hit in hits.values() if hit.ring == ring]
        through = _through(case, mine) if ring > 1 else {}
        if mine:
            listed += list_contacts(case=case, seen=[_seen(hit, through) for hit in mine], by=by, at=at)
    by_person = {one.contact.person_id: one.contact for one in listed}
    for hit in hits.values():
        hit.contact = by_person.get(hit.person_id)
    SearchHit.objects.bulk_update(hits.values(), ["contact"], batch_size=200)
    return listed


def _seen(hit: SearchHit, through: dict[str, str]) -> ContactSeen:
    return ContactSeen(
        person_id=hit.person_id, setting=Setting.VENUE, place=hit.place, from_at=hit.from_at, until_at=hit.until_at,
        minutes=hit.minutes, source=ExposureSource.PRESENCE, through=through.get(hit.source_person_id, ""),
    )  # fmt: skip


def _through(case: str, hits: Sequence[SearchHit]) -> dict[str, str]:
    """The contacts of the first ring through whom these were found; who is not listed yet must be."""
    between = {hit.source_person_id for hit in hits}
    found = dict(Contact.objects.filter(case=case, person_id__in=list(between)).values_list("person_id", "code"))
    missing = sorted(between - set(found))
    if missing:
        message = f"{missing[0]}, through whom they were found, is not listed"
        raise InputFault(message, column="people", remedy="List that close contact first, or together with them.")
    return found
