"""What members may do with the program itself."""

from crmprogram.program.models import Role
from crmprogram.program.policy import EVERYONE, action

RUNNERS = {Role.SALES_OPS}
LEADERS = {Role.SALES_OPS, Role.SPONSOR, Role.VP_SALES}

action("program.view", label="Looking at the program", roles=EVERYONE)
action("program.edit", label="Editing the program's settings", roles=RUNNERS)
action("program.history", label="Reading the history", roles=EVERYONE - {Role.PARTICIPANT})
action("members.view", label="Seeing the members", roles=EVERYONE)
action("members.manage", label="Inviting and changing members", roles=RUNNERS)
action("teams.view", label="Seeing teams and waves", roles=EVERYONE)
action("teams.edit", label="Editing teams and waves", roles=RUNNERS)
action("tokens.own", label="Making an access token", roles=EVERYONE)
action("jobs.view", label="Watching background work", roles=EVERYONE - {Role.PARTICIPANT})
action("jobs.control", label="Stopping and resuming background work", roles={Role.SALES_OPS, Role.CRM_SPECIALIST})
