"""A contact's listing and exposures may justify a hold, isolation or quarantine of that contact: the guards say so too."""

from django.db import migrations

from bulou.restrictions import guards


class Migration(migrations.Migration):
    """The guards as ``guards.py`` says now."""

    dependencies = [("restrictions", "0002_guards")]
    operations = [migrations.RunPython(guards.install, migrations.RunPython.noop)]
