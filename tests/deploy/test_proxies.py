"""The examples for proxies say what the page says; whether they work, tests/integration/test_replicas*.py try."""

import re
import subprocess
from pathlib import Path

import pytest
from support.processes import free_port
from support.proxies import DEPLOY, KINDS, NO_PROXY, configured, has_proxies

from recsvc.settings.settings import Settings


@pytest.mark.skipif(not has_proxies(), reason=NO_PROXY)
@pytest.mark.parametrize("kind", KINDS)
def test_the_program_itself_finds_nothing_wrong(kind: str, tmp_path: Path) -> None:
    _, check = configured(kind, free_port(), (free_port(), free_port()), tmp_path)
    found = subprocess.run(check, capture_output=True, text=True, check=False)
    said = (found.stdout + found.stderr).lower()
    assert found.returncode == 0, said
    assert "warn" not in said


def test_nginx_takes_bodies_as_large_as_the_service_does() -> None:
    text = (DEPLOY / "nginx/recsvc.conf").read_text()
    largest, files = (int(size) * 2**20 for size in re.findall(r"client_max_body_size (\d+)m;", text))
    fields = Settings.model_fields
    assert largest >= fields["max_batch_bytes"].default
    assert files > fields["max_look_bytes"].default
