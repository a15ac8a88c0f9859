"""Who may clean, review, sign and load (P3)."""

from crmprogram.program.models import Role
from crmprogram.program.policy import EVERYONE, action

DATA = {Role.SALES_OPS, Role.CRM_SPECIALIST, Role.IT}

action("data.view", label="Looking at the data work", roles=EVERYONE - {Role.PARTICIPANT})
action("data.run", label="Running data hygiene", roles=DATA)
action(
    "data.review",
    label="Reviewing duplicates",
    roles={Role.SALES_OPS, Role.CRM_SPECIALIST, Role.TEAM_LEAD, Role.ENABLEMENT},
)
action("data.sign", label="Signing merges and samples", roles={Role.SALES_OPS, Role.VP_SALES})
action("data.load", label="Loading a stage", roles=DATA)
action("data.erase", label="Erasing a person", roles={Role.SALES_OPS, Role.IT})
action("data.standard", label="Writing the inventory and the standard", roles=DATA)
