"""What one is sent by mail, as it would read now, and when it comes (X3)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse

from crmprogram.program import clock
from crmprogram.program.models import Membership
from crmprogram.web.views import ProgramView
from governance.models import Delivery, DeliveryState
from governance.services.digests import ALL, digests_of, next_day, subject_for, wants


class DigestsPage(ProgramView):
    """One's own digests; who runs or sponsors the program also sees who gets which, and when it left last."""

    action = "digest.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        today = clock.today(self.program)
        own = [
            (
                one,
                next_day(one, today),
                [line.removeprefix("* ") for line in lines],
                subject_for(self.program, one, lines),
            )
            for one in digests_of(self.program, self.membership)
            for lines in [one.lines(self.look, self.membership)]
        ]
        return self.page("governance/digests.html", own=own, is_on=wants(self.membership), sent=self.sent())

    def sent(self) -> list[dict[str, Any]]:
        """Every digest: how many get it, when it is due next, when it last left and to how many."""
        if not self.can("five_minutes.view"):
            return []
        members = list(Membership.objects.of(self.program).active().select_related("user"))
        rows = Delivery.objects.of(self.program).filter(topic__startswith="digest.").order_by().values("topic")
        left = {
            row["topic"]: row
            for row in rows.annotate(
                last=Max("sent_at"),
                sent=Count("pk", filter=Q(state=DeliveryState.SENT)),
                silent=Count("pk", filter=Q(state=DeliveryState.NOTHING)),
            )
        }
        today = clock.today(self.program)
        found = []
        for one in ALL:
            readers = [each for each in members if one in digests_of(self.program, each)]
            row = left.get(f"digest.{one.name}", {})
            found.append(
                {
                    "digest": one,
                    "readers": len(readers),
                    "off": sum(not wants(each) for each in readers),
                    "next_on": next_day(one, today),
                    "last": row.get("last"),
                    "sent": row.get("sent", 0),
                    "silent": row.get("silent", 0),
                }
            )
        return found
