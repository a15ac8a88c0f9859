from django.contrib.staticfiles import finders

from crmprogram.web.finders import PACKAGED, PackageFinder


def test_typeface_is_found_in_its_package():
    found = finders.find("fonts/plex-sans.ttf")

    with open(found, "rb") as font:
        assert font.read(4) == b"\x00\x01\x00\x00"  # TrueType


def test_every_packaged_file_is_collected_under_our_name():
    listed = dict(PackageFinder().list(None))

    assert set(listed) == set(PACKAGED)
    assert all(storage.exists(name) for name, storage in listed.items())


def test_what_no_package_holds_is_left_to_others():
    assert PackageFinder().find("css/base.css") == []


def test_packages_hold_what_we_serve():
    assert PackageFinder().check() == []
