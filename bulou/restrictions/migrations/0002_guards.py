"""Nobody is restricted without evidence, two units and an end, by any door: guards in the database too."""

from django.db import migrations

from bulou.restrictions import guards


class Migration(migrations.Migration):
    """The guards as ``guards.py`` says."""

    dependencies = [("restrictions", "0001_initial"), ("ledger", "0002_append_only")]
    operations = [migrations.RunPython(guards.install, guards.remove)]
