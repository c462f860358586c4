"""What a row alone cannot hold: the live stays of a room are never more than its beds, and never of two classes.

The actions claim beds by one conditional statement; these triggers are the second wall, for whoever writes otherwise.
A later migration that alters ``isolation_stay`` installs them again, because SQLite rebuilds the table without them.
On PostgreSQL the trigger locks the room before it counts, so two transactions cannot both be the last.
"""

from django.db import migrations

_POSTGRES = """
CREATE FUNCTION isolation_stay_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE beds_there integer; others integer; strangers integer;
BEGIN
    SELECT beds INTO beds_there FROM isolation_room WHERE room_id = NEW.room_id FOR NO KEY UPDATE;
    SELECT count(*), count(*) FILTER (WHERE risk_class <> NEW.risk_class) INTO others, strangers FROM isolation_stay
        WHERE room_id = NEW.room_id AND state IN ('reserved', 'at_door', 'admitted') AND code <> NEW.code;
    IF strangers > 0 THEN
        RAISE EXCEPTION 'stay_classes_never_mix: the room % holds people of another class', NEW.room_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF others >= beds_there THEN
        RAISE EXCEPTION 'stay_beds_never_over: the room % has no bed left', NEW.room_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER isolation_stay_fits_new BEFORE INSERT ON isolation_stay FOR EACH ROW
    WHEN (NEW.state IN ('reserved', 'at_door', 'admitted')) EXECUTE FUNCTION isolation_stay_fits();
CREATE TRIGGER isolation_stay_fits_changed BEFORE UPDATE OF room_id, risk_class, state ON isolation_stay FOR EACH ROW
    WHEN (NEW.state IN ('reserved', 'at_door', 'admitted') AND (NEW.room_id <> OLD.room_id OR NEW.risk_class <> OLD.risk_class
        OR OLD.state NOT IN ('reserved', 'at_door', 'admitted'))) EXECUTE FUNCTION isolation_stay_fits();
"""
_POSTGRES_BACK = """
DROP TRIGGER isolation_stay_fits_new ON isolation_stay; DROP TRIGGER isolation_stay_fits_changed ON isolation_stay;
DROP FUNCTION isolation_stay_fits();
"""
_LIVE = "('reserved', 'at_door', 'admitted')"
_MIXES = (
    f"EXISTS (SELECT 1 FROM isolation_stay AS s WHERE s.room_id = NEW.room_id AND s.state IN {_LIVE} "
    "AND s.code <> NEW.code AND s.risk_class <> NEW.risk_class)"
)
_OVER = (
    f"(SELECT count(*) FROM isolation_stay AS s WHERE s.room_id = NEW.room_id AND s.state IN {_LIVE} AND s.code <> NEW.code) "
    ">= (SELECT beds FROM isolation_room AS r WHERE r.room_id = NEW.room_id)"
)
_CHANGED = (
    f"NEW.state IN {_LIVE} AND (NEW.room_id <> OLD.room_id OR NEW.risk_class <> OLD.risk_class OR OLD.state NOT IN {_LIVE})"
)
_SQLITE = {
    "isolation_stay_mixes_new": f"BEFORE INSERT ON isolation_stay WHEN NEW.state IN {_LIVE} AND {_MIXES}",
    "isolation_stay_over_new": f"BEFORE INSERT ON isolation_stay WHEN NEW.state IN {_LIVE} AND {_OVER}",
    "isolation_stay_mixes_changed": (
        f"BEFORE UPDATE OF room_id, risk_class, state ON isolation_stay WHEN {_CHANGED} AND {_MIXES}"
    ),
    "isolation_stay_over_changed": f"BEFORE UPDATE OF room_id, risk_class, state ON isolation_stay WHEN {_CHANGED} AND {_OVER}",
}


def install(apps, schema_editor):
    """Create the triggers in the database's own language."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES, params=None)
        return
    for name, when in _SQLITE.items():
        says = "stay_classes_never_mix" if "mixes" in name else "stay_beds_never_over"
        schema_editor.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{says}'); END", params=None)


def remove(apps, schema_editor):
    """Take them away again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_POSTGRES_BACK, params=None)
        return
    for name in _SQLITE:
        schema_editor.execute(f"DROP TRIGGER {name}", params=None)


class Migration(migrations.Migration):
    """Beds never over, classes never mixed, by the database."""

    dependencies = [("isolation", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
