"""Residents and rosters of millions, taken by set: who may be changed, which documents hold, how base numbers move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db import connection as city

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.exchange import identities, loading, staging
from bulou.exchange.staging import Check, Staged
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.people import drift
from bulou.people.choices import DriftCause, Vulnerability
from bulou.people.models import Resident
from bulou.rounds.choices import RoundState
from bulou.rounds.models import TestingRound
from bulou.tables.relation import literal

if TYPE_CHECKING:
    import duckdb

NEEDED = ("person_id", "place_code")
FIELDS = (
    "household_id", "name", "identity_kind", "identity_number", "birth_on", "phone", "vulnerable", "guardian_id", "since_on",
    "left_on",
)  # fmt: skip
OPTIONAL = (*FIELDS, "cause", "building", "floor")
_DAYS = ("birth_on", "since_on", "left_on")
_LENGTHS = {"household_id": 40, "name": 80, "phone": 32, "guardian_id": 40, "vulnerable": 120}
_PLACE_FORM = r"^[0-9]{12}(-[0-9]{4}(-[0-9]{3})?)?$"
_CAUSES = (DriftCause.REGISTERED, DriftCause.ARRIVED, DriftCause.BORN, DriftCause.FOUND)
_ONE_FILE_AT_A_TIME = 0x62756C70  # "bulp": two files that move the same people would each count them
OUTSIDE = "outside of your jurisdiction. Ask the unit above both to move the person"


def checks(by: Actor, at: datetime, columns: frozenset[str]) -> list[Check]:
    """What refuses a row before the city is asked; ``InputFault`` for columns that do not go together."""
    if "identity_kind" in columns and "identity_number" not in columns:
        message = "identity_kind stands without identity_number"
        raise InputFault(message, column="identity_kind", code="column-missing", remedy="Add the column, or leave both out.")
    low, high = codes.below(codes.territory(by.unit))
    today = clock.day_of(at)
    found = [
        Check("person_id", "person_id = '' OR length(person_id) > 40", "the id is blank or longer than 40 characters"),
        Check("place_code", f"NOT regexp_full_match(place_code, '{_PLACE_FORM}')", "not the code of a community or deeper"),
        Check("place_code", "left(place_code, 12) NOT IN (SELECT code FROM divisions)", "no such community"),
        Check("place_code", f"place_code < '{low}' OR place_code >= '{high}'", OUTSIDE),
    ]
    if "identity_number" in columns:
        found.append(Check(identities.column(), f"{identities.PROBLEM} IS NOT NULL", identities.said(), is_sql=True))
    found += [
        Check(name, f"length({name}) > {most}", f"longer than {most} characters")
        for name, most in _LENGTHS.items()
        if name in columns
    ]
    for name in sorted(columns):  # PostgreSQL holds no NUL in a text, and would refuse the whole file
        found.append(Check(name, f"contains({name}, chr(0))", "a NUL character stands in the cell"))
    for name in _DAYS:
        if name in columns:
            day = identities.day(name)
            wrong = f"{name} <> '' AND (length({day}) <> 10 OR coalesce(TRY_CAST({day} AS DATE) > DATE '{today}', true))"
            found.append(Check(name, wrong, "not a day up to today. Write 1980-01-31"))
    if "vulnerable" in columns:
        needs = ", ".join(literal(need) for need in sorted(Vulnerability))
        wrong = f"vulnerable <> '' AND NOT list_has_all([{needs}], string_split(vulnerable, ';'))"
        found.append(Check("vulnerable", wrong, f"needs are joined by ; and are of {needs}"))
    if "cause" in columns:
        causes = ", ".join(literal(cause) for cause in _CAUSES)
        found.append(Check("cause", f"cause NOT IN ('', {causes})", f"people are entered as one of {causes}"))
    return found


def layers(at: datetime, columns: frozenset[str]) -> list[str]:
    """Documents as they are kept, beside the file's own columns."""
    return identities.layers(columns, today=clock.day_of(at))


def take(
    connection: duckdb.DuckDBPyConnection, staged: Staged, by: Actor, at: datetime, round_code: str, source: str
) -> tuple[int, int]:
    """Residents of the city; with a round, its roster too (rows new to either count as created).

    A row is taken where both the place that it names and the place where the person stays now are the actor's. ``source``
    (the file) stands beside every step of a base number.
    """
    permit(by, Operation.KEEP_PEOPLE)
    columns = frozenset(staged.source.columns)
    _refuse_strange_guardians(connection, columns, by)
    if city.vendor == "postgresql":
        with city.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_FILE_AT_A_TIME])
    counts = _again_if_overtaken(lambda: _merge(connection, _target(staged, columns), columns, by, at, source))
    if round_code:
        take_roster(connection, staged, round_code)
    return counts


def _again_if_overtaken(merge: Callable[[], tuple[int, int]]) -> tuple[int, int]:
    """Merge; when somebody of the file is entered by hand meanwhile, once more: the second look finds them standing."""
    try:
        with transaction.atomic():
            return merge()
    except IntegrityError:
        with transaction.atomic():
            return merge()


def _merge(
    connection: duckdb.DuckDBPyConnection, target: loading.Target, columns: frozenset[str], by: Actor, at: datetime, source: str
) -> tuple[int, int]:
    """The good rows into the city and its book of base numbers; (created, updated)."""
    updated = 0
    moved: drift.Steps = {}
    if loading.stage_in(connection, target) and loading.note_changed(target, keep=("place_code", "left_on")):
        low, high = codes.below(codes.territory(by.unit))
        foreign = ("was_place_code < %s OR was_place_code >= %s", (low, high))
        if refused := loading.changed_where("person_id", *foreign):
            staging.refuse(connection, "person_id", refused, column="person_id", problem=OUTSIDE)
            loading.leave_out("person_id", *foreign)
        updated = loading.update_changed(target)
        moved = drift.of_changed(changed=loading.CHANGED)
    drift.note(drift.merged(moved, _added(connection, columns)), at=at, source=source)
    created = loading.insert_new(connection, target)
    loading.clear()
    return created, updated


def _added(connection: duckdb.DuckDBPyConnection, columns: frozenset[str]) -> drift.Steps:
    """What the new people of a file add to the base numbers."""
    found = connection.execute(
        f"SELECT left(place_code, {drift.COMMUNITY}), {drift.cause_of_new(columns)} AS cause, count(*) FROM {loading.FRESH} "
        "GROUP BY 1, 2 HAVING cause <> ''"
    ).fetchall()
    return {(place, cause): count for place, cause, count in found}


def _target(staged: Staged, columns: frozenset[str]) -> loading.Target:
    """Where the rows go, and the expressions that they are given by."""
    numbered = "identity_number" in columns
    expressions = {"person_id": "person_id", "place_code": place(staged)}
    expressions |= {name: name for name in FIELDS if name in columns}
    expressions |= {name: identities.day(name) for name in _DAYS if name in columns}
    if numbered:
        expressions["identity_kind"] = identities.KIND
        expressions["identity_number"] = identities.NUMBER
        expressions["birth_on"] = identities.BIRTH
    if "cause" in columns:
        expressions["cause"] = "cause"
    made = [
        loading.Column(
            name,
            "date" if name in _DAYS else "",
            of,
            keeps=name == "birth_on" and "birth_on" not in columns,
            beside=name == "cause",
        )
        for name, of in expressions.items()
    ]
    defaults = [(name, "") for name in FIELDS if name not in {*_DAYS, "identity_kind"}] + [("identity_kind", "none")]
    return loading.Target(table="people_resident", key=("person_id",), columns=made, defaults=defaults)


def _refuse_strange_guardians(connection: duckdb.DuckDBPyConnection, columns: frozenset[str], by: Actor) -> None:
    """A newborn's guardian is in the file or in the actor's jurisdiction; a person of another answers like nobody."""
    if not {"guardian_id", "identity_number"} <= columns:
        return
    found = connection.execute(
        "SELECT DISTINCT guardian_id FROM good WHERE doc_kind = 'newborn' "
        "AND (guardian_id = person_id OR guardian_id NOT IN (SELECT person_id FROM good))"
    ).fetchall()
    asked = [row[0] for row in found]
    known: set[str] = set()
    low, high = codes.below(codes.territory(by.unit))
    for start in range(0, len(asked), 500):
        mine = Resident.objects.filter(pk__in=asked[start : start + 500], place_code__gte=low, place_code__lt=high)
        known |= set(mine.values_list("pk", flat=True))
    itself = {row[0] for row in connection.execute("SELECT person_id FROM good WHERE guardian_id = person_id").fetchall()}
    strange = [one for one in asked if one not in known or one in itself]
    if strange:
        staging.refuse(
            connection,
            "guardian_id",
            strange,
            column="guardian_id",
            problem="no such guardian in the file or in your jurisdiction. Name who cares for the child here",
            also="doc_kind = 'newborn'",
        )


def place(staged: Staged) -> str:
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


def open_round(round_code: str) -> TestingRound:
    """The round whose roster or exemptions a file brings, while it may still be given any."""
    row = TestingRound.objects.filter(pk=round_code).first()
    if row is None:
        message = f"no round {round_code!r}"
        raise InputFault(message, code="no-round", column="--round", remedy="bulou round list shows them.")
    if row.state not in {RoundState.PLANNED, RoundState.OPEN}:
        message = f"the round {round_code} is {row.state}"
        raise InputFault(message, code="round-state", column="--round", remedy="Its roster is fixed.")
    return row


def take_roster(connection: duckdb.DuckDBPyConnection, staged: Staged, round_code: str) -> None:
    """The same people onto a round's roster, as they stay now."""
    open_round(round_code)
    household = "household_id" if "household_id" in staged.source.columns else "''"
    target = loading.Target(
        table="rounds_rosterentry",
        key=("round_id", "person_id"),
        columns=[
            loading.Column("round_id", of=literal(round_code)),
            loading.Column("person_id"),
            loading.Column("place_code", of=place(staged)),
            loading.Column("household_id", of=household),
        ],
    )
    loading.load(connection, target)
