"""Samples out of very many rows."""

import pytest

from crmprogram.program.models import Team
from migration.services import drawing
from tests.factories import ProgramFactory


@pytest.mark.parametrize("few", [5, 10_000])
def test_the_same_seed_draws_the_same_of_many(db, monkeypatch, few):
    """H8: of very many rows a few are read; every row can be drawn, and again with its seed."""
    monkeypatch.setattr(drawing, "FEW", few)
    monkeypatch.setattr(drawing, "EACH", 20)
    program = ProgramFactory()
    Team.objects.bulk_create(Team(program=program, name=f"Team {n}", seats=1) for n in range(40))
    Team.objects.filter(name__endswith="3").delete()
    teams = Team.objects.filter(program=program)

    def drawn(seed):
        return drawing.draw(teams, "pk", of=36, size=4, seed=str(seed))

    every = [drawn(seed) for seed in range(60)]
    assert {pk for one in every for pk in one} == set(teams.values_list("pk", flat=True))
    assert all(one == sorted(set(one)) and len(one) == 4 for one in every)
    assert every == [drawn(seed) for seed in range(60)]
    assert len(drawing.draw(teams, "pk", of=36, size=50, seed="7")) == 36
