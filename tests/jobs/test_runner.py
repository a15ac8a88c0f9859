"""Lease, fencing, reaper, stop and resume (house: Jobs; reliability 18 to 21)."""

from datetime import timedelta

import pytest
from django.test import override_settings

from crmprogram.jobs import queries, registry, runner, services
from crmprogram.jobs.models import Job, JobState, Shard, ShardState
from crmprogram.jobs.registry import ShardPlan, Step
from crmprogram.program import clock
from crmprogram.program.errors import DomainError

pytestmark = pytest.mark.django_db
CHUNK = 10


@pytest.fixture
def written():
    """What the test job wrote, in order: a doubled or lost unit shows."""
    return []


@pytest.fixture
def kind(written):
    """A job of two steps: three shards of 30 units, then one that adds up."""

    def write(work):
        while work.done < 30:
            start = work.params["from"] + work.done
            with work.commit(done=work.done + CHUNK):
                written.extend(range(start, start + CHUNK))

    def add_up(work):
        with work.commit(done=1, result={"sum": sum(written)}):
            pass

    @registry.job("test.write", label="Write numbers")
    def steps(job):
        return [
            Step("write", "Write", write, lambda: [ShardPlan({"from": n * 30}, 30) for n in range(3)], "numbers"),
            Step("sum", "Add up", add_up),
        ]

    yield "test.write"
    del registry.KINDS["test.write"]


@pytest.fixture
def job(kind):
    return services.start_job(program=None, kind=kind, params={})


def test_job_runs_every_shard_of_every_step_once(job, written):
    assert services.work_off() == 4

    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert sorted(written) == list(range(90))
    assert job.shards.get(step="sum").result == {"sum": sum(range(90))}


def test_shard_is_claimed_by_one_worker_only(job):
    first, second = runner.claim(), runner.claim()

    assert (first.no, second.no) == (0, 1)
    assert first.lease != second.lease


def test_dead_worker_is_taken_over_after_its_lease(job, written):
    dead = runner.claim()
    work = runner.Work(dead)
    with work.commit(done=CHUNK):
        written.extend(range(CHUNK))
    Shard.objects.filter(pk=dead.pk).update(lease_until=clock.wall() - timedelta(seconds=1))

    services.work_off()

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 1)
    assert sorted(written) == list(range(90))  # went on at 10, not at 0


def test_worker_given_up_for_dead_can_write_nothing_more(job, written):
    slow = runner.claim()
    Shard.objects.filter(pk=slow.pk).update(lease_until=clock.wall() - timedelta(seconds=1))
    runner.claim(job)  # another takes over

    with pytest.raises(runner.LeaseLost), runner.Work(slow).commit(done=CHUNK):
        written.append("never")

    assert written == []


def test_third_death_fails_the_job_with_a_reason_to_act_on(job):
    for _ in range(3):
        shard = runner.claim(job)
        assert shard.no == 0
        Shard.objects.filter(pk=shard.pk).update(lease_until=clock.wall() - timedelta(seconds=1))

    runner.claim(job)

    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.error == (
        "Step “write”, part 1: the worker died 3 times on it. Check the machine's memory and disk, then resume."
    )


def test_refused_rule_fails_the_job_with_its_sentence(kind, monkeypatch):
    def refuse(work):
        raise DomainError("The account is open by 3 rows.")

    @registry.job("test.refuse", label="Refuse")
    def steps(job):
        return [Step("only", "Only", refuse)]

    try:
        job = services.start_job(program=None, kind="test.refuse", params={})
        services.work_off()
        job.refresh_from_db()
    finally:
        del registry.KINDS["test.refuse"]

    assert (job.state, job.error) == (JobState.FAILED, "The account is open by 3 rows.")


def test_stop_keeps_what_is_committed_and_resume_goes_on(job, written):
    shard = runner.claim()
    services.stop_job(job=job, by=None)
    runner.run(shard)  # commits one chunk, then sees the wish

    job.refresh_from_db()
    assert job.state == JobState.STOPPED
    assert written == list(range(CHUNK))
    assert services.work_off() == 0

    services.resume_job(job=job, by=None)
    services.work_off()

    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert sorted(written) == list(range(90))


def test_stop_of_waiting_work_is_immediate(job):
    services.stop_job(job=job, by=None)

    job.refresh_from_db()
    assert job.state == JobState.STOPPED


@pytest.mark.parametrize("state", [JobState.DONE, JobState.STOPPED])
def test_only_running_work_can_be_stopped(job, state):
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=clock.now())
    job.refresh_from_db()

    with pytest.raises(services.JobRefused):
        services.stop_job(job=job, by=None)


def test_running_work_cannot_be_resumed(job):
    with pytest.raises(services.JobRefused):
        services.resume_job(job=job, by=None)


def test_two_workers_ending_a_step_move_the_job_once(job):
    for shard in iter(runner.claim, None):
        Shard.objects.filter(pk=shard.pk).update(state=ShardState.DONE, lease=None, lease_until=None)

    assert [runner.advance(job), runner.advance(job)] == [True, False]
    assert list(job.shards.filter(step="sum").values_list("no", flat=True)) == [0]


def test_step_of_many_parts_calls_other_workers(django_capture_on_commit_callbacks):
    def plan(parts):
        return lambda: [ShardPlan(total=0)] * parts

    @registry.job("test.parts", label="Parts")
    def steps(job):
        return [Step(f"of {parts}", "Parts", lambda work: None, plan(parts)) for parts in (1, 5, 1)]

    try:
        job = services.start_job(program=None, kind="test.parts", params={})
        called = []
        for _ in range(3):
            with django_capture_on_commit_callbacks() as callbacks:
                services.work_off(limit=job.shards.unfinished().count())
            called.append(len(callbacks))
    finally:
        del registry.KINDS["test.parts"]

    assert called == [1, 0, 0]


def test_reaper_moves_a_job_on_whose_worker_died_between_steps(job, written):
    job.shards.update(state=ShardState.DONE)

    with override_settings(CELERY_TASK_ALWAYS_EAGER=False):
        assert services.reap() == 1  # the shard of the next step waits now

    job.refresh_from_db()
    assert job.step == "sum"


def test_progress_tells_steps_rate_and_time_left(job):
    shard = runner.claim()
    with runner.Work(shard).commit(done=CHUNK):
        pass
    Job.objects.filter(pk=job.pk).update(pace_from_at=clock.wall() - timedelta(seconds=10))
    job.refresh_from_db()

    progress = queries.progress(job)

    assert [(step.name, step.state, step.done, step.total) for step in progress.steps] == [
        ("write", "running", 10, 90),
        ("sum", "waiting", 0, 0),
    ]
    assert progress.rate == pytest.approx(1.0, rel=0.05)
    assert progress.seconds_left == pytest.approx(80, abs=4)


def test_progress_says_nothing_about_pace_before_anything_is_done(job):
    progress = queries.progress(job)

    assert (progress.rate, progress.seconds_left) == (None, None)


def test_job_of_a_told_story_works_at_its_moment_whoever_takes_it_up(kind, settings):
    settings.DEMO = True
    moment = clock.now() - timedelta(days=30)
    with clock.at(moment):
        told = services.start_job(program=None, kind=kind, params={})

    services.work_off()

    told.refresh_from_db()
    assert (told.state, told.finished_at) == (JobState.DONE, moment)
    assert told.shards.first().finished_at > moment  # leases and paces go by the machine's clock
    assert clock.told() is None


def test_job_of_the_present_is_told_nothing(job):
    assert job.params == {}
