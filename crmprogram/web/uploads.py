"""The ceiling of a request's files: what is larger is thrown away while it arrives, and never reaches the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class CeilingHandler(FileUploadHandler):
    """Stands before the handlers that keep files.

    Forms are parsed before the person is known (the CSRF check reads them), so a ceiling in
    the view alone would let anybody fill the disk. `request.upload_too_large` tells the
    view why the file is missing.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        if self.taken > settings.UPLOAD_MAX_BYTES:
            self.request.upload_too_large = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
