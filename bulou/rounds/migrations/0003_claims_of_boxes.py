
import bulou.ledger.columns
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rounds', '0002_round_instants_and_paging'),
    ]

    operations = [
        migrations.AddField(
            model_name='capacityclaim',
            name='about',
            field=bulou.ledger.columns.CodeField(blank=True, default='', max_length=96),
        ),
        migrations.AddIndex(
            model_name='capacityclaim',
            index=models.Index(condition=models.Q(('about', ''), _negated=True), fields=['about'], name='claim_about'),
        ),
    ]
