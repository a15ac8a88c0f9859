"""What changes the RACI, the positions, the sponsor and their meetings, the system owner."""

from governance.services.dashboards import add_dashboard, change_dashboard, retire_dashboard, review_dashboard
from governance.services.meetings import record_meeting, set_meeting_day
from governance.services.ownership import (
    attest,
    end_ownership_of,
    name_system_owner,
    release_system_owner,
)
from governance.services.positions import move_position, remove_position, save_position
from governance.services.raci import (
    add_activity,
    change_activity,
    furnish_program,
    keep_accountable,
    remove_activity,
    set_cell,
    set_row,
    sign_raci,
    suggest_letters,
)
from governance.services.sponsor import (
    accept_sponsorship,
    appoint_sponsor,
    end_sponsorship_of,
    name_accountable,
    release_sponsor,
)

__all__ = [
    "accept_sponsorship",
    "add_activity",
    "add_dashboard",
    "appoint_sponsor",
    "attest",
    "change_activity",
    "change_dashboard",
    "end_ownership_of",
    "end_sponsorship_of",
    "furnish_program",
    "keep_accountable",
    "move_position",
    "name_accountable",
    "name_system_owner",
    "record_meeting",
    "release_sponsor",
    "release_system_owner",
    "remove_activity",
    "remove_position",
    "retire_dashboard",
    "review_dashboard",
    "save_position",
    "set_cell",
    "set_meeting_day",
    "set_row",
    "sign_raci",
    "suggest_letters",
]
