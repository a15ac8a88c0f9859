"""What every test may use. Factories are in tests/factories.py."""

import gc
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings

HERE = Path(__file__).parent

# the same examples on every machine: a suite that fails by chance is not believed
hypothesis_settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("suite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark everything under tests/browser, so that no module can forget it; SQLite's leg alone runs all."""
    for item in items:
        if HERE / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)
    if connection.vendor != "sqlite" and any(map(asks_a_server, items)):  # a choice of none runs as it was chosen
        config.hook.pytest_deselected(items=[item for item in items if not asks_a_server(item)])
        items[:] = filter(asks_a_server, items)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it for garbage again and again takes a fourteenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def asks_a_server(item: pytest.Item) -> bool:
    """Whether another server could answer otherwise; pytest-django lets no other test near a database."""
    marked = any(item.get_closest_marker(name) for name in ("django_db", "services", "browser"))
    return marked or not {"db", "transactional_db"}.isdisjoint(getattr(item, "fixturenames", ()))
