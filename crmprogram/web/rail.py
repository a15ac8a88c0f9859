"""The program floor's own pages, below the line of phases."""

from crmprogram.web.shell import rail_item

rail_item(phase=9, order=10, label="Members", url="web:members", action="members.view", icon="people")
rail_item(phase=9, order=20, label="Teams and waves", url="web:teams", action="teams.view", icon="waves")
rail_item(phase=9, order=30, label="Background work", url="web:jobs", action="jobs.view", icon="running")
rail_item(phase=9, order=40, label="History", url="web:history", action="program.history", icon="history")
rail_item(phase=9, order=50, label="Settings", url="web:settings", action="program.view", icon="settings")
rail_item(phase=3, order=10, label="Uploads", url="web:uploads", action="upload.view")
