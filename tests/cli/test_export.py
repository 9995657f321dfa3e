"""``recsvc export lists`` as people and schedulers run it."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.load import wait_for
from support.models import ITEMS, random_model, release

from recsvc.catalogue.item import Item
from recsvc.mailing.parts_folder import PartsFolder
from recsvc.model.registry import Registry
from recsvc.store.store import open_store


def command(registry: Registry, output: Path, *arguments: str) -> list[str]:
    places = ["--models-dir", str(registry.directory), "--output", str(output)]
    return [sys.executable, "-m", "recsvc", "export", "lists", *places, *arguments]


def run(
    registry: Registry, output: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        command(registry, output, *arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
    )


@pytest.fixture
def described(registry: Registry) -> Registry:
    store = open_store(f"sqlite:///{registry.directory}/recsvc.db")
    store.catalogue.put(
        [Item(item_id, f"={item_id}", f"https://shop.example/{item_id}") for item_id in ITEMS]
    )
    store.close()
    return registry


def test_an_export_is_a_file_and_a_summary(described: Registry, tmp_path: Path) -> None:
    output, out = tmp_path / "lists.csv", tmp_path / "without.txt"
    out.write_text('\ufeff"ann"\n\nnobody\n')
    store = open_store(f"sqlite:///{described.directory}/recsvc.db")
    store.catalogue.put([Item("unsold", "Unsold")])
    store.close()
    arguments = ("--n", "2", "--spares", "0", "--field", "title", "--field", "link", "--without", str(out))
    done = run(described, output, *arguments, "--segment", "orders < 3")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{output}: 2 rows; 2 shoppers in ")
    assert done.stdout.splitlines()[1:] == [
        "without a row: 1 named by --without",
        "--without: 1 of 2 ids are of nobody whom the live version knows",
        "in no list: 1 items of the catalogue without all of title, link",
    ]
    rows = list(csv.DictReader(output.read_text(encoding="utf-8").splitlines()))
    assert [row["user_id"] for row in rows] == ["ben", "bob"]
    assert list(rows[0]) == [
        "user_id", "recommendation_id", "item_1", "title_1", "link_1", "item_2", "title_2", "link_2",
    ]  # fmt: skip
    assert rows[0]["title_1"].endswith(f"={rows[0]['item_1']}")
    assert output.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--segment", 'mood = "good"'), "there is no mood; a segment may ask for orders"),
        (("--link-base", "https://a.example/x"), "RECSVC_SHOP_URL"),
        (("--needs", "picture"), "recsvc items import"),
    ],
)
def test_what_went_wrong_is_one_line_with_the_remedy(
    described: Registry, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(described, tmp_path / "lists.csv", *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "lists.csv").exists()


def test_an_export_that_is_killed_goes_on_and_is_whole(registry: Registry, tmp_path: Path) -> None:
    registry.publish(random_model(1, 100, 1100), release("2"))
    output, arguments = (
        tmp_path / "lists.jsonl",
        ("--format", "jsonl", "--needs", "title", "--processes", "2"),
    )
    folder = PartsFolder(output)
    with subprocess.Popen(command(registry, output, *arguments), stdout=subprocess.PIPE) as process:
        assert wait_for(lambda: any(folder.has(number) for number in range(3)), 120)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not output.exists()
    time.sleep(2)  # until the processes that it began have seen that it is gone
    n_there = sum(folder.has(number) for number in range(3))
    done = run(registry, output, *arguments)
    assert done.returncode == 0, done.stderr
    assert "were there" in done.stdout
    assert 1 <= n_there <= 3
    rows = output.read_text().splitlines()
    assert len(rows) == len({row.split('"')[3] for row in rows}) == 1100
    assert not folder.path.exists()


def test_an_export_that_is_interrupted_says_that_it_goes_on(registry: Registry, tmp_path: Path) -> None:
    registry.publish(random_model(1, 100, 1100), release("2"))
    output = tmp_path / "lists.jsonl"
    arguments = ("--format", "jsonl", "--needs", "title", "--processes", "1")
    with subprocess.Popen(
        command(registry, output, *arguments), stdout=subprocess.PIPE, text=True
    ) as process:
        assert wait_for(lambda: PartsFolder(output).has(0), 120)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said.endswith("Ended. The same command goes on from there.\n")
    assert not output.exists()
