"""The meetings: what is due, who kept it, on which weekday (R2, R3, R6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from governance import services
from governance.forms import MeetingDayForm, MeetingForm
from governance.meetings import Slot, has_vp
from governance.models import Kind

ON_SPONSOR_PAGE = 4  # forms beside the strip; the meetings' own page has them all


def forms_of(view: ProgramView, slots: list[Slot]) -> list[MeetingForm]:
    """A form for every slot that the person of the request may record; the sponsor's own never (R3)."""
    if not slots or not view.can("meeting.record"):
        return []
    sponsorship = view.look.governance.sponsorship
    asks_vp = has_vp(view.program, sponsorship)
    since = view.look.governance.meetings.since
    found = []
    for slot in slots:
        owed_by = slot.meeting.sponsorship if slot.meeting else sponsorship
        if slot.meeting is None and (not slot.is_sponsors or since is None or slot.due_on < since):
            owed_by = None
        if owed_by is None or owed_by.membership.user_id != view.request.user.pk:
            found.append(MeetingForm(slot=slot, asks_sponsor=owed_by is not None, asks_vp=asks_vp))
    return found


class MeetingsPage(ProgramView):
    """Every meeting with its strip, what has to be recorded, and the log."""

    action = "raci.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def shown(self, status: int = 200, **context: Any) -> HttpResponse:
        meetings = self.look.governance.meetings
        slots = {(slot.kind, slot.period): slot for found in meetings.of_kind.values() for slot in found}
        log = meetings.log[:60]
        corrections = {one.slot.meeting.pk: one for one in forms_of(self, [slots[one.kind, one.period] for one in log])}
        given = {
            "meetings": meetings,
            "to_record": forms_of(self, meetings.recordable),
            "log": [(one, slots[one.kind, one.period], corrections.get(one.pk)) for one in log],
            "days": [MeetingDayForm(commitment=one) for one in meetings.commitments]
            if self.can("meeting.plan")
            else [],
        }
        return self.page("governance/meetings.html", status=status, **(given | context))


class RecordMeeting(MeetingsPage):
    """Record one meeting, or correct it."""

    post_action = "meeting.record"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("governance:meetings")

    def post(self, request: HttpRequest) -> HttpResponse:
        kind, period = request.POST.get("kind", ""), request.POST.get("period", "")
        meetings = self.look.governance.meetings
        slot = meetings.slot(kind, period) if kind in Kind.values else None
        if slot is None:
            return self.shown(409, error="No such meeting was due then. Choose one from the list.")
        [form] = forms_of(self, [slot]) or [MeetingForm(slot=slot, asks_sponsor=True, asks_vp=False)]
        form = MeetingForm(request.POST, slot=slot, asks_sponsor=form.asks_sponsor, asks_vp=form.asks_vp)
        if not form.is_valid():
            return self.shown(422, failed=form)
        try:
            done = services.record_meeting(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            form.add_error(exc.details.get("field") if exc.details.get("field") in form.fields else None, str(exc))
            return self.shown(exc.page_status, failed=form)
        said = f"{done.get_kind_display()} of {done.due_on.day} {done.due_on:%b} is recorded."
        to = "governance:sponsor" if request.POST.get("back") == "sponsor" else "governance:meetings"
        return self.done(to, message=said, fragment="attendance")


class SetMeetingDay(MeetingsPage):
    """Move a meeting to another weekday."""

    post_action = "meeting.plan"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("governance:meetings")

    def post(self, request: HttpRequest) -> HttpResponse:
        meetings = self.look.governance.meetings
        wanted = next((one for one in meetings.commitments if one.kind == request.POST.get("kind")), None)
        if wanted is None:
            return self.shown(409, error="There is no such meeting.")
        form = MeetingDayForm(request.POST, commitment=wanted)
        if not form.is_valid():
            return self.shown(422, error="A meeting is held from Monday to Friday.")
        moved = services.set_meeting_day(program=self.program, by=request.user, **form.cleaned_data)
        said = f"{moved.get_kind_display()} is on {moved.weekday_name} now."
        return self.done("governance:meetings", message=said, fragment="days")
