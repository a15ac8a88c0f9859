"""Records and where they come from, rejects, and the sandbox's contents (H0, H10)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import audit
from crmprogram.web.paging import part_of
from crmprogram.web.views import ProgramView
from migration import finding, queries, rejects, vocabulary
from migration.models import Record, RecordState, Run, RunRow, SandboxRecord, Space
from migration.services import pointers
from migration.services.following import Follower
from migration.services.lineage import sources_of
from migration.views.runs import RunView

PAGE = 50


class Records(RunView):
    """The records of a run, by state, problem and text."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        state, problem = request.GET.get("state", ""), request.GET.get("problem", "")
        text = request.GET.get("q", "").strip()
        state = state if state in RecordState.values else ""
        problem = problem if problem in queries.PROBLEM_LABELS else ""
        found = finding.records_of(run, state=state, problem=problem, text=text)
        return self.page(
            "migration/records.html",
            run=run,
            part=part_of(found, request.GET, most=PAGE),
            state=state,
            problem=problem,
            problem_label=queries.PROBLEM_LABELS.get(problem, ""),
            text=text,
            states=RecordState.choices,
        )


class RecordPage(ProgramView):
    """One record: its values, whose they are and why, its source rows, the decisions about it (H0)."""

    action = "data.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = Record.objects.of(self.program).select_related("run__mapping", "run__program", "cluster", "absorbed_by")
        record = get_object_or_404(found, pk=pk)
        record.program = record.run.program = self.program
        return self.page(
            "migration/record.html",
            record=record,
            run=record.run,
            fields=_fields(record),
            sources=sources_of(record),
            decisions=queries.decisions_about(record),
            loads=queries.load_of(record),
            pointers=pointers.pointers_of(record),
            pointing=pointers.pointing_of(record),
        )


def _fields(record: Record) -> list[dict[str, Any]]:
    """The values that would be loaded, pointers where they lead now, and why these."""
    (followed,) = Follower(record.run).follow([(record.key, record.fields)], words=True)
    order = {one.name: at for at, one in enumerate(vocabulary.targets(record.object))}
    names = sorted(followed.values, key=lambda name: (order.get(name, 999), name))
    return [
        {
            "label": vocabulary.label_of(record.object, name),
            "value": followed.values[name],
            "why": followed.lineage.get(name) or record.lineage.get(name, [[], ""])[1],
            "keys": record.lineage.get(name, [[], ""])[0],
        }
        for name in names
    ]


class Rejects(RunView):
    """Rows that cannot be imported as they are, with file, line and reason."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        part = part_of(rejects.rejected_rows(run), request.GET, most=PAGE)
        shown = rejects.with_reasons(run, part.rows)
        for one in shown:
            one["upload"].program = self.program
        return self.page(
            "migration/rejects.html",
            run=run,
            rows=shown,
            part=part,
            total=rejects.rejected_rows(run).count(),
        )


class RejectsFile(RunView):
    """The rejects as CSV, safe to open in a spreadsheet, to be mended and uploaded again (H10, X4)."""

    def get(self, request: HttpRequest, number: int) -> StreamingHttpResponse:
        run = self.run(number)
        audit.record(by=request.user, verb="rejects.downloaded", subject=run)
        response = StreamingHttpResponse(rejects.lines(run), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="rejects-{run.code}.csv"'
        return response


class Sandbox(ProgramView):
    """What stands in the built-in target: search by name, company, mail or phone."""

    action = "data.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()
        found = SandboxRecord.objects.of(self.program).filter(space=Space.REHEARSAL)
        total = found.count()
        found = finding.with_words(found, found, text)
        part = part_of(found, request.GET, most=PAGE)
        for one in part.rows:
            one.program = self.program
            one.label = _label(one)
        return self.page(
            "migration/sandbox.html",
            part=part,
            text=text,
            total=total,
        )


def _label(one: SandboxRecord) -> str:
    get = one.fields.get
    name = " ".join(part for part in (get("given_name", ""), get("family_name", "")) if part)
    return name or get("company", "") or get("email", "") or one.key


class SandboxPage(ProgramView):
    """One record of the target, with the way back to its source rows, rules and people (H0)."""

    action = "data.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        stored = get_object_or_404(SandboxRecord.objects.of(self.program), pk=pk)
        # two questions: as one, PostgreSQL reads all records of the program by their loads
        rows = RunRow.objects.filter(run__in=list(Run.objects.of(self.program).values_list("pk", flat=True)))
        ids = list(rows.filter(key=stored.key).values_list("pk", flat=True))
        record = (
            Record.objects.of(self.program)
            .filter(pk__in=ids, object=stored.object, load_items__isnull=False)
            .select_related("run__mapping", "run__program", "cluster", "program")
            .order_by("-run_id")
            .first()
        )
        fields = [
            {"label": vocabulary.label_of(stored.object, name), "value": value}
            for name, value in sorted(stored.fields.items())
        ]
        context: dict[str, Any] = {"stored": stored, "label": _label(stored), "fields": fields, "record": record}
        if record is not None:
            record.run.program = self.program
            context |= {
                "run": record.run,
                "sources": sources_of(record),
                "decisions": queries.decisions_about(record),
                "loads": queries.load_of(record),
                "lineage": _fields(record),
                "pointers": pointers.pointers_of(record),
                "pointing": pointers.pointing_of(record),
            }
        return self.page("migration/sandbox_record.html", **context)
