"""Presences of people at places (轨迹), kept as Parquet by the local day on which a stay began; a day expires by deletion.

They lie under ``BULOU_HOME/presences/<unit>/<day>/``. The register of days names each file with its digest; a file that
no day names is a leftover of an import that was not committed, and is deleted.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import rows
from bulou.investigation.models import PresenceDay, SearchHit
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

if TYPE_CHECKING:
    import duckdb

_US = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stored:
    """How many presences were new, and the days they lie on."""

    created: int
    days: tuple[date, ...]


def root() -> Path:
    """Where presences lie."""
    return Path(settings.BULOU_HOME) / "presences"


def folder(unit: str, day: date) -> Path:
    """The folder of one day."""
    return root() / unit.replace(":", "_") / day.isoformat()


def city_of(unit: str) -> str:
    """The unit under which presences are kept: the city of whoever brings or searches them."""
    place = codes.territory(unit)
    return codes.up_to(place, codes.Level.CITY) or place if codes.is_place(place) else unit


@transaction.atomic
def store_presences(connection: duckdb.DuckDBPyConnection, *, relation: str, by: Actor, at: datetime) -> Stored:
    """Keep the rows of a DuckDB relation ``(person, place, a, l)`` (ids, microseconds since 1970 UTC), day by day.

    A row that stands already is left alone, so that a file may come twice. The rows are checked by the caller.
    """
    permit(by, Operation.STORE_PRESENCES)
    unit = city_of(by.unit)
    offset = _offset_us()
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE coming AS SELECT DISTINCT person, place, a, l, "
        f"(a + {offset}) // 86400000000 AS day FROM {relation}"
    )
    numbers = [int(row[0]) for row in connection.execute("SELECT DISTINCT day FROM coming ORDER BY day").fetchall()]
    days = {number: _EPOCH.date() + timedelta(days=number) for number in numbers}
    keep = _first_kept(at)
    early = next((day for day in days.values() if day < keep), None)
    if early is not None:
        message = f"presences of {early} are older than the pack keeps them"
        raise InputFault(message, column="arrived_at", code="expired", remedy=f"Send presences from {keep} on.")
    stand = {
        row.day: row
        for row in PresenceDay.objects.select_for_update(of=("self",)).filter(
            unit=unit, day__in=list(days.values()), expired_at=None
        )
    }
    created = 0
    for number, day in days.items():
        created += _keep(connection, stand.get(day) or PresenceDay(unit=unit, day=day, files={}), number, by=by, at=at)
    return Stored(created, tuple(days.values()))


def _keep(connection: duckdb.DuckDBPyConnection, row: PresenceDay, number: int, *, by: Actor, at: datetime) -> int:
    """Write what is new on a day as one more file; returns how many rows that is."""
    known = _relation([folder(row.unit, row.day) / name for name in row.files])
    fresh = f"SELECT person, place, a, l FROM coming WHERE day = {number}"
    if known:
        fresh += f" EXCEPT SELECT person, place, a, l FROM {known}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {fresh}")
    count = _one(connection, "SELECT count(*) FROM fresh")
    if not count:
        return 0
    target = folder(row.unit, row.day)
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"{secrets.token_hex(8)}.parquet"
    connection.execute(
        f"COPY (SELECT * FROM fresh ORDER BY place, a, l, person) TO '{_escaped(path)}' (FORMAT parquet, COMPRESSION zstd)"
    )
    with path.open("rb") as source:
        row.files[path.name] = hashlib.file_digest(source, "sha256").hexdigest()
    whole = _relation([target / name for name in row.files])
    found = connection.execute(
        f"SELECT count(*), count(DISTINCT person), count(DISTINCT place), max(l) FROM {whole}"
    ).fetchone()
    row.rows, row.people, row.places, last = found or (0, 0, 0, 0)
    row.last_left_at = _EPOCH + int(last) * _US
    row.stored_at, row.stored_by = at, f"{by.name} · {by.unit}"[:120]
    row.save()
    ledger.record(
        tag=Tag.PRESENCES_STORED,
        subject=f"presences:{row.unit}/{row.day}",
        unit=row.unit,
        by=by,
        at=at,
        data={"rows": count, "file": path.name, "sha256": row.files[path.name]},
    )
    return count


def relation_of(unit: str, *, from_at: datetime, until_at: datetime) -> tuple[str, list[date]]:
    """A DuckDB relation over the days whose stays may touch a window, and those days; '' when there are none.

    ``InputFault`` when a file that is registered is missing or was altered in size: nothing is found in a damaged store.
    """
    days = list(
        PresenceDay.objects.filter(
            unit=city_of(unit), expired_at=None, day__lte=clock.day_of(until_at), last_left_at__gt=from_at
        ).order_by("day")
    )
    paths = [folder(row.unit, row.day) / name for row in days for name in row.files]
    missing = next((path for path in paths if not path.is_file()), None)
    if missing is not None:
        message = f"the presences of {missing.parent.name} are damaged: a file is missing"
        raise InputFault(message, file=missing.name, code="damaged", remedy="Restore the folder, or import the day again.")
    return _relation(paths), [row.day for row in days]


def _relation(paths: Iterable[Path]) -> str:
    listed = ", ".join(f"'{_escaped(path)}'" for path in paths)
    return f"read_parquet([{listed}])" if listed else ""


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0


def _offset_us() -> int:
    """The city's zone in microseconds; the city has no summer time."""
    offset = _EPOCH.replace(year=2000).astimezone(clock.CITY_ZONE).utcoffset()
    return int((offset or timedelta(0)) / _US)


def _first_kept(at: datetime) -> date:
    kept = rows.pack_now(clock.day_of(at)).span("presences_kept")
    return clock.day_of(at - kept)


def expire_presences(*, at: datetime) -> int:
    """Delete the days that the pack keeps no longer, and what searches found on them; the ledger says what is gone.

    The register forgets the day first, in one transaction with the proof; then the folder goes. A folder that could not
    be deleted is a leftover, and the next pass deletes it. Returns how many days expired.
    """
    by = system(unit="CN", door=Door.SWEEP)
    over = PresenceDay.objects.filter(expired_at=None, day__lt=_first_kept(at)).order_by("day")
    expired = 0
    for pk in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            row = PresenceDay.objects.select_for_update(of=("self",)).filter(pk=pk, expired_at=None).first()
            if row is None:
                continue
            start, end = clock.day_bounds(row.day)
            hits, _ = SearchHit.objects.filter(
                search__warrant__unit__startswith=row.unit, from_at__gte=start, from_at__lt=end
            ).delete()
            row.expired_at = at
            row.save(update_fields=("expired_at",))
            shutil.rmtree(folder(row.unit, row.day), ignore_errors=True)
            gone = not folder(row.unit, row.day).exists()
            ledger.record(
                tag=Tag.PRESENCES_EXPIRED,
                subject=f"presences:{row.unit}/{row.day}",
                unit=row.unit,
                by=by,
                at=at,
                data={"rows": row.rows, "people": row.people, "files": row.files, "hits": hits, "gone": gone},
            )
        expired += 1
    tidy()
    return expired


def tidy() -> int:
    """Delete what no day names: leftovers of imports that were not committed; returns how many files."""
    if not root().is_dir():
        return 0
    named = {
        folder(row.unit, row.day) / name for row in PresenceDay.objects.filter(expired_at=None) for name in row.files
    }  # fmt: skip
    left = [path for path in root().glob("*/*/*") if path not in named]
    for path in left:
        path.unlink(missing_ok=True)
    for empty in (*root().glob("*/*"), *root().glob("*")):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
    return len(left)
