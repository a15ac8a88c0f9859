"""The addresses of `./run bench pages`: ours, and one page that does nothing, behind the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from crmprogram import urls


def bare(request: HttpRequest) -> HttpResponse:
    """What Django costs by itself, session and user included."""
    return HttpResponse(f"{request.user.pk}")


urlpatterns = [path("bare/", bare), *urls.urlpatterns]
handler404, handler403, handler500 = (getattr(urls, name, None) for name in ("handler404", "handler403", "handler500"))
