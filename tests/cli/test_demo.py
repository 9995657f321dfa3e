import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from recsvc.cli.main import recsvc
from recsvc.errors import RecsvcError


def test_the_demo_says_so_where_only_the_service_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "training", None)
    refused = CliRunner().invoke(recsvc, ["demo", "--once", "--directory", str(tmp_path / "demo")]).exception
    assert isinstance(refused, RecsvcError)
    assert "pip install recsvc[train]" in str(refused)
    assert not (tmp_path / "demo").exists()
