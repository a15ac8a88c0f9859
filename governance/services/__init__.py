"""What changes the RACI, the positions and the sponsor."""

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
    "appoint_sponsor",
    "change_activity",
    "end_sponsorship_of",
    "furnish_program",
    "keep_accountable",
    "move_position",
    "name_accountable",
    "release_sponsor",
    "remove_activity",
    "remove_position",
    "save_position",
    "set_cell",
    "set_row",
    "sign_raci",
    "suggest_letters",
]
