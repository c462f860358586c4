"""``import KIND FILE``: one action for every kind, one ledger entry for every file, and a duty where rows were refused."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties.opening import Owed, open_duty
from bulou.exchange import loading
from bulou.exchange.by_row import RowKind, take_rows
from bulou.exchange.kinds import cases, contacts, laboratories, links, restrictions, results, sites, specimens, units
from bulou.exchange.mapping import NO_MAPPING, ColumnMap
from bulou.exchange.staging import Check, Staged, counted, stage, write_rejects
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import Division
from bulou.rounds.choices import ExemptionReason, RoundState
from bulou.rounds.models import TestingRound

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
    checks: Callable[[Actor], list[Check]]
    take: Callable[[duckdb.DuckDBPyConnection, Staged, Actor, datetime, str], tuple[int, int]]


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
        _divisions(connection)
        staged = stage(
            connection,
            path,
            key=how.key,
            needed=how.needed,
            optional=how.optional,
            names=how.names,
            mapping=mapping or NO_MAPPING,
            checks=how.checks(by),
            folder=Path(folder),
        )
        with transaction.atomic():
            created, updated = how.take(connection, staged, by, at, round_code)
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
                _record(kind, path, counts, by=by, at=at)
    return counts


def _record(kind: str, path: Path, counts: Counts, *, by: Actor, at: datetime) -> None:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    entry = ledger.record(
        tag=Tag.FILE_IMPORTED,
        subject=f"file:{digest[:32]}",
        unit=by.unit,
        by=by,
        at=at,
        data={"kind": kind, "name": path.name, "sha256": digest, **counts.as_json()},
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
    connection.execute("CREATE TEMP TABLE divisions (code VARCHAR)")
    rows = [(code,) for code in Division.objects.values_list("code", flat=True)]
    if rows:
        connection.executemany("INSERT INTO divisions VALUES (?)", rows)


_PLACE_FORM = r"^\d{12}(-\d{4}(-\d{3})?)?$"


def _resident_checks(by: Actor) -> list[Check]:
    low, high = codes.below(codes.territory(by.unit))
    return [
        Check("person_id", "person_id = '' OR length(person_id) > 40", "the id is blank or longer than 40 characters"),
        Check("place_code", f"NOT regexp_matches(place_code, '{_PLACE_FORM}')", "not the code of a community or deeper"),
        Check("place_code", "left(place_code, 12) NOT IN (SELECT code FROM divisions)", "no such community"),
        Check("place_code", f"place_code < '{low}' OR place_code >= '{high}'", "outside of your jurisdiction"),
    ]


_RESIDENT = ("household_id", "name", "identity_kind", "identity_number", "birth_on", "phone", "vulnerable", "guardian_id")


def _take_residents(
    connection: duckdb.DuckDBPyConnection, staged: Staged, by: Actor, at: datetime, round_code: str
) -> tuple[int, int]:
    """Residents of the city; with a round, its roster too (rows new to either count as created)."""
    columns = [loading.Column("person_id"), loading.Column("place_code")]
    columns += [
        loading.Column(name, "date" if name == "birth_on" else "") for name in _RESIDENT if name in staged.source.columns
    ]
    place = _place(staged)
    select = "SELECT " + ", ".join(f"{place} AS place_code" if c.name == "place_code" else c.name for c in columns)
    target = loading.Target(
        table="people_resident",
        key=("person_id",),
        columns=columns,
        defaults=[(name, "") for name in _RESIDENT if name not in {"birth_on", "identity_kind"}] + [("identity_kind", "none")],
    )
    created, updated = loading.load(connection, f"{select} FROM good", target)
    ledger.record(
        tag=Tag.ROSTER_IMPORTED,
        subject=f"roster:{by.unit}",
        unit=by.unit,
        by=by,
        at=at,
        data={"created": created, "updated": updated, "round": round_code},
    )
    if round_code:
        _take_roster(connection, staged, round_code)
    return created, updated


def _place(staged: Staged) -> str:
    """The place code, made deeper by ``building`` and ``floor`` where a file gives them apart."""
    if not {"building", "floor"} & set(staged.source.columns):
        return "place_code"
    floor = "floor" if "floor" in staged.source.columns else "''"
    building = "building" if "building" in staged.source.columns else "''"
    number = f"lpad(regexp_extract({building}, '\\d+'), 4, '0')"
    deeper = f"place_code || '-' || {number}"
    level = f"lpad(regexp_extract({floor}, '\\d+'), 3, '0')"
    return (
        f"CASE WHEN length(place_code) > 12 OR regexp_extract({building}, '\\d+') = '' THEN place_code "
        f"WHEN regexp_extract({floor}, '\\d+') = '' THEN {deeper} ELSE {deeper} || '-' || {level} END"
    )


def _open_round(round_code: str) -> TestingRound:
    row = TestingRound.objects.filter(pk=round_code).first()
    if row is None:
        message = f"no round {round_code!r}"
        raise InputFault(message, code="no-round", column="--round", remedy="bulou round list shows them.")
    if row.state not in {RoundState.PLANNED, RoundState.OPEN}:
        message = f"the round {round_code} is {row.state}"
        raise InputFault(message, code="round-state", column="--round", remedy="Its roster is fixed.")
    return row


def _take_roster(connection: duckdb.DuckDBPyConnection, staged: Staged, round_code: str) -> None:
    _open_round(round_code)
    household = "household_id" if "household_id" in staged.source.columns else "''"
    target = loading.Target(
        table="rounds_rosterentry",
        key=("round_id", "person_id"),
        columns=[loading.Column(name) for name in ("round_id", "person_id", "place_code", "household_id")],
    )
    select = f"SELECT '{round_code}', person_id, {_place(staged)}, {household} FROM good"
    loading.load(connection, select, target)


def _exemption_checks(by: Actor) -> list[Check]:
    del by
    reasons = ", ".join(f"'{reason.value}'" for reason in ExemptionReason)
    return [
        Check("person_id", "person_id = ''", "the id is blank"),
        Check("reason", f"reason NOT IN ({reasons})", f"not one of {reasons}"),
    ]


def _take_exemptions(
    connection: duckdb.DuckDBPyConnection, staged: Staged, by: Actor, at: datetime, round_code: str
) -> tuple[int, int]:
    del staged
    row = _open_round(round_code)
    permit(by, Operation.GRANT_EXEMPTION, row.owner_id)
    target = loading.Target(
        table="rounds_exemption",
        key=("round_id", "person_id"),
        columns=[loading.Column("round_id"), loading.Column("person_id"), loading.Column("reason")],
        defaults=[("note", ""), ("granted_at", at.isoformat(sep=" ")), ("granted_by", f"{by.name} · {by.unit}"[:120])],
    )
    made = loading.load(connection, f"SELECT '{row.pk}', person_id, reason FROM good", target)
    ledger.record(
        tag=Tag.EXEMPTION_GRANTED,
        subject=f"round:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"created": made[0], "updated": made[1]},
    )
    return made


def _by_row(kind: RowKind) -> Kind:
    """A kind whose rows go through the public actions of their room."""

    def take(
        connection: duckdb.DuckDBPyConnection, staged: Staged, by: Actor, at: datetime, round_code: str
    ) -> tuple[int, int]:
        return take_rows(connection, kind, staged.source.columns, by=by, at=at, round_code=round_code)

    return Kind(key=kind.key, needed=kind.needed, optional=kind.optional, names=kind.names, checks=lambda _by: [], take=take)


KINDS: Mapping[str, Kind] = {
    "units": _by_row(units.KIND),
    "cases": _by_row(cases.KIND),
    "contacts": _by_row(contacts.KIND),
    "links": _by_row(links.KIND),
    "sites": _by_row(sites.KIND),
    "laboratories": _by_row(laboratories.KIND),
    "specimens": _by_row(specimens.KIND),
    "results": _by_row(results.KIND),
    "restrictions": _by_row(restrictions.KIND),
    "residents": Kind(
        key=("person_id",),
        needed=("person_id", "place_code"),
        optional=(*_RESIDENT, "building", "floor"),
        names={"unit_code": "place_code"},
        checks=_resident_checks,
        take=_take_residents,
    ),
    "roster": Kind(
        key=("person_id",),
        needed=("person_id", "place_code"),
        optional=(*_RESIDENT, "building", "floor"),
        names={"unit_code": "place_code"},
        checks=_resident_checks,
        take=_take_residents,
    ),
    "exemptions": Kind(key=("person_id",), needed=("person_id", "reason"), checks=_exemption_checks, take=_take_exemptions),
}
