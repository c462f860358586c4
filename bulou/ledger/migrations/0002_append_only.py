"""Entries and seals are append-only in the database too: triggers refuse what the software never does."""

from django.db import migrations

_POSTGRES = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
END $$;
CREATE FUNCTION ledger_entry_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL
       AND (to_jsonb(NEW) - 'seal_id') = (to_jsonb(OLD) - 'seal_id') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only: an entry changes once, when it is sealed';
END $$;
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_entry_update();
CREATE TRIGGER ledger_seal_no_delete BEFORE DELETE ON ledger_seal FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_seal_no_update BEFORE UPDATE ON ledger_seal FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_personal_no_update BEFORE UPDATE ON ledger_personalpayload
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
"""
_POSTGRES_BACK = """
DROP TRIGGER ledger_entry_no_delete ON ledger_entry; DROP TRIGGER ledger_entry_no_update ON ledger_entry;
DROP TRIGGER ledger_seal_no_delete ON ledger_seal; DROP TRIGGER ledger_seal_no_update ON ledger_seal;
DROP TRIGGER ledger_personal_no_update ON ledger_personalpayload;
DROP FUNCTION ledger_refuse(); DROP FUNCTION ledger_entry_update();
"""
_SQLITE = {
    "ledger_entry_no_delete": "BEFORE DELETE ON ledger_entry",
    "ledger_seal_no_delete": "BEFORE DELETE ON ledger_seal",
    "ledger_seal_no_update": "BEFORE UPDATE ON ledger_seal",
    "ledger_personal_no_update": "BEFORE UPDATE ON ledger_personalpayload",
    "ledger_entry_no_update": (
        "BEFORE UPDATE ON ledger_entry WHEN OLD.seal_id IS NOT NULL OR NEW.seal_id IS NULL OR NEW.id <> OLD.id "
        "OR NEW.tag <> OLD.tag OR NEW.subject <> OLD.subject OR NEW.unit <> OLD.unit OR NEW.actor <> OLD.actor "
        "OR NEW.happened_at <> OLD.happened_at OR NEW.recorded_at <> OLD.recorded_at OR NEW.data <> OLD.data "
        "OR NEW.commitment <> OLD.commitment OR NEW.digest <> OLD.digest"
    ),
}


def install(apps, schema_editor):
    """Create the triggers in the database's own language."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES, params=None)
        return
    for name, when in _SQLITE.items():
        schema_editor.execute(
            f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END", params=None
        )


def remove(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES_BACK, params=None)
        return
    for name in _SQLITE:
        schema_editor.execute(f"DROP TRIGGER {name}", params=None)


class Migration(migrations.Migration):
    """Append-only, by the database."""

    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
