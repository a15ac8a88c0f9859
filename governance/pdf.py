"""A page as PDF by WeasyPrint, which is an optional extra: the print style of the page is the first way."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

from django.contrib.staticfiles import finders

from crmprogram.program.errors import DomainError

SECONDS = 60
STYLE = "css/one-pager-pdf.css"


class NoPdf(DomainError):
    """WeasyPrint is not installed here, or it failed."""

    code = "no_pdf"


def is_available() -> bool:
    """Is the extra installed?"""
    return find_spec("weasyprint") is not None


def pdf_of(html: str) -> bytes:
    """`html` as a PDF, made in a process of its own: its memory and its libraries stay out of the web server.

    Raises NoPdf when the extra is missing, or cannot find its system libraries.
    """
    if not is_available():
        raise NoPdf("PDF files need the extra “pdf” of this installation. Print the page to a PDF instead.")
    style = finders.find(STYLE)
    command = [sys.executable, "-m", "weasyprint", "--encoding", "utf-8", "--stylesheet", str(style), "-", "-"]
    try:
        done = subprocess.run(command, input=html.encode(), capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as exc:
        raise NoPdf("The PDF took too long. Print the page to a PDF instead.") from exc
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise NoPdf("The PDF could not be made; WeasyPrint misses a library. Print the page to a PDF instead.")
    return done.stdout
