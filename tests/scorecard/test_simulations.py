"""The simulation as a job: started, worked off, shown with its error (V10)."""

import pytest

from crmprogram.jobs import services as jobs
from crmprogram.program.models import Role
from scorecard import simulation
from scorecard.errors import RatingRefused
from scorecard.models import Simulation
from scorecard.services import card, simulations
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db


def close(v, c, r):
    return 5 if (c == 0) == (v == 0) else 4


def test_job_draws_in_shards_and_adds_up(client, program, runner):
    panel(program, runner, 2, 2, close)
    one = simulations.start_simulation(scorecard=program.scorecard, by=runner, draws=2_500, seed="pick")

    jobs.work_off()

    one.refresh_from_db()
    assert [shard.total for shard in one.job.shards.filter(step="draw")] == [1000, 1000, 500]
    assert sum(one.wins.values()) == 2_500
    again = simulation.simulate(
        simulation.unpacked(one.inputs), draws=500, seed="pick/2000", weight_noise=25, rating_noise=20
    )
    assert one.job.shards.get(step="draw", no=2).result["wins"] == again
    client.force_login(runner)
    page = client.get(f"/p/{program.slug}/scorecard/firm/").content.decode()
    assert "2,500 draws" in page
    assert "Ratings or weights changed since" not in page


def test_page_says_when_the_result_is_of_older_ratings(client, program, runner):
    listed, _ = panel(program, runner, 2, 2, close)
    simulations.start_simulation(scorecard=program.scorecard, by=runner, draws=100)
    jobs.work_off()
    criterion = program.scorecard.criteria.first()
    card.settle_cell(vendor=listed[0], criterion=criterion, by=runner, value=4, reason="Agreed")
    client.force_login(runner)

    assert "Ratings or weights changed since" in client.get(f"/p/{program.slug}/scorecard/firm/").content.decode()


def test_page_starts_a_simulation_and_shows_its_progress(client, program, runner):
    panel(program, runner, 2, 2, close)
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/firm/"

    sent = {"draws": "1000", "weight_noise": "25", "rating_noise": "20", "seed": ""}
    assert client.post(url, {**sent, "weight_noise": "101"}).status_code == 422
    assert client.post(url, sent).status_code == 303
    assert "Draw weights and ratings" in client.get(url).content.decode()
    assert Simulation.objects.get().seed != ""


def test_simulation_waits_for_every_rating_and_for_the_blind(program, runner):  # V3
    panel(program, runner, 2, 2, close)
    late = MembershipFactory(program=program, role=Role.PARTICIPANT)
    card.invite_rater(scorecard=program.scorecard, membership=late, by=runner)

    with pytest.raises(RatingRefused, match="needs every rating"):
        simulations.start_simulation(scorecard=program.scorecard, by=runner)
    with pytest.raises(RatingRefused, match="your own sheet first"):
        simulations.start_simulation(scorecard=program.scorecard, by=late.user)


def test_simulation_over_rest(client, program, runner):
    panel(program, runner, 2, 2, close)
    client.force_login(runner)
    url = f"/api/v1/programs/{program.slug}/scorecard/simulate/"

    started = client.post(url, {"draws": 200, "seed": "pick"}, "application/json")
    assert (started.status_code, started.json()["finished_at"], started.json()["shares"]) == (201, None, [])
    assert client.post(url, {"draws": 5}, "application/json").status_code == 400
    jobs.work_off()

    firm = client.get(f"/api/v1/programs/{program.slug}/scorecard/firmness/").json()["simulation"]
    assert (firm["draws"], firm["seed"], firm["is_stale"]) == (200, "pick", False)
    assert round(sum(float(one["percent"]) for one in firm["shares"])) == 100
