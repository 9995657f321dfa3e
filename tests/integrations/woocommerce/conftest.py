"""Runs PHP of the plug-in."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).parents[3] / "integrations" / "woocommerce"


@pytest.fixture(scope="session")
def php() -> str:
    """The program."""
    program = shutil.which("php")
    if program is None:
        pytest.skip("needs php on the PATH")
    return program


@pytest.fixture
def call(php: str) -> Callable[..., list[Any]]:
    """Calls a method of a class of the plug-in once for each list of arguments; ``of`` makes the object."""

    def run(class_name: str, method: str, *calls: list[Any], of: list[Any] | None = None) -> list[Any]:
        cases = {"calls": calls, **({} if of is None else {"of": of})}
        done = subprocess.run(
            [php, str(PLUGIN / "tests" / "cases.php"), class_name, method],
            input=json.dumps(cases),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found: list[Any] = json.loads(done.stdout)
        return found

    return run
