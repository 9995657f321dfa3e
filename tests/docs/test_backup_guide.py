"""The commands of the guide on backups, run as they stand there.

Docker is stood in for by a script that runs what a container would, with /store and /backups in a scratch directory.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from support.events import event
from support.models import release, small_model
from support.postgres import PostgresServer, find_postgres
from support.processes import Service

from recsvc.model.registry import Registry
from recsvc.store.store import open_store

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "backup.md"

DOCKER = """#!/usr/bin/env bash
set -eu
[[ $1 == compose ]]
case $2 in
  exec) "${@:4}" ;;
  cp) cp "${3#service:}" "$4" ;;
  run) while [[ $1 != service ]]; do shift; done; recsvc "${@:2}" ;;
  stop | start) echo "$2" >>"$CALLS" ;;
  *) exit 2 ;;
esac
"""


def blocks(heading: str) -> list[str]:
    section = GUIDE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


class Machine:
    """Runs blocks of the guide; its directories are in a scratch directory."""

    def __init__(self, scratch: Path) -> None:
        self.models, self.backups, self.calls = scratch / "models", scratch / "backups", scratch / "calls"
        self._programs, self._replaced = scratch / "programs", {"/backups": str(self.backups)}
        self.backups.mkdir()
        self._programs.mkdir()
        (self._programs / "docker").write_text(DOCKER)
        (self._programs / "docker").chmod(0o755)
        (self._programs / "recsvc").symlink_to(Path(sys.executable).parent / "recsvc")
        self._path = [str(self._programs), str(find_postgres() or ""), os.environ["PATH"]]
        self._variables: dict[str, str] = {"RECSVC_MODELS_DIR": str(self.models), "CALLS": str(self.calls)}

    def means(self, text: str, by: str) -> None:
        """Write ``by`` where the guide has ``text``."""
        self._replaced[text] = by

    def run(self, block: str) -> str:
        for text, by in self._replaced.items():
            block = block.replace(text, by)
        variables = {**os.environ, **self._variables, "PATH": ":".join(self._path)}
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, cwd=self.backups
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    Registry(machine.models).publish(small_model(), release("1"))
    return machine


def buy(url: str, *user_ids: str) -> None:
    with closing(open_store(url)) as store:
        store.events.append([event(event_id=user_id, user_id=user_id) for user_id in user_ids])


def buyers(url: str) -> set[str | None]:
    with closing(open_store(url)) as store:
        return {user_id for batch in store.events.batches() for user_id in batch.user_ids}


def erase(url: str, user_id: str) -> None:
    with closing(open_store(url)) as store:
        store.users.erase(user_id, 1)


def test_a_store_in_sqlite_is_copied_while_the_service_runs_and_put_back(
    machine: Machine, tmp_path: Path
) -> None:
    url = f"sqlite:///{machine.models}/recsvc.db"
    back_up, restore, restore_elsewhere = blocks("SQLite")
    service = Service(machine.models, tmp_path / "log", workers=1)
    try:
        for user_id in ("ada", "bob", "eve"):
            body = {"type": "purchase", "user_id": user_id, "item_id": "tea", "event_id": user_id}
            assert service.post("/v1/events", body)[0] == 202
        machine.run(back_up)
        assert service.delete("/v1/users/ada")[0] == 200
    finally:
        service.stop()
    buy(url, "late")
    machine.run(restore)
    assert buyers(url) == {"bob", "eve"}
    # The store is lost, and a copy from before the newest one is put back.
    copy = machine.backups / "recsvc-2026-11-29.db"
    shutil.copy(copy, machine.backups / "recsvc-2026-11-28.db")
    erase(f"sqlite:///{copy}", "eve")
    for path in machine.models.glob("recsvc.db*"):
        path.unlink()
    machine.run(restore_elsewhere)
    assert buyers(url) == {"ada", "bob"}  # nothing that is left knows of the erasure of ada


def test_a_store_in_postgresql_is_copied_and_put_back(
    machine: Machine, shared_postgres: PostgresServer
) -> None:
    address = f"postgresql://tests@127.0.0.1:{shared_postgres.port}/"
    with psycopg.connect(f"{address}postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE recsvc")
    machine.means("postgresql://recsvc@db.example/", address)
    buy(f"{address}recsvc", "ada", "bob")
    dump, restore = blocks("PostgreSQL")
    machine.run(dump)
    erase(f"{address}recsvc", "ada")
    buy(f"{address}recsvc", "late")
    assert "were erased again: 1" in machine.run(restore)
    assert buyers(f"{address}recsvc_restored") == {"bob"}


def test_the_live_model_is_copied_and_put_back(machine: Machine) -> None:
    pack, unpack = blocks("Models")
    machine.run(pack)
    shutil.rmtree(machine.models)
    machine.run(unpack)
    registry = Registry(machine.models)
    assert registry.load(registry.current_version()).manifest.model_version == "1"


def test_a_store_in_a_container_is_copied_and_put_back(machine: Machine) -> None:
    url = f"sqlite:///{machine.models}/recsvc.db"
    machine.means("/store/", f"{machine.models}/")
    buy(url, "ada", "bob")
    back_up, restore = blocks("In containers")
    machine.run(back_up)
    erase(url, "ada")
    machine.run(restore)
    assert buyers(url) == {"bob"}
    assert machine.calls.read_text().split() == ["stop", "start"]
    assert [path.name for path in machine.models.glob("recsvc-*")] == []


def test_every_command_of_the_page_is_run_here() -> None:
    headings = ("SQLite", "PostgreSQL", "Models", "In containers")
    assert GUIDE.read_text().count("```sh") == sum(len(blocks(heading)) for heading in headings)
