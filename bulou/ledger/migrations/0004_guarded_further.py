"""Triggers against TRUNCATE (PostgreSQL), INSERT OR REPLACE (SQLite), and payloads erased by anything but a rule."""

from django.db import migrations

_TABLES = ("ledger_entry", "ledger_seal", "ledger_personalpayload")
_NAMES = {"ledger_entry": "ledger_entry", "ledger_seal": "ledger_seal", "ledger_personalpayload": "ledger_personal"}

_POSTGRES = """
DROP TRIGGER ledger_personal_no_update ON ledger_personalpayload;
CREATE FUNCTION ledger_personal_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_by_id IS NULL AND NEW.erased_by_id IS NOT NULL AND NEW.salt = '' AND NEW.body = ''
       AND NEW.entry_id = OLD.entry_id THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a personal payload changes once, when a recorded rule erases it';
END $$;
CREATE TRIGGER ledger_personal_no_update BEFORE UPDATE ON ledger_personalpayload
    FOR EACH ROW EXECUTE FUNCTION ledger_personal_update();
CREATE TRIGGER ledger_personal_no_delete BEFORE DELETE ON ledger_personalpayload
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
""" + "".join(
    f"CREATE TRIGGER {_NAMES[table]}_no_truncate BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();\n"
    for table in _TABLES
)
_POSTGRES_BACK = (
    "".join(f"DROP TRIGGER {_NAMES[table]}_no_truncate ON {table};\n" for table in _TABLES)
    + """
DROP TRIGGER ledger_personal_no_delete ON ledger_personalpayload;
DROP TRIGGER ledger_personal_no_update ON ledger_personalpayload;
DROP FUNCTION ledger_personal_update();
CREATE TRIGGER ledger_personal_no_update BEFORE UPDATE ON ledger_personalpayload
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
"""
)
_OLD = "BEFORE UPDATE ON ledger_personalpayload"
_SQLITE = {
    "ledger_personal_no_update": (
        "BEFORE UPDATE ON ledger_personalpayload WHEN OLD.erased_by_id IS NOT NULL OR NEW.erased_by_id IS NULL "
        "OR NEW.salt <> '' OR NEW.body <> '' OR NEW.entry_id <> OLD.entry_id"
    ),
    "ledger_personal_no_delete": "BEFORE DELETE ON ledger_personalpayload",
    # REPLACE deletes the row in its way without asking the triggers on deletion.
    "ledger_entry_no_replace": (
        "BEFORE INSERT ON ledger_entry WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id)"
    ),
    "ledger_seal_no_replace": (
        "BEFORE INSERT ON ledger_seal "
        "WHEN EXISTS (SELECT 1 FROM ledger_seal WHERE number = NEW.number OR digest = NEW.digest)"
    ),
    "ledger_personal_no_replace": (
        "BEFORE INSERT ON ledger_personalpayload "
        "WHEN EXISTS (SELECT 1 FROM ledger_personalpayload WHERE entry_id = NEW.entry_id)"
    ),
}


def _create(schema_editor, name, when):
    schema_editor.execute(
        f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END", params=None
    )


def install(apps, schema_editor):
    """Create the triggers in the database's own language."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES, params=None)
        return
    schema_editor.execute("DROP TRIGGER IF EXISTS ledger_personal_no_update", params=None)
    for name, when in _SQLITE.items():
        _create(schema_editor, name, when)


def remove(apps, schema_editor):
    """Back to what stood before."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES_BACK, params=None)
        return
    for name in _SQLITE:
        schema_editor.execute(f"DROP TRIGGER {name}", params=None)
    _create(schema_editor, "ledger_personal_no_update", _OLD)


class Migration(migrations.Migration):
    """Append-only, by the database, also where a statement would go round the first triggers."""

    dependencies = [("ledger", "0003_erased_by_rule")]
    operations = [migrations.RunPython(install, remove)]
