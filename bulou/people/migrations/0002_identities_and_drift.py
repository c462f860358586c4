"""Documents keep their form, and every base number has a book from its first day on."""

from django.db import migrations, models


def open_books(apps, schema_editor):
    """What stands before the constraints is made to fit, and each community's book opens with who stays there now."""
    from bulou.kernel import clock

    resident = apps.get_model("people", "Resident")
    change = apps.get_model("people", "BaseNumberChange")
    resident.objects.filter(identity_kind__in=["resident_id", "passport", "permit"], identity_number="").update(
        identity_kind="none"
    )
    resident.objects.filter(identity_kind="newborn", guardian_id="").update(identity_kind="none")
    numbered = resident.objects.filter(identity_kind__in=["newborn", "none"]).exclude(identity_number="")
    numbered.update(identity_kind="resident_id")
    stay = (
        resident.objects.filter(left_on=None)
        .order_by()
        .values_list(models.functions.Substr("place_code", 1, 12))
        .annotate(models.Count("pk"))
    )
    change.objects.all().delete()  # nothing wrote it before
    change.objects.bulk_create(
        change(place_code=place, changed_at=clock.city(), cause="registered", change=count, source="the book was opened")
        for place, count in stay
    )


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='resident',
            name='left_cause',
            field=models.CharField(blank=True, db_default='', default='', max_length=12),
        ),
        migrations.AlterField(
            model_name='basenumberchange',
            name='cause',
            field=models.CharField(choices=[('registered', 'registered'), ('arrived', 'arrived'), ('left', 'left'), ('born', 'born'), ('died', 'died'), ('moved', 'moved'), ('found', 'found'), ('duplicate', 'duplicate'), ('corrected', 'corrected')], max_length=12),
        ),
        migrations.RunPython(open_books, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='basenumberchange',
            constraint=models.CheckConstraint(condition=models.Q(('change', 0), _negated=True), name='base_number_moves'),
        ),
        migrations.AddConstraint(
            model_name='resident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('identity_kind__in', ['newborn', 'none']), ('identity_number', '')), models.Q(models.Q(('identity_kind__in', ['newborn', 'none']), _negated=True), ('identity_number__gt', '')), _connector='OR'), name='resident_number_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='resident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('identity_kind', 'newborn'), _negated=True), ('guardian_id__gt', ''), _connector='OR'), name='resident_newborn_has_guardian'),
        ),
        migrations.AddConstraint(
            model_name='resident',
            constraint=models.CheckConstraint(condition=models.Q(('left_cause', ''), ('left_on__isnull', False), _connector='OR'), name='resident_left_for_a_cause'),
        ),
    ]
