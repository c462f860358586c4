"""The database refuses a shift that breaks somebody's rest: hours between another shift's start and the end of its rest."""

from django.db import migrations

_CLASH = (
    "EXISTS (SELECT 1 FROM workforce_shift o WHERE o.worker_id = NEW.worker_id AND o.code <> NEW.code "
    "AND (o.state <> 'relieved' OR o.begun_at IS NOT NULL) AND o.starts_at < NEW.free_at AND NEW.starts_at < o.free_at)"
)
_POSTGRES = f"""
CREATE FUNCTION workforce_rest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM workforce_worker WHERE code = NEW.worker_id FOR NO KEY UPDATE;
    IF NEW.state <> 'relieved' AND {_CLASH} THEN
        RAISE EXCEPTION 'the shift breaks the rest' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER workforce_rest_insert BEFORE INSERT ON workforce_shift FOR EACH ROW EXECUTE FUNCTION workforce_rest();
CREATE TRIGGER workforce_rest_move BEFORE UPDATE OF starts_at, ends_at ON workforce_shift
    FOR EACH ROW WHEN (OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at) EXECUTE FUNCTION workforce_rest();
"""
_SQLITE = {
    "workforce_rest_insert": f"BEFORE INSERT ON workforce_shift WHEN NEW.state <> 'relieved' AND {_CLASH}",
    "workforce_rest_move": (
        "BEFORE UPDATE OF starts_at, ends_at ON workforce_shift "
        f"WHEN (OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at) AND NEW.state <> 'relieved' AND {_CLASH}"
    ),
}


def install(apps, schema_editor):
    """Create the triggers in the database's own language."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES, params=None)
        return
    for name, when in _SQLITE.items():
        schema_editor.execute(
            f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, 'the shift breaks the rest'); END", params=None
        )


def remove(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER workforce_rest_insert ON workforce_shift; DROP TRIGGER workforce_rest_move ON workforce_shift; "
            "DROP FUNCTION workforce_rest();",
            params=None,
        )
        return
    for name in _SQLITE:
        schema_editor.execute(f"DROP TRIGGER {name}", params=None)


class Migration(migrations.Migration):
    """Rest between shifts, by the database."""

    dependencies = [("workforce", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
