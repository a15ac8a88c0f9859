import json

import pytest
from django.core.files.base import ContentFile

from crmprogram.web.storage import StaticStorage


@pytest.fixture
def storage(tmp_path, settings):
    settings.DEBUG = False
    return StaticStorage(location=str(tmp_path), base_url="/static/")


def collect(storage, **files):
    paths = {}
    for name, text in files.items():
        path = name.replace("__", "/").replace("_dot_", ".")
        storage._save(path, ContentFile(text.encode()))
        paths[path] = (storage, path)
    return list(storage.post_process(paths))


def test_source_map_that_is_not_there_does_not_stop_collecting(storage, tmp_path):
    done = collect(storage, lib_dot_js="let a;\n//# sourceMappingURL=lib.js.map\n")

    assert [error for *_, error in done if isinstance(error, Exception)] == []
    assert list(json.loads((tmp_path / "staticfiles.json").read_text())["paths"]) == ["lib.js"]


def test_address_in_a_stylesheet_gets_its_hashed_name(storage, tmp_path):
    collect(storage, css__a_dot_css='@font-face{src:url("../f.ttf")}' + " " * 400, f_dot_ttf="font" * 200)
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]

    assert f"../{names['f.ttf']}" in (tmp_path / names["css/a.css"]).read_text()


def test_files_are_compressed_by_gzip_alone(storage, tmp_path):
    collect(storage, a_dot_css="a{color:red}" * 200)

    assert {path.suffix for path in tmp_path.rglob("a.*") if path.suffix in {".gz", ".br"}} == {".gz"}
