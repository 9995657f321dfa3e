"""``recsvc-train tune`` as a user runs it, and as the system ends it."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.orders import DAY, NEWEST
from support.tuning import shop

from training.settings import load_training_settings

SMALL = (
    "[training]  # ours\nfactors = 4\niterations = 3\nneighbours = 10\nwindows = 3\ntrees = 5\nthreads = 1\n"
)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "training", "tune", "--orders", "orders.csv", *arguments]


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def ended(study: Path) -> int:
    return study.read_text().count('"outcome"') if study.exists() else 0


@pytest.fixture
def shop_dir(tmp_path: Path) -> Path:
    names = {"user_id": "customer_id", "item_id": "sku"}
    lines = shop().lines.select("user_id", "item_id", "ordered_at", "order_id", "quantity").rename(names)
    assert lines["ordered_at"].max() == NEWEST
    assert NEWEST % DAY == 0
    lines.write_csv(tmp_path / "orders.csv")
    (tmp_path / "recsvc.toml").write_text(SMALL)
    return tmp_path


def test_a_killed_run_is_gone_on_with_and_its_settings_are_written(shop_dir: Path) -> None:
    study = shop_dir / "tune.log"
    with subprocess.Popen(command(), cwd=shop_dir, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not ended(study) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    with study.open("ab") as file:
        file.write(b'{"op_code":5,"worker_id":"4c')  # what a kill within a write leaves
    done = run(shop_dir, "--trials", "2", "--write", "recsvc.toml")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert int(re.search(r"known from earlier runs: (\d)", done.stdout)[1]) in {0, 1, 2}
    assert re.search(r"trials.*present settings", done.stdout)
    assert all(json.loads(line) for line in study.read_text().splitlines())
    assert (shop_dir / "recsvc.toml").read_text().startswith("[training]  # ours\nfactors = ")
    assert load_training_settings(shop_dir / "recsvc.toml", {}, {}).windows == 3


def test_what_cannot_end_well_is_refused_before_the_first_trial(shop_dir: Path) -> None:
    (shop_dir / "broken.toml").write_text("[training")
    for arguments, said in (
        (("--write", "broken.toml"), "broken.toml cannot be written"),
        (("--study", "nowhere/tune.log"), "there is no folder nowhere"),
    ):
        done = run(shop_dir, *arguments)
        assert done.returncode == 2
        assert said in done.stderr
    assert not (shop_dir / "tune.log").exists()


def test_too_few_orders_are_status_3(shop_dir: Path) -> None:
    lines = (shop_dir / "orders.csv").read_text().splitlines(keepends=True)
    (shop_dir / "orders.csv").write_text("".join(lines[:100]))
    done = run(shop_dir)
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert "at least 20" in done.stderr
