
import bulou.duties.choices
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('duties', '0001_initial'),
        ('units', '0002_transfer_posts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at', None), ('state', bulou.duties.choices.NoticeState['SENT'])), fields=['told_at'], name='notice_unread'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at__isnull', False)), fields=['unit', 'read_at'], name='notice_read'),
        ),
    ]
