"""What ``/openapi.json`` promises, schemathesis holds a service to, with all its checks, that demands keys."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.keys import add_key
from support.models import release, small_model
from support.processes import Service

from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope, Token
from recsvc.store.store import open_store

TESTS = Path(__file__).parents[1]
EXAMPLES = 6
SECONDS = 240


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    return tmp_path / "models"


@pytest.fixture
def admin(models_dir: Path) -> Token:
    store = open_store(f"sqlite:///{models_dir}/recsvc.db")
    token = add_key(store.keys, Scope.ADMIN)
    store.close()
    return token


@pytest.fixture
def service(models_dir: Path, admin: Token) -> Iterator[Service]:
    service = Service(models_dir, models_dir.parent / "log", workers=1)
    yield service
    assert service.stop() == 0


def test_the_service_does_what_its_description_says(service: Service, admin: Token, tmp_path: Path) -> None:
    program = [
        sys.executable, "-m", "schemathesis.cli",
        "--config-file", str(TESTS / "integration" / "schemathesis.toml"),
        "run", f"{service.base}/openapi.json",
        "--header", f"Authorization: Bearer {admin}",
        "--max-examples", str(EXAMPLES), "--seed", "1", "--generation-database", "none",
        "--continue-on-failure", "--no-color",
    ]  # fmt: skip
    variables = {"SCHEMATHESIS_HOOKS": "support.contract_hooks", "PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        program,
        env={**os.environ, **variables},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
    assert re.search(r"(\d+) selected / \1 total", done.stdout)
    for phase in ("Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in done.stdout


def test_only_health_links_and_what_is_signed_are_described_as_open(service: Service) -> None:
    paths = service.get("/openapi.json")[1]["paths"]
    is_open = {
        path for path, operations in paths.items() for one in operations.values() if "security" not in one
    }
    assert is_open == {
        "/health/live",
        "/health/ready",
        "/r/{token}",
        "/v1/hooks/shopify",
        "/v1/hooks/woocommerce",
        "/v1/proxy/shopify",
    }
    assert paths["/v1/recommend"]["get"]["security"] == [
        {way: [scope]} for scope in ("read", "widget") for way in ("bearer", "header")
    ]
