"""``export KIND``: what the reader may see, as a table that ``import`` takes back unchanged; noted before it is given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.exchange.kinds import (
    base_figures,
    base_numbers,
    books,
    cases,
    contacts,
    drivers,
    duties,
    isolation_sites,
    laboratories,
    links,
    people,
    restrictions,
    results,
    rooms,
    self_tests,
    sites,
    specimens,
    units,
    unreached,
    vehicles,
)
from bulou.exchange.shelf import BOOKS
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds.models import TestingRound
from bulou.tables.writing import write_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was given out: how many rows, and the file's SHA-256."""

    kind: str
    rows: int
    sha256: str

    def as_json(self) -> dict[str, object]:
        """The keys of ``export --json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a kind of export gives, who may have it, whether it tells of people, and whether a round is named."""

    columns: Sequence[str]
    rows: Callable[[Actor, str], Iterator[Sequence[str]]]
    operation: Operation
    personal: bool = False
    by_round: bool | None = None  # None: never, False: may be, True: must be


def export_file(*, kind: str, target: Path, by: Actor, at: datetime, round_code: str = "") -> Exported:
    """Write what the actor may see of a kind to ``target`` (its ending is the format).

    Ledger entry and, for personal data, read log are committed with the file's hash before this returns. ``InputFault``:
    no such kind, a round that is missing, unknown or not asked for. ``NotPermitted``: not for this role.
    """
    permit(by, Operation.EXPORT_FILE)
    how = KINDS.get(kind)
    if how is None:
        message = f"no kind {kind!r} can be exported"
        raise InputFault(message, code="kind", remedy=f"Kinds: {', '.join(sorted(KINDS))}.")
    permit(by, how.operation)
    _check_round(kind, how, round_code)
    # Under another name until it is noted: a file that nobody can account for never stands where it was asked for.
    unnoted = target.with_name(f".unnoted-{target.name}")
    try:
        with transaction.atomic():
            count = write_table(unnoted, how.columns, how.rows(by, round_code))
            digest = _note(unnoted, kind, count, round_code, personal=how.personal, by=by, at=at)
        unnoted.replace(target)
    except InputFault as fault:
        fault.file = target.name
        raise
    finally:
        unnoted.unlink(missing_ok=True)
    return Exported(kind=kind, rows=count, sha256=digest)


def note_export(path: Path, *, kind: str, count: int, personal: bool, by: Actor, at: datetime) -> str:
    """Note a file that a page gives out: ledger entry and, for personal data, read log; returns the file's hash."""
    permit(by, Operation.EXPORT_FILE)
    with transaction.atomic():
        return _note(path, kind, count, "", personal=personal, by=by, at=at)


def _note(path: Path, kind: str, count: int, round_code: str, *, personal: bool, by: Actor, at: datetime) -> str:
    """Ledger entry and, for personal data, read log; returns the file's hash."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    ledger.record(
        tag=Tag.FILE_EXPORTED,
        subject=f"file:{digest[:32]}",
        unit=by.unit,
        by=by,
        at=at,
        data={"kind": kind, "round": round_code, "sha256": digest, "rows": count},
    )
    if personal:
        log_read(reader=by, subject=f"{kind}:{round_code or by.unit}"[:96], purpose="export", at=at, count=count)
    return digest


def _check_round(kind: str, how: Kind, round_code: str) -> None:
    if how.by_round and not round_code:
        message = f"{kind} are of one round"
        raise InputFault(message, code="no-round", column="--round", remedy="Name it with --round.")
    if round_code and how.by_round is None:
        message = f"{kind} are of no round"
        raise InputFault(message, code="round", column="--round", remedy="Leave --round out.")
    if round_code and not TestingRound.objects.filter(pk=round_code).exists():
        message = f"no round {round_code!r}"
        raise InputFault(message, code="no-round", column="--round", remedy="bulou round list shows them.")


KINDS: Mapping[str, Kind] = {
    "units": Kind(columns=units.COLUMNS, rows=units.rows, operation=Operation.EXPORT_FILE),
    "residents": Kind(columns=people.RESIDENT_COLUMNS, rows=people.residents, operation=Operation.SEE_PEOPLE, personal=True),
    "roster": Kind(
        columns=people.ROSTER_COLUMNS, rows=people.roster, operation=Operation.SEE_PEOPLE, personal=True, by_round=True
    ),
    "exemptions": Kind(
        columns=people.EXEMPTION_COLUMNS, rows=people.exemptions, operation=Operation.SEE_PEOPLE, personal=True, by_round=True
    ),
    "sites": Kind(columns=sites.COLUMNS, rows=sites.rows, operation=Operation.SEE_ROUND, by_round=False),
    "vehicles": Kind(columns=vehicles.COLUMNS, rows=vehicles.rows, operation=Operation.SEE_TRANSFERS),
    "drivers": Kind(columns=drivers.COLUMNS, rows=drivers.rows, operation=Operation.SEE_TRANSFERS),
    "laboratories": Kind(columns=laboratories.COLUMNS, rows=laboratories.rows, operation=Operation.SEE_ROUND),
    "isolation_sites": Kind(columns=isolation_sites.COLUMNS, rows=isolation_sites.rows, operation=Operation.SEE_ISOLATION),
    "rooms": Kind(columns=rooms.COLUMNS, rows=rooms.rows, operation=Operation.SEE_ISOLATION),
    "specimens": Kind(
        columns=specimens.COLUMNS, rows=specimens.rows, operation=Operation.SEE_PEOPLE, personal=True, by_round=False
    ),
    "results": Kind(columns=results.COLUMNS, rows=results.rows, operation=Operation.SEE_CHAIN, personal=True, by_round=False),
    "cases": Kind(columns=cases.COLUMNS, rows=cases.rows, operation=Operation.SEE_CASES, personal=True),
    "contacts": Kind(columns=contacts.COLUMNS, rows=contacts.rows, operation=Operation.SEE_CONTACTS, personal=True),
    "links": Kind(columns=links.COLUMNS, rows=links.rows, operation=Operation.SEE_CASES, personal=True),
    "base_numbers": Kind(columns=base_numbers.COLUMNS, rows=base_numbers.rows, operation=Operation.SEE_FIGURES),
    "base_figures": Kind(columns=base_figures.COLUMNS, rows=base_figures.rows, operation=Operation.SEE_FIGURES),
    "restrictions": Kind(
        columns=restrictions.COLUMNS, rows=restrictions.rows, operation=Operation.SEE_RESTRICTIONS, personal=True
    ),
    "unreached": Kind(columns=unreached.COLUMNS, rows=unreached.rows, operation=Operation.SEE_SUPPLIES, personal=True),
    "duties": Kind(columns=duties.COLUMNS, rows=duties.rows, operation=Operation.SEE_DUTIES, personal=True),
    **{
        name: Kind(columns=books.columns(book), rows=books.rows(book), operation=book.see, personal=book.personal)
        for name, book in BOOKS.items()
    },
    "self_tests": Kind(
        columns=self_tests.COLUMNS, rows=self_tests.rows, operation=Operation.SEE_PEOPLE, personal=True, by_round=False
    ),
}
