"""The register's guards in the database's own language: what no door may write, plain SQL as the application's role included.

A guard never raises, because a raised error would take the alarm away with the transaction. It keeps the attempt in
``restrictions_attempt`` and skips the row; the watch makes a ledger entry and a duty of it. A change of the grounds is a
migration that installs the guards anew, so that somebody reviews it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from bulou.restrictions.choices import AppealState, Kind, ListState, State, Stop


@dataclass(frozen=True, slots=True)
class Ground:
    """A ledger tag that can justify a kind of restriction.

    ``door`` narrows it to entries of one door: a case counts when the playbook opened it from a laboratory's result, not
    when somebody typed or imported it. ``place_min`` is the shortest place code that one such fact may close.
    """

    kind: Kind
    tag: str
    door: str = ""
    place_min: int = 12  # a community, a village (小区、村): N9-HIGH-UNIT


_OF_CONTACTS = (Kind.HOLD, Kind.HOME_QUARANTINE, Kind.ISOLATION)
GROUNDS = (
    *(Ground(kind, "specimen:result:positive") for kind in Kind),
    *(Ground(kind, "case:case:opened", door="playbook") for kind in Kind),
    # A contact's listing and exposures are about that contact alone; they hold, isolate or keep at home, and close no place.
    *(Ground(kind, tag) for kind in _OF_CONTACTS for tag in ("case:contact:listed", "case:exposure:recorded")),
)

_FIXED = (
    "code", "kind", "person_id", "place_code", "legal_basis", "evidence_id", "reason", "pack", "pack_version", "authority_id",
    "starts_at", "ends_at", "longest_s", "proposed_unit_id", "proposed_by", "proposed_at", "in_list_id", "by_list",
)  # fmt: skip
_SIGNED = ("approved_unit_id", "approved_by", "approved_at", "counter_at", "notice_zh", "notice_en")
_FIXED_APPEAL = ("code", "restriction_id", "text", "how", "filed_at", "filed_by", "answer_by", "lifts_at")
_FIXED_LIST = ("code", "unit_id", "place_code", "allowed", "reason", "proposed_at")
_FIXED_ATTEMPT = ("id", "why", "kind", "subject", "people", "unit", "attempted_by", "attempted_at")
_STEPS = {
    (State.PROPOSED, State.IN_FORCE), (State.PROPOSED, State.REFUSED), (State.PROPOSED, State.WITHDRAWN),
    (State.IN_FORCE, State.ENDED), (State.IN_FORCE, State.LIFTED),
}  # fmt: skip


class _Sqlite:
    """How SQLite says it."""

    differs = "IS NOT"
    no_error = "SELECT RAISE(IGNORE);"

    @staticmethod
    def seconds(later: str, earlier: str) -> str:
        return f"(CAST(strftime('%s', {later}) AS INTEGER) - CAST(strftime('%s', {earlier}) AS INTEGER))"

    @staticmethod
    def names(body: str, person: str) -> str:
        return (
            f"(json_extract({body}, '$.person_id') = {person} OR EXISTS "
            f"(SELECT 1 FROM json_each({body}, '$.people') AS each WHERE each.value = {person}))"
        )

    @staticmethod
    def said(text: str, key: str) -> str:
        return f"json_extract({text}, '$.{key}')"


class _Postgres:
    """How PostgreSQL says it."""

    differs = "IS DISTINCT FROM"

    @staticmethod
    def seconds(later: str, earlier: str) -> str:
        return f"extract(epoch FROM ({later} - {earlier}))"

    @staticmethod
    def names(body: str, person: str) -> str:
        return (
            f"({body}::jsonb ->> 'person_id' = {person} OR "
            f"coalesce({body}::jsonb -> 'people' @> to_jsonb({person}::text), false))"
        )

    @staticmethod
    def said(text: str, key: str) -> str:
        return f"({text}::jsonb ->> '{key}')"


_Dialect = type[_Sqlite] | type[_Postgres]


def _founded(dialect: _Dialect) -> str:
    """Whether the row's evidence is a ledger entry of a tag that can justify its kind, about its person or place."""
    known = " OR ".join(
        f"(NEW.kind = '{one.kind}' AND e.tag = '{one.tag}'"
        + (f" AND {dialect.said('e.actor', 'door')} = '{one.door}'" if one.door else "")
        + f" AND (NEW.person_id <> '' OR length(NEW.place_code) >= {one.place_min}))"
        for one in GROUNDS
    )
    about_place = "substr(e.unit, 1, length(NEW.place_code)) = NEW.place_code"
    about_person = (
        "(e.subject = 'person:' || NEW.person_id OR EXISTS (SELECT 1 FROM ledger_personalpayload p "
        f"WHERE p.entry_id = e.id AND e.commitment <> '' AND {dialect.names('p.body', 'NEW.person_id')}))"
    )
    return (
        f"EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.evidence_id AND ({known}) "
        f"AND ((NEW.person_id = '' AND {about_place}) OR (NEW.person_id <> '' AND {about_person})))"
    )


def _changed(dialect: _Dialect, columns: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"NEW.{name} {dialect.differs} OLD.{name}" for name in columns) + ")"


def _inserting(dialect: _Dialect) -> str:
    """Why an inserted restriction is stopped; empty when it may stand."""
    return (
        f"CASE WHEN NEW.state <> '{State.PROPOSED}' THEN '{Stop.IN_PLACE}' "
        f"WHEN NOT {_founded(dialect)} THEN '{Stop.NO_EVIDENCE}' "
        f"WHEN NOT coalesce({dialect.seconds('NEW.ends_at', 'NEW.starts_at')} <= NEW.longest_s, false) THEN '{Stop.TOO_LONG}' "
        # The same fact carries no second period: what was lifted may be ordered again, within the first one's time.
        "WHEN EXISTS (SELECT 1 FROM restrictions_restriction r WHERE r.evidence_id = NEW.evidence_id AND r.kind = NEW.kind "
        "AND r.person_id = NEW.person_id AND r.place_code = NEW.place_code "
        f"AND r.state NOT IN ('{State.REFUSED}', '{State.WITHDRAWN}') "
        f"AND {dialect.seconds('NEW.ends_at', 'r.starts_at')} > NEW.longest_s) THEN '{Stop.TOO_LONG}' "
        "ELSE '' END"
    )


def _updating(dialect: _Dialect) -> str:
    """Why a changed restriction is stopped: its facts are fixed, its steps are few, and approval is looked at again."""
    steps = " OR ".join(f"(OLD.state = '{a}' AND NEW.state = '{b}')" for a, b in sorted(_STEPS))
    approving = f"(OLD.state = '{State.PROPOSED}' AND NEW.state = '{State.IN_FORCE}')"
    covers = "(NEW.approved_unit_id = 'CN' OR substr(NEW.place_code, 1, length(NEW.approved_unit_id)) = NEW.approved_unit_id)"
    under = (
        "(NEW.proposed_unit_id = 'CN' OR substr(NEW.approved_unit_id, 1, length(NEW.proposed_unit_id)) = NEW.proposed_unit_id)"
    )
    signed = (
        "EXISTS (SELECT 1 FROM ledger_entry e WHERE e.subject = 'restriction:' || NEW.code "
        f"AND e.tag = 'restriction:restriction:approved' AND {dialect.said('e.actor', 'unit')} = NEW.approved_unit_id)"
    )
    free = (
        "(NEW.in_list_id IS NULL OR EXISTS (SELECT 1 FROM restrictions_proposedlist l WHERE l.code = NEW.in_list_id "
        f"AND (l.state = '{ListState.FREE}' "
        f"OR (l.state = '{ListState.CONFIRMED}' AND l.decided_unit_id <> NEW.approved_unit_id))))"
    )
    return (
        f"CASE WHEN {_changed(dialect, _FIXED)} THEN '{Stop.IN_PLACE}' "
        f"WHEN NEW.state <> OLD.state AND NOT ({steps}) THEN '{Stop.IN_PLACE}' "
        f"WHEN OLD.state NOT IN ('{State.PROPOSED}', '{State.IN_FORCE}') THEN '{Stop.IN_PLACE}' "
        f"WHEN NOT {approving} AND {_changed(dialect, _SIGNED)} THEN '{Stop.IN_PLACE}' "
        f"WHEN NEW.state = '{State.ENDED}' AND NEW.closed_at {dialect.differs} NEW.ends_at THEN '{Stop.IN_PLACE}' "
        f"WHEN {approving} AND NOT {_founded(dialect)} THEN '{Stop.NO_EVIDENCE}' "
        f"WHEN {approving} AND NOT coalesce({signed}, false) THEN '{Stop.IN_PLACE}' "
        f"WHEN {approving} AND ({under} OR NOT {covers}) THEN '{Stop.SAME_UNIT}' "
        f"WHEN {approving} AND NOT {free} THEN '{Stop.TOO_MANY}' "
        "ELSE '' END"
    )


def _appeal(dialect: _Dialect) -> str:
    return (
        f"CASE WHEN {_changed(dialect, _FIXED_APPEAL)} OR (NEW.state <> OLD.state AND OLD.state <> '{AppealState.OPEN}') "
        f"THEN '{Stop.IN_PLACE}' ELSE '' END"
    )


def _list(dialect: _Dialect) -> str:
    """A list grows while nobody decided it; it is stopped, and then decided, and never made free again."""
    steps = " OR ".join(
        f"(OLD.state = '{a}' AND NEW.state = '{b}')"
        for a, b in (
            (ListState.FREE, ListState.STOPPED),
            (ListState.STOPPED, ListState.CONFIRMED),
            (ListState.STOPPED, ListState.REJECTED),
        )
    )
    return (
        f"CASE WHEN {_changed(dialect, _FIXED_LIST)} OR NEW.people < OLD.people OR NEW.counted < OLD.counted "
        f"OR (NEW.state <> OLD.state AND NOT ({steps})) OR (OLD.decided_at IS NOT NULL AND NEW.people <> OLD.people) "
        f"THEN '{Stop.IN_PLACE}' ELSE '' END"
    )


def _attempt(dialect: _Dialect) -> str:
    return f"CASE WHEN {_changed(dialect, _FIXED_ATTEMPT)} THEN '{Stop.IN_PLACE}' ELSE '' END"


_SUBJECT = "CASE WHEN {row}.person_id <> '' THEN 'person:' || {row}.person_id ELSE 'place:' || {row}.place_code END"
# table → what is kept of the attempt: kind, subject, place
_KEPT = {
    "restriction": ("{row}.kind", _SUBJECT, "{row}.place_code"),
    "appeal": ("'appeal'", "'appeal:' || {row}.code", "''"),
    "proposedlist": ("'list'", "'list:' || {row}.code", "{row}.place_code"),
    "attempt": ("'attempt'", "{row}.subject", "{row}.unit"),
}
_WHEN = {
    ("restriction", "insert"): _inserting,
    ("restriction", "update"): _updating,
    ("appeal", "update"): _appeal,
    ("proposedlist", "update"): _list,
    ("attempt", "update"): _attempt,
}
_GUARDED = [*_WHEN, *((table, "delete") for table in _KEPT)]


def _name(table: str, event: str) -> str:
    return f"restrictions_{table}_{'no_delete' if event == 'delete' else f'guard_{event}'}"


def _keep(table: str, event: str, why: str, *, now: str, who: str) -> str:
    row = "OLD" if event == "delete" else "NEW"
    kind, subject, place = (text.format(row=row) for text in _KEPT[table])
    return (
        "INSERT INTO restrictions_attempt (code, why, kind, subject, people, unit, attempted_by, attempted_at) "
        f"VALUES ('', {why}, {kind}, substr({subject}, 1, 96), 1, {place}, {who}, {now})"
    )


def _sqlite(schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table, event in _GUARDED:
        why = _WHEN[table, event](_Sqlite) if event != "delete" else f"'{Stop.DELETED}'"
        when = f"WHEN ({why}) <> ''" if event != "delete" else ""
        keep = _keep(table, event, why, now="strftime('%Y-%m-%d %H:%M:%f', 'now')", who="'SQL'")
        schema_editor.execute(
            f"CREATE TRIGGER {_name(table, event)} BEFORE {event.upper()} ON restrictions_{table} {when} "
            f"BEGIN {keep}; {_Sqlite.no_error} END",
            params=None,
        )


def _postgres(schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table, event in _GUARDED:
        name = _name(table, event)
        why = _WHEN[table, event](_Postgres) if event != "delete" else f"'{Stop.DELETED}'"
        keep = _keep(table, event, "why", now="clock_timestamp()", who="'SQL ' || session_user")
        back = "OLD" if event == "delete" else "NEW"
        schema_editor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE why text; BEGIN "
            f"why := {why}; IF why = '' THEN RETURN {back}; END IF; {keep}; "
            f"RAISE WARNING 'restriction register: % on % was stopped (%)', TG_OP, TG_TABLE_NAME, why; RETURN NULL; END $$; "
            f"CREATE TRIGGER {name} BEFORE {event.upper()} ON restrictions_{table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            params=None,
        )


def install(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the guards, or replace them by what this module says now."""
    remove(apps, schema_editor)
    (_postgres if schema_editor.connection.vendor == "postgresql" else _sqlite)(schema_editor)


def remove(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the guards away."""
    del apps
    for table, event in _GUARDED:
        name = _name(table, event)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}", params=None)
