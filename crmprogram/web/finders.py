"""Static files that installed packages hold: the typeface and the chart library.

Nothing of others is committed; a file is served from the package under a name of ours.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import Error
from django.core.files.storage import FileSystemStorage

# our name under STATIC_URL: (package, path inside it)
PACKAGED = {
    "fonts/plex-sans.ttf": ("fontpkg_ibm_plex_sans", "files/IBMPlexSans[wdth,wght].ttf"),
    "fonts/plex-sans-licence.txt": ("fontpkg_ibm_plex_sans", "LICENSE"),
    "plotly/plotly.min.js": ("plotly", "package_data/plotly.min.js"),
}


def packaged_path(name: str) -> Path:
    """Where the package keeps the file we call `name`; KeyError when it is none of ours."""
    package, inside = PACKAGED[name]
    return Path(str(files(package))) / inside


class PackageStorage(FileSystemStorage):
    """Reads `PACKAGED` by our names."""

    prefix = None

    def path(self, name: str) -> str:
        return str(packaged_path(Path(name).as_posix()))


class PackageFinder(BaseFinder):
    """Finds `PACKAGED`."""

    storage = PackageStorage()

    def check(self, **kwargs):
        return [
            Error(f"The file {name} is missing from the package {package}.", id="web.E001")
            for name, (package, _) in PACKAGED.items()
            if not packaged_path(name).is_file()
        ]

    def find(self, path, find_all=False, **kwargs):
        name = Path(path).as_posix()
        if name not in PACKAGED:
            return []
        found = str(packaged_path(name))
        return [found] if find_all else found

    def list(self, ignore_patterns):
        for name in PACKAGED:
            yield name, self.storage
