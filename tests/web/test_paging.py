"""Walks over pages that are cut by the place of a row."""

import pytest
from django.http import QueryDict

from crmprogram.program.models import Team
from crmprogram.web.paging import part_of
from tests.factories import ProgramFactory


@pytest.fixture
def found(db):
    program = ProgramFactory()
    for n in range(7):
        Team.objects.create(program=program, name=f"Team {n}", seats=1)
    return Team.objects.filter(program=program)


@pytest.mark.parametrize("by", [["pk"], ["-pk"], ["program_id", "-pk"], ["-program_id", "pk"]])
def test_pages_there_and_back_show_every_row_once(found, by):
    whole, asked, there = [one.pk for one in found.order_by(*by)], "", []
    while True:
        part = part_of(found, QueryDict(asked), by=by, most=3)
        there.append([one.pk for one in part.rows])
        assert bool(part.newer) == (len(there) > 1)
        if not part.older:
            break
        asked = f"after={part.older}"
    assert there == [whole[:3], whole[3:6], whole[6:]]
    back = [there.pop()]
    while part.newer:
        part = part_of(found, QueryDict(f"before={part.newer}"), by=by, most=3)
        back.append([one.pk for one in part.rows])
        assert part.older
    assert back == [whole[6:], whole[3:6], whole[:3]]


@pytest.mark.parametrize("mark", ["", "x", "1.2", "-4", "²", "9" * 40])
def test_a_mark_that_is_none_gives_the_first_page(found, mark):
    part = part_of(found, QueryDict(f"after={mark}&before={mark}"), most=3)
    assert len(part.rows) == 3
    assert not part.newer


def test_less_than_a_page_before_a_mark_gives_the_first_page(found):
    second = found.order_by("pk")[1]
    part = part_of(found, QueryDict(f"before={second.pk}"), most=3)
    assert [one.pk for one in part.rows] == [one.pk for one in found.order_by("pk")[:3]]
    assert not part.newer
