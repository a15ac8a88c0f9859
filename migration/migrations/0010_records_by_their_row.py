from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("migration", "0009_what_became_of_rows"),
    ]

    operations = [
        # a record's key is that of the row whose id it has, and rows have theirs once in a run
        migrations.RemoveConstraint(model_name="record", name="record_key_once"),
    ]
