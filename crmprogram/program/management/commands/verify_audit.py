from django.core.management.base import BaseCommand, CommandError

from crmprogram.program import audit
from crmprogram.program.models import AuditEntry, AuditSeal


class Command(BaseCommand):
    help = "Check the hash chain over the audit trail."

    def handle(self, *args, **options) -> None:
        if wrong := audit.verify():
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"{AuditSeal.objects.count()} seals over {AuditEntry.objects.count()} entries hold.")
