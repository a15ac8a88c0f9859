from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A demo program, told through the services."""

    name = "crmprogram.demo"
    label = "demo"
