from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WebConfig(AppConfig):
    """What every page and endpoint shares, and the pages of the floors below."""

    name = "crmprogram.web"
    label = "web"

    def ready(self) -> None:
        # `<app>/rail.py` says what an app shows in the rail and in "next for me"
        autodiscover_modules("rail")
        from crmprogram.web import schema  # noqa: F401  registers the token scheme with OpenAPI
