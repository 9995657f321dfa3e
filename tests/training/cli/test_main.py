"""``recsvc-train`` as a user runs it: a process, its output and its exit status."""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recsvc.errors import NoModelError
from recsvc.model.registry import Registry
from training.cli.main import main

Ended = subprocess.CompletedProcess[str]

HEADER = "customer,sku,date,order,qty\n"


def run(*arguments: str | Path, cwd: Path) -> Ended:
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample shop."""
    directory = tmp_path_factory.mktemp("shop")
    sizes = ["--users", "60", "--items", "40", "--order-lines", "900", "--days", "120"]
    done = run("sample", *sizes, "--out", ".", cwd=directory)
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture(scope="module")
def trained(shop: Path) -> Ended:
    """How the first run on the sample shop ended, which published to ``models`` there."""
    done = run("run", "--orders", "orders.csv", "--models-dir", "models", cwd=shop)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def models(shop: Path, trained: Ended, tmp_path: Path) -> Path:
    """A models directory of one's own, after that run."""
    return Path(shutil.copytree(shop / "models", tmp_path / "models"))


@pytest.fixture
def refused_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs the program to its end without a process, which takes seconds to start."""

    def end(*arguments: str, cwd: Path) -> Ended:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["recsvc-train", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(arguments, ended.value.code, said.out, said.err)

    return end


def test_a_sample_shop_trains_and_is_published(shop: Path, trained: Ended) -> None:
    done = trained
    manifest = Registry(shop / "models").load().manifest
    assert f"{manifest.model_version} is live" in done.stdout
    assert "Learn rankers" in done.stdout
    assert "shoppers found something of it among ten suggestions; the bestsellers: " in done.stdout
    assert " checks passed" in done.stdout
    assert "does not apply" in done.stdout
    assert manifest.data_through.startswith("2026-06-")
    assert (shop / "models" / "reports" / manifest.model_version / "report.json").exists()


def test_a_catalogue_gives_the_model_titles_and_categories(shop: Path) -> None:
    files = ["--orders", "orders.csv", "--catalogue", "catalogue.csv"]
    done = run("run", *files, "--models-dir", "with-catalogue", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert "catalogue.csv: 40 rows, 40 items with a title, 40 with a category" in done.stdout
    published = Registry(shop / "with-catalogue").load()
    assert published.manifest.counts["items_with_category"] == len(published.model.items)
    names = list(published.model.categories)
    assert published.manifest.counts["categories"] == len(names) > 2
    assert any(" > " in name for name in names)


def test_diversity_is_measured_beside_the_number_of_categories(shop: Path) -> None:
    files = ["--orders", "orders.csv", "--catalogue", "catalogue.csv"]
    plain, diverse = (
        run("evaluate", *files, steady, "--diversity", name, "--json", f"{name}.json", cwd=shop)
        for name, steady in (("0", "--steady"), ("0.9", "--no-steady"))
    )
    assert (plain.returncode, diverse.returncode) == (0, 0), plain.stderr + diverse.stderr
    assert "the lists of recsvc have a diversity of 0.9" in " ".join(diverse.stdout.split())
    assert "shoppers found something of it among ten suggestions" in " ".join(plain.stdout.split())
    read = [json.loads((shop / f"{name}.json").read_text()) for name in ("0", "0.9")]
    assert set(read[0]["beyond_recall"]["changed_by_one_day"]["changed"]) == {"for_you", "discover"}
    assert read[1]["beyond_recall"]["changed_by_one_day"] is None
    rankers = [one["questions"]["all"]["rankers"] for one in read]
    spread = [ranker["recsvc"]["categories_at_10"]["mean"] for ranker in rankers]
    assert spread[1] > spread[0] > 1
    assert rankers[0]["popular"] == rankers[1]["popular"] | {
        "recsvc_minus_this": rankers[0]["popular"]["recsvc_minus_this"]
    }


def test_diversity_without_a_catalogue_is_refused(shop: Path, refused_here: Callable[..., Ended]) -> None:
    done = refused_here("evaluate", "--orders", "orders.csv", "--diversity", "0.3", cwd=shop)
    assert done.returncode == 2
    assert "needs --catalogue" in done.stderr


def test_a_catalogue_that_is_none_is_named(shop: Path, refused_here: Callable[..., Ended]) -> None:
    (shop / "colours.csv").write_text("colour,size\nred,1\n")
    done = refused_here("run", "--orders", "orders.csv", "--catalogue", "colours.csv", cwd=shop)
    assert done.returncode == 3
    assert "colours.csv is no product export that is known" in done.stderr
    assert "its columns are colour, size" in done.stderr


def test_two_runs_of_the_same_orders_learn_the_same(shop: Path, models: Path) -> None:
    assert run("run", "--orders", "orders.csv", "--models-dir", "again", cwd=shop).returncode == 0
    one, two = (Registry(directory).load().manifest for directory in (models, shop / "again"))
    assert one.sha256 == two.sha256


def test_only_the_last_versions_and_reports_are_kept(shop: Path, models: Path) -> None:
    (shop / "keep.toml").write_text("[training]\nkeep_versions = 1\n")
    for _ in range(2):  # after the one before
        assert run("run", "--orders", "orders.csv", "--models-dir", models, "--config", "keep.toml",
                   cwd=shop).returncode == 0  # fmt: skip
    assert len(Registry(models).versions()) == 1
    assert len(list((models / "reports").iterdir())) == 2


def test_every_refused_row_is_written_with_its_file_and_number(tmp_path: Path) -> None:
    rows = "ada,tea,2026-01-01,1,1\nbob,saw,2026-01-02,2,1\n,tea,2026-01-03,3,1\nada,tea,2026-01-04,4,-1\n"
    (tmp_path / "orders.csv").write_text(HEADER + rows)
    done = run("run", "--orders", "orders.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rejected = next((tmp_path / "models" / "reports").glob("*/rejected.csv.gz"))
    with gzip.open(rejected, "rt") as file:
        lines = [line.split(",")[:3] for line in file.read().splitlines()[1:]]
    assert sorted(lines) == [
        ["orders.csv", "2", "returned"],
        ["orders.csv", "4", "guest"],
        ["orders.csv", "5", "return"],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "zip"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"Date,Customer,Total\n2026-01-01,Ada,3\n", "no column for item_id"),
        (HEADER.encode() + b"ada,tea,yesterday,1,1\n" * 9, "unreadable_date 9"),
        (HEADER.encode() + b",tea,2026-01-01,1,1\n", "guest 1"),
    ],
)
def test_data_that_cannot_serve_is_status_3_and_leaves_no_model(
    tmp_path: Path, refused_here: Callable[..., Ended], content: bytes, said: str
) -> None:
    (tmp_path / "orders.csv").write_bytes(content)
    done = refused_here("run", "--orders", "orders.csv", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    with pytest.raises(NoModelError):
        Registry(tmp_path / "models").current_version()


def test_a_failed_run_leaves_the_live_model(shop: Path, models: Path) -> None:
    live = Registry(models).current_version()
    (shop / "empty.csv").touch()
    assert run("run", "--orders", "empty.csv", "--models-dir", models, cwd=shop).returncode == 3
    assert Registry(models).current_version() == live


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "--orders", "x.csv", "--column", "user_id"],
        ["run", "--orders", "x.csv", "--seed", "-1"],
        ["run", "--orders", "x.csv", "--config", "none.toml"],
        ["sample", "--users", "0"],
        ["evaluate", "--orders", "x.csv", "--json", "nowhere/x.json"],
        ["dance"],
    ],
)
def test_wrong_usage_is_status_2(
    tmp_path: Path, refused_here: Callable[..., Ended], arguments: list[str]
) -> None:
    assert refused_here(*arguments, cwd=tmp_path).returncode == 2


def test_a_refused_run_ends_with_4_and_says_why_and_force_publishes_it(
    shop: Path, models: Path, tmp_path: Path
) -> None:
    live = Registry(models).current_version()
    header, *rows = (shop / "orders.csv").read_text().splitlines()
    (tmp_path / "half.csv").write_text("\n".join([header, *rows[: len(rows) // 2]]))
    hook = ("--hook", "cat >> told.ndjson; echo >> told.ndjson")
    refused = run("run", "--orders", "half.csv", "--models-dir", "models", *hook, cwd=tmp_path)
    assert refused.returncode == 4, refused.stderr
    assert "REFUSED" in refused.stdout
    assert "Is this an older export?" in " ".join(refused.stdout.split())
    assert Registry(models).current_version() == live
    forced = run("run", "--orders", "half.csv", "--models-dir", "models", "--force", *hook, cwd=tmp_path)
    assert forced.returncode == 0, forced.stderr
    refusal, publication = map(json.loads, (tmp_path / "told.ndjson").read_text().splitlines())
    assert (refusal["status"], refusal["exit_status"], refusal["live_version"]) == ("refused", 4, live)
    assert "Is this an older export?" in refusal["sentence"]
    assert Path(refusal["report"]).exists()
    assert (publication["status"], publication["is_live"]) == ("published", True)
    assert publication["live_version"] == publication["model_version"] == Registry(models).current_version()
    assert "is live, forced" in forced.stdout


def test_a_sample_shop_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("sample", "--users", "20", "--order-lines", "50", "--out", "file/shop", cwd=tmp_path)
    assert done.returncode == 2
    assert "file/shop cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
