from django.core.management.base import BaseCommand, CommandError

from crmprogram.program.errors import DomainError
from crmprogram.program.models import Program, User
from migration.services import erasing


class Command(BaseCommand):
    help = "Erase a person from rows, records, loads and files; --again after a restore."

    def add_arguments(self, parser) -> None:
        parser.add_argument("program", help="the program's address word")
        parser.add_argument("keys", nargs="*", help="record keys, as the record's page shows them")
        parser.add_argument("--by", default="", help="user name of who answers for it")
        parser.add_argument("--reason", default="")
        parser.add_argument("--again", action="store_true", help="erase whom earlier erasures named and who is back")

    def handle(self, *args, **options) -> None:
        program = Program.objects.filter(slug=options["program"]).first()
        if program is None:
            raise CommandError(f"There is no program {options['program']}.")
        if options["again"]:
            self.stdout.write(f"Emptied again: {dict(erasing.erase_again(program=program)) or 'nobody is back'}.")
            return
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError("Say who answers for it: --by and a user name.")
        try:
            made = erasing.erase_person(program=program, by=by, keys=options["keys"], reason=options["reason"])
        except DomainError as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{made}: {made.counts}")
