"""A file as the evidence of a cell: its own rater's, then for whoever sees the rating (V3)."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crmprogram.program.errors import NotYours
from crmprogram.program.models import Role
from scorecard import queries
from scorecard.errors import RatingRefused
from scorecard.models import Rater, Rating
from scorecard.services import card, files
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db
PICTURE = b"\x89PNG what the rep saw"


def upload(content=PICTURE, name="screen.png"):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def cell(program, runner, settings, tmp_path):
    """The first cell of an empty sheet, as the services name it; files go to a folder of the test."""
    settings.MEDIA_ROOT = tmp_path
    (vendor,), (rater, _) = panel(program, runner, 1, 2, lambda *_: None, submitted=False)
    return {"rater": rater, "vendor": vendor, "criterion": program.scorecard.criteria.first()}


@pytest.fixture
def attach(cell):
    return lambda **more: files.attach_file(
        **cell, by=cell["rater"].membership.user, **{"file": upload(), "file_name": "screen.png", **more}
    )


def pages(program, cell):
    """Where the cell's file is attached."""
    return reverse("scorecard:sheet-file", args=[program.slug, cell["vendor"].pk, cell["criterion"].pk])


def test_file_is_evidence_and_comes_back_as_it_was(client, program, cell):
    rater = cell["rater"]
    client.force_login(rater.membership.user)
    card.rate(**cell, by=rater.membership.user, score=4)
    assert (cell["vendor"].name, cell["criterion"].name, "no evidence") in queries.missing_of(rater)

    answer = client.post(pages(program, cell), {"file": upload(name="C:\\shots\\screen.png")})

    assert answer.status_code == 303
    rating = Rating.objects.get()
    assert (rating.file_name, rating.file_bytes, rating.score) == ("screen.png", len(PICTURE), 4)
    assert (cell["vendor"].name, cell["criterion"].name, "no evidence") not in queries.missing_of(rater)
    file = client.get(reverse("scorecard:evidence-file", args=[program.slug, rating.pk]))
    assert b"".join(file.streaming_content) == PICTURE
    assert file["Content-Disposition"] == 'attachment; filename="screen.png"'
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert "screen.png" in client.get(f"/p/{program.slug}/scorecard/sheet/").content.decode()


def test_file_may_come_before_the_score(cell, attach):
    attach()

    card.rate(**cell, by=cell["rater"].membership.user, score=5, seen_version=0)

    rating = Rating.objects.get()
    assert (rating.score, rating.has_evidence) == (5, True)


def test_file_is_as_hidden_as_its_rating(client, program, runner, cell, attach):  # V3
    rating = attach()
    other = Rater.objects.exclude(pk=cell["rater"].pk).get()
    urls = [
        reverse("scorecard:evidence-file", args=[program.slug, rating.pk]),
        f"/api/v1/programs/{program.slug}/ratings/{rating.pk}/file/",
    ]

    def seen_by(user):
        client.force_login(user)
        answers = [client.get(url) for url in urls]
        for one in answers:
            if one.streaming:
                b"".join(one.streaming_content)  # read to its end, as a browser does: that closes the file
        return {one.status_code for one in answers}

    assert seen_by(cell["rater"].membership.user) == {200}
    assert seen_by(other.membership.user) == seen_by(runner) == {404}
    Rater.objects.filter(pk=cell["rater"].pk).update(submitted_at=rating.rated_at)
    assert seen_by(other.membership.user) == {404}  # owes ratings still
    assert seen_by(runner) == {200}
    assert seen_by(MembershipFactory(role=Role.SALES_OPS).user) == {404}


@pytest.mark.parametrize("content", [b"", b"x" * 11], ids=["empty", "too large"])
def test_file_that_is_empty_or_too_large_is_refused(client, program, cell, monkeypatch, content):
    monkeypatch.setattr(files, "BYTES_AT_MOST", 10)
    client.force_login(cell["rater"].membership.user)

    answer = client.post(pages(program, cell), {"file": upload(content)})

    assert (answer.status_code, "empty" in answer.content.decode()) == (422, True)
    assert Rating.objects.count() == 0


def test_content_is_deleted_when_no_rating_has_it(cell, attach, django_capture_on_commit_callbacks):
    first = attach()
    criterion = cell["criterion"].scorecard.criteria.last()
    files.attach_file(
        **{**cell, "criterion": criterion}, by=cell["rater"].membership.user, file=upload(), file_name="again.png"
    )
    kept = files.evidence_path(first.file_sha256)

    with django_capture_on_commit_callbacks(execute=True):
        files.detach_file(rating=first, by=cell["rater"].membership.user)
    assert default_storage.exists(kept)  # the other cell's

    with django_capture_on_commit_callbacks(execute=True):
        files.attach_file(
            **{**cell, "criterion": criterion},
            by=cell["rater"].membership.user,
            file=upload(b"newer"),
            file_name="n.png",
        )
    assert not default_storage.exists(kept)


def test_submitted_sheet_keeps_its_files_and_nobody_writes_on_anothers(cell, attach, runner):
    rating = attach()
    with pytest.raises(NotYours):
        files.attach_file(**cell, by=runner, file=upload(), file_name="a.png")
    Rater.objects.filter(pk=cell["rater"].pk).update(submitted_at=rating.rated_at)

    with pytest.raises(RatingRefused):
        attach()
    with pytest.raises(RatingRefused):
        files.detach_file(rating=rating, by=cell["rater"].membership.user)
    assert Rating.objects.get().file_name == "screen.png"


def test_file_over_rest(client, program, cell):
    client.force_login(cell["rater"].membership.user)
    base = f"/api/v1/programs/{program.slug}/ratings/"
    asked = {"vendor": cell["vendor"].pk, "criterion": cell["criterion"].pk, "file": upload()}

    made = client.post(f"{base}attach/", asked)
    assert (made.status_code, made.json()["file_name"]) == (200, "screen.png")
    file = client.get(f"{base}{made.json()['id']}/file/")
    assert b"".join(file.streaming_content) == PICTURE
    assert client.post(f"{base}{made.json()['id']}/detach/").json()["file_name"] == ""
    assert client.get(f"{base}{made.json()['id']}/file/").status_code == 404
