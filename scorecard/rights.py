"""Who may do what in Pick."""

from crmprogram.program.models import Role
from crmprogram.program.policy import EVERYONE, action
from crmprogram.program.services import program_created
from scorecard.services.card import furnish

RUN = {Role.SALES_OPS, Role.PROCUREMENT}

action("scorecard.view", label="Reading the scorecard", roles=EVERYONE)
action("scorecard.edit", label="Editing vendors, criteria and weights", roles=RUN)
action("scorecard.simulate", label="Simulating the choice", roles=EVERYONE - {Role.VIEWER})
action("scorecard.rate", label="Rating vendors", roles=EVERYONE - {Role.VIEWER})
action("scorecard.consensus", label="Settling a cell by consensus", roles={Role.SALES_OPS, Role.VP_SALES})
action("scorecard.record", label="Recording demos, references and coverage", roles=RUN | {Role.CRM_SPECIALIST})
action("scorecard.select", label="Selecting the finalist", roles={Role.SALES_OPS, Role.VP_SALES, Role.SPONSOR})
action("scorecard.attest", label="Attesting the contract", roles=RUN | {Role.SPONSOR})

program_created(furnish)
