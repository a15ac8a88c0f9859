#!/usr/bin/env python
"""Django's command line for Rollout."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["hygiene"]:  # it knows no Django; setting that up would take longer than cleaning a small file
        from migration.commandline import main as hygiene

        code = hygiene(sys.argv[2:])
        sys.stdout.flush()
        os._exit(code)  # a million records need no taking down one by one
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmprogram.settings.dev")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
