"""Programs of this installation are started as such, wherever that is done."""

import re
import subprocess
from pathlib import Path

import pytest

from recsvc.processes.own_program import own_program

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["recsvc", "training"])
def test_a_namesake_in_the_working_directory_is_not_started(tmp_path: Path, module: str) -> None:
    namesake = tmp_path / module
    namesake.mkdir()
    (namesake / "__init__.py").write_text("raise SystemExit(9)")
    done = subprocess.run(
        [*own_program(module), "--help"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout[:6]) == (0, "Usage:")


def test_no_program_is_started_otherwise() -> None:
    other = re.compile(r'sys\.executable,\s*"-m"')
    sources = [path for room in ("recsvc", "training") for path in (ROOT / room).rglob("*.py")]
    assert not [path.name for path in sources if other.search(path.read_text())]
