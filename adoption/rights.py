"""Who may do what in adoption."""

from crmprogram.program.models import Role
from crmprogram.program.policy import EVERYONE, action

RUN = {Role.SALES_OPS, Role.CRM_SPECIALIST}

action("adoption.view", label="Reading adoption", roles=EVERYONE)
action(
    "adoption.by_rep",
    label="Reading the rows of single reps",
    roles=EVERYONE - {Role.PARTICIPANT, Role.VIEWER, Role.PROCUREMENT},
)
action("adoption.import", label="Counting exports, confirming weeks", roles=RUN)
action("adoption.reps", label="Saying who is a rep", roles=RUN | {Role.ENABLEMENT})
action("adoption.targets", label="Setting targets and required fields", roles={Role.SALES_OPS, Role.VP_SALES})
action("adoption.figures", label="Entering quotas, forecasts and revenue figures", roles=RUN | {Role.VP_SALES})
action("adoption.acknowledge", label="Acknowledging escalations", roles={Role.VP_SALES, Role.SPONSOR})
action("checkpoints.hold", label="Holding checkpoints, storing baselines", roles=RUN | {Role.VP_SALES})
action(
    "adoption.follow",
    label="Commenting on and closing escalations",
    roles=RUN | {Role.VP_SALES, Role.SPONSOR, Role.ENABLEMENT, Role.TEAM_LEAD},
)
action("issues.view", label="Reading issues", roles=EVERYONE)
action("issues.report", label="Reporting issues", roles=set(Role) - {Role.VIEWER, Role.PROCUREMENT})
action("issues.close", label="Judging, closing and reviewing issues", roles=RUN | {Role.IT, Role.ENABLEMENT})
