"""Who may bring files in, and who may look at them.

Files hold customers' personal data. Whoever works on the data, leads the people in it or
signs for it may look; procurement, enablement, participants and viewers see the counts on
other pages, which hold no person's data (domain P3).
"""

from crmprogram.program.models import Role
from crmprogram.program.policy import action

action(
    "upload.view",
    label="Looking at uploaded files",
    roles={Role.SALES_OPS, Role.CRM_SPECIALIST, Role.IT, Role.SPONSOR, Role.VP_SALES, Role.TEAM_LEAD},
)
action("upload.add", label="Uploading a file", roles={Role.SALES_OPS, Role.CRM_SPECIALIST, Role.IT})
