import io
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console
from support.load import wait_for

from recsvc.cli.demo import Demo, _process, has_display, own_environment, serve_command, show_addresses
from recsvc.cli.main import recsvc
from recsvc.errors import RecsvcError
from recsvc.web.demo.simulated import mark_simulated


def test_the_demo_says_so_where_only_the_service_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "training", None)
    refused = CliRunner().invoke(recsvc, ["demo", "--once", "--directory", str(tmp_path / "demo")]).exception
    assert isinstance(refused, RecsvcError)
    assert "pip install recsvc[train]" in str(refused)
    assert not (tmp_path / "demo").exists()


TODAY = datetime.now(UTC).date()


class TestTheDaysToMakeUp:
    def test_a_new_shop_gets_four_weeks_until_yesterday(self, tmp_path: Path) -> None:
        days = Demo(tmp_path, 8000, []).days_to_simulate()
        assert len(days) == 28
        assert days[-1] == TODAY - timedelta(days=1)
        assert days == sorted(days)

    def test_one_that_has_them_gets_those_since_alone(self, tmp_path: Path) -> None:
        demo = Demo(tmp_path, 8000, [])
        demo.models_dir.mkdir()
        mark_simulated(demo.models_dir, TODAY - timedelta(days=3))
        assert demo.days_to_simulate() == [TODAY - timedelta(days=2), TODAY - timedelta(days=1)]
        mark_simulated(demo.models_dir, TODAY - timedelta(days=1))
        assert demo.days_to_simulate() == []

    def test_visits_of_real_shoppers_are_not_made_up(self, tmp_path: Path) -> None:
        assert Demo(tmp_path, 8000, ["orders.csv"]).days_to_simulate() == []


def test_made_up_visits_never_come_into_the_database_of_a_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSVC_DATABASE_URL", "postgresql://shop@db.example/shop")
    monkeypatch.setenv("RECSVC_HOST", "0.0.0.0")
    command = serve_command(tmp_path, 8000, None)
    assert command[command.index("--database-url") + 1] == f"sqlite:///{tmp_path}/recsvc.db"
    assert command[command.index("--host") + 1] == "127.0.0.1"


def test_the_demo_publishes_into_no_bucket_of_a_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSVC_MODELS_URL", "s3://shop/models")
    monkeypatch.setenv("RECSVC_CURRENCY", "SEK")
    assert "RECSVC_MODELS_URL" not in own_environment()
    assert own_environment()["RECSVC_CURRENCY"] == "SEK"


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_browser_is_opened_only_where_there_is_a_display(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    monkeypatch.setenv(variable, ":0")
    assert has_display()


def test_the_addresses_come_last() -> None:
    shown = io.StringIO()
    show_addresses(Console(file=shown), "http://127.0.0.1:8000")
    assert shown.getvalue().split() == [
        "Demo", "shop", "http://127.0.0.1:8000/demo", "Console", "http://127.0.0.1:8000/console",
    ]  # fmt: skip


def test_ctrl_c_is_not_for_what_it_started(tmp_path: Path) -> None:
    said = tmp_path / "session"
    program = f"import os, time; open({str(said)!r}, 'w').write(f'{{os.getsid(0)}}.'); time.sleep(60)"
    with _process([sys.executable, "-c", program]):
        assert wait_for(lambda: said.exists() and said.read_text().endswith("."), 20)
    assert int(said.read_text().rstrip(".")) != os.getsid(0)
