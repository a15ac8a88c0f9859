"""The demo as background work: each program's story is a job, told chapter by chapter on its own days."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from crmprogram.demo import (
    chapters,
    choosing,
    cleaning,
    listening,
    orrery,
    pick,
    quillhaven,
    rescue,
    service_crm,
    upkeep,
)
from crmprogram.demo.cast import Cast
from crmprogram.demo.story import NEW, RESCUE, Told, When, on, week
from crmprogram.jobs.models import Job
from crmprogram.jobs.registry import ShardPlan, Step, job
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from phases.services.readings import take_readings

KIND = "demo"
PROGRAMS: dict[str, Told] = {NEW: orrery.PROGRAM, RESCUE: quillhaven.PROGRAM}


class Chapter(NamedTuple):
    """What happens when. One that `waits` sets background work going and writes in several transactions."""

    when: When
    do: Callable[[Cast], None]
    waits: bool = False


class Part(NamedTuple):
    """A step of the job: its name, what people read, its chapters."""

    name: str
    label: str
    chapters: tuple[Chapter, ...]


STORIES: dict[str, tuple[Part, ...]] = {
    NEW: (
        Part(
            "audit",
            "Tell the Audit",
            (
                Chapter(on(33, 8), chapters.name_the_sponsor),
                Chapter(on(33, 14), chapters.accept),
                Chapter(on(32, 9), chapters.write_the_goal),
                Chapter(on(31, 10), chapters.set_the_scope),
                Chapter(on(30, 9), chapters.sign_the_scope),
                Chapter(on(29, 9), chapters.draw_the_map),
                Chapter(on(27, 10), chapters.estimate_the_gaps),
                Chapter(on(26, 15), listening.listen),
                Chapter(on(25, 13), chapters.choose_the_must_haves),
                Chapter(on(24, 10), listening.write_the_requirements),
                Chapter(on(24, 14), listening.specify),
                Chapter(on(23, 9), chapters.sign_most_lanes),
                Chapter(on(22, 10), chapters.sign_the_raci),
                Chapter(on(22, 15), listening.write_the_artifacts),
                Chapter(on(21, 9), chapters.request_gate_1),
                Chapter(on(20, 15), chapters.send_it_back),
                Chapter(on(18, 11), chapters.mend),
                Chapter(on(17, 8), chapters.request_it_again),
                Chapter(on(16, 15), chapters.sign_gate_1),
            ),
        ),
        Part(
            "lists",
            "Make the vendor lists",
            (
                Chapter(on(15, 9), choosing.make_the_long_list),
                Chapter(on(14, 8), listening.plan_the_pilot),
                Chapter(on(14, 9), choosing.make_the_short_list),
                Chapter(on(14, 14), choosing.weigh_and_invite),
                Chapter(on(13, 10), choosing.ask_for_the_must_haves),
            ),
        ),
        Part(
            "data",
            "Clean the exports",
            (
                Chapter(on(13, 11), cleaning.list_the_sources),
                Chapter(on(13, 13), cleaning.write_the_standard),
                Chapter(on(12, 8), cleaning.sign_the_standard),
                Chapter(on(12, 9), service_crm.export, waits=True),
                Chapter(on(12, 10), service_crm.clean, waits=True),
                Chapter(on(12, 11), service_crm.decide, waits=True),
                Chapter(on(12, 12), cleaning.export, waits=True),
                Chapter(on(12, 13), cleaning.clean, waits=True),
            ),
        ),
        Part(
            "demos",
            "See and rate the vendors",
            (
                *(Chapter(on(one.days_ago, 12), choosing.see_a_demo(number)) for number, one in enumerate(pick.DEMOS)),
                Chapter(on(7, 14), choosing.note_the_offers),
                Chapter(on(7, 15), choosing.call_the_references),
                *(
                    Chapter(on(6 - number // 2, 9 + number), choosing.rate_blind(username))
                    for number, username in enumerate(pick.RATERS)
                ),
            ),
        ),
        Part(
            "rehearsal",
            "Review, and rehearse the load",
            (
                Chapter(on(4, 15), cleaning.review_some, waits=True),
                Chapter(on(4, 16), cleaning.look_again),
                Chapter(on(4, 17), cleaning.accept_a_band, waits=True),
                Chapter(on(3, 9), cleaning.sign_merges),
                Chapter(on(3, 11), cleaning.rehearse, waits=True),
                Chapter(on(2, 9), cleaning.audit_the_sample, waits=True),
                Chapter(on(2, 10), service_crm.rehearse, waits=True),
            ),
        ),
        Part(
            "finalists",
            "Name the finalists",
            (Chapter(on(1, 10), choosing.name_the_finalists),),
        ),
    ),
    RESCUE: (
        Part(
            "start",
            "Start the reset",
            (
                Chapter(week(6, 1, 15), chapters.name_the_sponsor),
                Chapter(week(6, 2, 15), chapters.accept),
                Chapter(week(6, 3, 15), chapters.write_the_goal),
                Chapter(week(6, 4, 15), rescue.say_what_counts),
                Chapter(week(6, 4, 16), rescue.enter_figures),
                Chapter(week(6, 4, 17), rescue.enter_the_reps, waits=True),
            ),
        ),
        Part(
            "weeks",
            "Count the first weeks",
            (
                Chapter(week(5, 0, 14), rescue.count_the_past, waits=True),
                Chapter(week(5, 0, 18), rescue.settle_the_integration_user, waits=True),
                Chapter(week(5, 2, 15), chapters.set_the_scope),
                Chapter(week(5, 3, 15), chapters.sign_the_scope),
                Chapter(week(4, 0, 14), rescue.count_week(8), waits=True),
                Chapter(week(4, 1, 15), rescue.answer_the_first_escalation),
                Chapter(week(4, 2, 15), chapters.draw_the_map),
                Chapter(week(4, 3, 15), rescue.say_how_commission_is_paid),
                Chapter(week(4, 4, 15), chapters.estimate_the_gaps),
            ),
        ),
        Part(
            "reset",
            "Count on, and ask for Gate 1",
            (
                Chapter(week(3, 0, 14), rescue.count_week(9), waits=True),
                Chapter(week(3, 2, 15), chapters.choose_the_must_haves),
                Chapter(week(2, 0, 14), rescue.count_week(10), waits=True),
                Chapter(week(2, 0, 16), upkeep.check_export(0), waits=True),
                Chapter(week(2, 1, 14), upkeep.settle_what_is_asked, waits=True),
                Chapter(week(2, 1, 16), rescue.report_what_fails),
                Chapter(week(2, 3, 15), chapters.sign_most_lanes),
                Chapter(week(1, 0, 14), rescue.count_week(11), waits=True),
                Chapter(week(1, 0, 16), upkeep.check_export(1), waits=True),
                Chapter(week(1, 2, 15), chapters.request_gate_1),
                Chapter(week(1, 3, 19), chapters.send_it_back),
                Chapter(week(0, 0, 14), rescue.count_week(12), waits=True),
                Chapter(week(0, 0, 15), rescue.enter_figures),
                Chapter(week(0, 0, 16), upkeep.check_export(2), waits=True),
            ),
        ),
    ),
}


@job(KIND, label="Preparing the demo program", moves_evidence=False)
def steps(one: Job) -> list[Step]:
    """The parts of the program's story, one after the other."""
    return [
        Step(
            part.name,
            part.label,
            partial(tell, part),
            partial(_plan, len(part.chapters)),
            unit="chapters",
        )
        for part in STORIES[one.params.get("story", NEW)]
    ]


def _plan(chapters: int) -> list[ShardPlan]:
    return [ShardPlan(total=chapters)]


def tell(part: Part, work: Work) -> None:
    """Chapter by chapter, each on its own day; one that broke off is told again from its beginning."""
    for number, chapter in enumerate(part.chapters):
        if number < work.done:
            continue
        cast = Cast(PROGRAMS[work.job.params["story"]], work)
        with clock.at(min(chapter.when(cast.today), work.job.created_at)):
            if chapter.waits:
                chapter.do(cast)
            with work.commit(done=number + 1):
                chapters.keep_attendance(cast)
                if not chapter.waits:
                    chapter.do(cast)
                take_readings(program=work.program)  # what beat does every five minutes
