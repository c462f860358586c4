"""``import KIND FILE``: one action for every kind, one ledger entry for every file, and a duty where rows were refused."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties.opening import Owed, open_duty
from bulou.exchange import loading, residents
from bulou.exchange.by_row import RowKind, take_rows
from bulou.exchange.kinds import (
    books,
    cases,
    contacts,
    drivers,
    isolation_sites,
    laboratories,
    links,
    presences,
    restrictions,
    results,
    rooms,
    self_tests,
    sites,
    specimens,
    units,
    vehicles,
)
from bulou.exchange.mapping import NO_MAPPING, ColumnMap
from bulou.exchange.shelf import BOOKS
from bulou.exchange.staging import Check, Staged, counted, stage, write_rejects
from bulou.investigation.presence_store import tidy
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.clock import CITY_ZONE
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import Division
from bulou.rounds.choices import ExemptionReason
from bulou.tables.relation import literal

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of a file's rows; ``rows_in`` is always the sum of the other four."""

    rows_in: int
    created: int
    updated: int
    unchanged: int
    rejected: int

    def as_json(self) -> dict[str, int]:
        """The keys of CONTRACT's ``import --json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a kind of file is read: its key, columns and checks, and where its good rows go."""

    key: tuple[str, ...]
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    checks: Callable[[Actor, datetime, frozenset[str]], list[Check]]
    take: Callable[[duckdb.DuckDBPyConnection, Staged, Actor, datetime, str, str], tuple[int, int]]  # …, round, source
    layers: Callable[[datetime, frozenset[str]], list[str]] = lambda _at, _columns: []
    tidy: Callable[[], object] | None = None  # always called last: what take left outside of the database, uncommitted


def import_file(
    *,
    kind: str,
    path: Path,
    by: Actor,
    at: datetime,
    round_code: str = "",
    mapping: ColumnMap | None = None,
    dry_run: bool = False,
    rejects: Path | None = None,
) -> Counts:
    """Take a file into the city; all its good rows in one transaction, or with ``dry_run`` the same counts and nothing.

    ``mapping`` renames the file's columns, fills some, and says words otherwise. ``InputFault`` refuses the file for what
    is wrong with it as a whole.
    """
    permit(by, Operation.IMPORT_FILE)
    how = KINDS.get(kind)
    if how is None:
        message = f"no kind {kind!r} can be imported"
        raise InputFault(message, code="kind", remedy=f"Kinds: {', '.join(sorted(KINDS))}.")
    import duckdb  # noqa: PLC0415 - 60 ms that other commands should not pay

    with tempfile.TemporaryDirectory(prefix="bulou-import-") as folder, duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("SET enable_progress_bar = false")  # it would be drawn on stdout, into the JSON
        connection.execute(f"SET TimeZone = '{CITY_ZONE.key}'")  # an instant without an offset is in the city's zone
        _divisions(connection)
        digest = _digest(path)
        staged = stage(
            connection,
            path,
            key=how.key,
            needed=how.needed,
            optional=how.optional,
            names=how.names,
            mapping=mapping or NO_MAPPING,
            checks=lambda columns: how.checks(by, at, columns),
            folder=Path(folder),
            layers=lambda columns: how.layers(at, columns),
        )
        with _tidied(how), transaction.atomic():
            created, updated = how.take(connection, staged, by, at, round_code, f"file:{digest[:32]}")
            staged = counted(connection, staged.source)  # an action may have refused more
            if rejects is not None and staged.rejected:
                write_rejects(connection, staged, rejects)
            counts = Counts(
                rows_in=staged.rows_in,
                created=created,
                updated=updated,
                unchanged=staged.rows_in - staged.rejected - created - updated,
                rejected=staged.rejected,
            )
            if dry_run:
                transaction.set_rollback(True)
            else:
                _record(kind, path, digest, counts, round_code=round_code, by=by, at=at)
    return counts


@contextmanager
def _tidied(how: Kind) -> Iterator[None]:
    try:
        yield
    finally:
        if how.tidy is not None:
            how.tidy()


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""  # said better by whoever opens it
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _record(kind: str, path: Path, digest: str, counts: Counts, *, round_code: str, by: Actor, at: datetime) -> None:
    """The one entry of a file: its hash, its counts, its round."""
    entry = ledger.record(
        tag=Tag.FILE_IMPORTED,
        subject=f"file:{digest[:32]}",
        unit=by.unit,
        by=by,
        at=at,
        data={"kind": kind, "name": path.name, "sha256": digest, "round": round_code, **counts.as_json()},
    )
    if counts.rejected:
        open_duty(
            Owed(
                kind="import.reviewed",
                about=f"import:{entry.pk}",
                label=f"{path.name}: {counts.rejected} / {counts.rows_in}",
                place_code=codes.territory(by.unit),
                owners={"explicit": by.unit},
                why=f"{counts.rejected} rows were refused",
            ),
            by=by,
            at=at,
        )


def _divisions(connection: duckdb.DuckDBPyConnection) -> None:
    """The known division codes, for checking places as a set."""
    codes_ = list(Division.objects.values_list("code", flat=True))
    connection.execute("CREATE TEMP TABLE divisions AS SELECT unnest(?::VARCHAR[]) AS code", [codes_])


def _exemption_checks(by: Actor, at: datetime, columns: frozenset[str]) -> list[Check]:
    del by, at, columns
    reasons = ", ".join(f"'{reason.value}'" for reason in ExemptionReason)
    return [
        Check("person_id", "person_id = ''", "the id is blank"),
        Check("reason", f"reason NOT IN ({reasons})", f"not one of {reasons}"),
    ]


def _take_exemptions(
    connection: duckdb.DuckDBPyConnection, staged: Staged, by: Actor, at: datetime, round_code: str, source: str
) -> tuple[int, int]:
    del staged, source
    row = residents.open_round(round_code)
    permit(by, Operation.GRANT_EXEMPTION, row.owner_id)
    target = loading.Target(
        table="rounds_exemption",
        key=("round_id", "person_id"),
        columns=[loading.Column("round_id", of=literal(row.pk)), loading.Column("person_id"), loading.Column("reason")],
        defaults=[("note", ""), ("granted_at", at.isoformat(sep=" ")), ("granted_by", f"{by.name} · {by.unit}"[:120])],
    )
    return loading.load(connection, target)


def _by_row(kind: RowKind) -> Kind:
    """A kind whose rows go through the public actions of their room."""

    def take(
        connection: duckdb.DuckDBPyConnection, staged: Staged, by: Actor, at: datetime, round_code: str, source: str
    ) -> tuple[int, int]:
        del source
        return take_rows(connection, kind, staged.source.columns, by=by, at=at, round_code=round_code)

    return Kind(key=kind.key, needed=kind.needed, optional=kind.optional, names=kind.names, checks=_none, take=take)


def _none(by: Actor, at: datetime, columns: frozenset[str]) -> list[Check]:
    del by, at, columns
    return []


_RESIDENTS = Kind(
    key=("person_id",),
    needed=residents.NEEDED,
    optional=residents.OPTIONAL,
    names={"unit_code": "place_code"},
    checks=residents.checks,
    take=residents.take,
    layers=residents.layers,
)
KINDS: Mapping[str, Kind] = {
    "units": _by_row(units.KIND),
    "presences": Kind(key=presences.COLUMNS, needed=presences.COLUMNS, checks=presences.checks, take=presences.take, tidy=tidy),
    "cases": _by_row(cases.KIND),
    "contacts": _by_row(contacts.KIND),
    "links": _by_row(links.KIND),
    "sites": _by_row(sites.KIND),
    "laboratories": _by_row(laboratories.KIND),
    "vehicles": _by_row(vehicles.KIND),
    "drivers": _by_row(drivers.KIND),
    "isolation_sites": _by_row(isolation_sites.KIND),
    "rooms": _by_row(rooms.KIND),
    "specimens": _by_row(specimens.KIND),
    "results": _by_row(results.KIND),
    "self_tests": _by_row(self_tests.KIND),
    "restrictions": _by_row(restrictions.KIND),
    "residents": _RESIDENTS,
    "roster": _RESIDENTS,
    "exemptions": Kind(key=("person_id",), needed=("person_id", "reason"), checks=_exemption_checks, take=_take_exemptions),
    **{name: _by_row(books.kind(book, book.opens)) for name, book in BOOKS.items() if book.opens is not None and book.in_files},
}
