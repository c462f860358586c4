"""Kinds whose rows go through their room's public actions, in bounded batches, each row with its own answer.

A row's answer is that it was created, that it stood already (unchanged), or what refuses it; one row's fault undoes that
row alone. Rows that belong together (the people of one tube) are one record and get one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.exchange.staging import key_of
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError
from bulou.restrictions.actions import sound
from bulou.tables.relation import quoted

if TYPE_CHECKING:
    import duckdb

BATCH = 500  # records in one batch, as many as the actions for many take
_FETCH = 10_000

Record = list[dict[str, str]]  # the rows of one record, in the file's order
UPDATED: Final = "updated"
Answer = bool | Literal["updated"] | BulouError  # created or not, changed what stood, or what refuses it
Scan = TypeVar("Scan")


class Taken(Protocol):
    """What an action for many answers for one record."""

    @property
    def created(self) -> bool:
        """Whether this was the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKind:
    """How a kind of row is read and who may write it.

    ``key`` names a row; ``record`` names what its rows make up (the tube of a specimen), by default the row itself.
    ``take`` answers a batch of records in their order. Blank cells of ``key`` are ``take``'s to refuse.
    """

    key: tuple[str, ...]
    needed: tuple[str, ...]
    take: Callable[[Sequence[Record], Actor, datetime, str], Sequence[Answer]]
    operation: Operation
    optional: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    record: tuple[str, ...] = ()
    sorted: bool = False  # by key, not in the file's order: superiors before those below them


def take_rows(
    connection: duckdb.DuckDBPyConnection, kind: RowKind, columns: Sequence[str], *, by: Actor, at: datetime, round_code: str
) -> tuple[int, int]:
    """Take the rows of the view ``good``; what is refused is marked in ``staged``; (created, updated) in rows."""
    permit(by, kind.operation)
    for name in columns:  # PostgreSQL holds no NUL in a text, and would refuse the whole transaction
        connection.execute(
            "UPDATE staged SET problem = 'a NUL character stands in the cell', problem_column = ? "
            f"WHERE problem IS NULL AND contains({quoted(name)}, chr(0))",
            [name],
        )
    if kind.record:
        _refuse_whole_records(connection, kind)
    created = updated = 0
    refused: list[tuple[int, str, str]] = []
    records = _records(connection, kind, columns)
    while batch := list(islice(records, BATCH)):
        answers = kind.take([[row for _, row in one] for one in batch], by, at, round_code)
        for one, answer in zip(batch, answers, strict=True):
            if isinstance(answer, BulouError):
                refused += [(n, _said(answer), answer.column) for n, _ in one]
            elif answer == UPDATED:
                updated += len(one)
            elif answer:
                created += len(one)
    _mark(connection, tuple(name for name in kind.key if name in columns), refused)
    return created, updated


def each(records: Iterable[Record], act: Callable[[Record], bool | Literal["updated"]]) -> list[Answer]:
    """Answer records one by one, each in a savepoint: what an action refused has left nothing behind."""
    answers: list[Answer] = []
    for record in records:
        try:
            with transaction.atomic():
                answers.append(act(record))
        except BulouError as fault:
            sound(fault)  # outside the row's savepoint: a stopped restriction alarms with the import's own transaction
            answers.append(fault)
    return answers


def together(
    records: Sequence[Record], read: Callable[[Record], Scan], act: Callable[[list[Scan]], Sequence[Taken | BulouError]]
) -> list[Answer]:
    """Answer records by one action for many; those that cannot even be read are refused before it."""
    answers: dict[int, Answer] = {}
    scans: list[tuple[int, Scan]] = []
    for place, record in enumerate(records):
        try:
            scans.append((place, read(record)))
        except BulouError as fault:
            answers[place] = fault
    for (place, _), found in zip(scans, act([scan for _, scan in scans]), strict=True):
        answers[place] = found if isinstance(found, BulouError) else found.created
    return [answers[place] for place in range(len(records))]


def _records(
    connection: duckdb.DuckDBPyConnection, kind: RowKind, columns: Sequence[str]
) -> Iterator[list[tuple[int, dict[str, str]]]]:
    names = ", ".join(quoted(name) for name in columns)
    parts = ", ".join(quoted(name) for name in kind.record)
    if kind.record:
        order = f"min(n) OVER (PARTITION BY {parts}), n"
    else:
        order = ", ".join(quoted(name) for name in kind.key if name in columns) if kind.sorted else "n"
    found = connection.execute(f"SELECT n, {names} FROM good ORDER BY {order}")

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        while fetched := found.fetchmany(_FETCH):
            for n, *cells in fetched:
                yield n, dict(zip(columns, cells, strict=True))

    def group(numbered: tuple[int, dict[str, str]]) -> object:
        return tuple(numbered[1][name] for name in kind.record) if kind.record else numbered[0]

    for _, members in groupby(rows(), key=group):
        yield list(members)


def _refuse_whole_records(connection: duckdb.DuckDBPyConnection, kind: RowKind) -> None:
    """A record with one refused row is refused whole: a tube is never registered with fewer people than it holds."""
    parts = ", ".join(quoted(name) for name in kind.record)
    connection.execute(
        f"UPDATE staged SET problem = 'another row of the same record is refused', problem_column = ? "
        f"WHERE problem IS NULL AND ({parts}) IN (SELECT ({parts}) FROM staged WHERE problem IS NOT NULL)",
        [kind.record[0]],
    )


def _said(fault: BulouError) -> str:
    return f"{fault.message}. {fault.remedy}" if fault.remedy else fault.message


def _mark(connection: duckdb.DuckDBPyConnection, key: tuple[str, ...], refused: Sequence[tuple[int, str, str]]) -> None:
    """Note the refusals beside their rows, as a set."""
    if not refused:
        return
    import pyarrow as pa  # noqa: PLC0415 - only where rows were refused

    columns = list(zip(*refused, strict=True))
    connection.register("refused", pa.table({"n": columns[0], "problem": columns[1], "about": columns[2]}))
    connection.execute(
        "UPDATE staged SET problem = refused.problem, problem_column = refused.about FROM refused WHERE staged.n = refused.n"
    )
    # An identical repeat of a refused row is refused with it: it was never taken, so it cannot be unchanged.
    connection.execute(
        "UPDATE staged SET problem = f.problem, problem_column = f.problem_column FROM twice, staged AS f "
        "WHERE twice.contents = 1 AND f.n = twice.first AND f.problem IS NOT NULL AND staged.problem IS NULL "
        f"AND {key_of(key)} = twice.k"
    )
    connection.unregister("refused")
