"""Pages of `governance` under /p/<slug>/."""

from django.urls import URLPattern

app_name = "governance"

urlpatterns: list[URLPattern] = []
