import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from support.models import release

from recsvc.cli.main import recsvc
from recsvc.model.model import Model
from recsvc.model.registry import Registry


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(recsvc, [str(argument) for argument in arguments])


def test_versions_are_listed_newest_first_with_the_live_one_marked(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2026"), activate=False)
    lines = run("models", "list", "--models-dir", registry.directory).output.splitlines()
    assert [line.split()[0] for line in lines] == ["version", "2026", "*"]
    assert lines[2].split()[1:] == ["1", "2026-01-01", "4", "7", "-", "-"]


def measured(recall: float, *, is_let_through: bool) -> dict[str, Any]:
    """Return the metrics of a version as the training job writes them."""
    rankers = {
        "recsvc": {"recall_at_20": {"mean": recall, "low": recall - 0.01, "high": recall + 0.01}},
        "popular": {"recall_at_20": {"mean": 0.1, "low": 0.09, "high": 0.11}},
    }
    check = {
        "name": "users",
        "state": "passed" if is_let_through else "failed",
        "sentence": "Half [of] the users.",
    }
    return {
        "evaluation": {"questions": {"all": {"rankers": rankers}}},
        "gate": {"accepted": is_let_through, "forced": False, "checks": [check]},
    }


def test_the_list_says_how_good_each_version_was(registry: Registry, model: Model) -> None:
    registry.publish(model, replace(release("2"), metrics=measured(0.4321, is_let_through=True)))
    lines = run("models", "list", "--models-dir", registry.directory).output.splitlines()
    assert lines[0].split()[-3:] == ["R@20", "new", "R@20"]
    assert lines[1].split()[-2:] == ["0.432", "-"]


def test_a_version_is_shown_on_one_screen(registry: Registry, model: Model) -> None:
    registry.publish(model, replace(release("2"), metrics=measured(0.4321, is_let_through=False)))
    said = run("models", "show", "--models-dir", registry.directory).output
    assert len(said.splitlines()) <= 24
    text = " ".join(said.split())
    assert "Of whatever shoppers buy next, 43 % was among its first 20 suggestions" in text
    assert "(bestsellers) foresaw 10 %" in text
    assert "The gate refused it: 1 of 1 checks failed. REFUSED Half [of] the users." in text
    assert (
        "The gate did not look at it" in run("models", "show", "1", "--models-dir", registry.directory).output
    )


def test_a_long_version_name_is_shown_whole(registry: Registry, model: Model) -> None:
    name = "20261122T231336123Z-abcdef"
    registry.publish(model, release(name))
    assert name in run("models", "list", "--models-dir", registry.directory).output


def test_an_empty_directory_is_said_to_be_empty(tmp_path: Path) -> None:
    words = run("models", "list", "--models-dir", tmp_path).output.split()
    assert words[-4:] == ["has", "no", "versions", "yet"]


def test_a_manifest_is_shown_as_json(registry: Registry) -> None:
    said = run("models", "show", "--json", "--models-dir", registry.directory).output
    assert json.loads(said)["model_version"] == "1"


def test_activating_and_rolling_back_say_what_is_live(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"))
    assert run("models", "rollback", "--models-dir", registry.directory).output == "1 is live\n"
    assert run("models", "activate", "2", "--models-dir", registry.directory).output == "2 is live\n"
    assert registry.current_version() == "2"


def test_two_versions_are_compared(registry: Registry, model: Model) -> None:
    registry.publish(model, replace(release("2"), hyperparameters={"factors": 9}))
    where = ("--models-dir", registry.directory)
    text = run("models", "compare", "1", "2", *where, "--shoppers", "2", "--placement", "for_you")
    assert text.exit_code == 0, text.output
    assert "Neither was measured" in text.output
    assert "factors" in text.output
    assert "100% of the first are in both" in text.output
    assert "Milk" in text.output
    said = json.loads(run("models", "compare", "1", "2", *where, "--json").output)
    assert {lists["placement"] for lists in said["lists"]} >= {"for_you", "similar", "trending"}
    assert said["settings"][-1] == {"name": "factors", "first": 2, "second": 9}
    assert (
        json.loads(run("models", "compare", "1", "2", *where, "--json", "--shoppers", "0").output)["lists"]
        == []
    )
    assert run("models", "compare", "1", "3", *where).exit_code != 0


def test_a_damaged_version_is_listed_whatever_its_directory_is_called(tmp_path: Path, model: Model) -> None:
    registry = Registry(tmp_path / "[shop] [/models]")
    registry.publish(model, release("1"))
    (registry.directory / "1" / "manifest.json").unlink()
    listed = run("models", "list", "--models-dir", registry.directory)
    assert listed.exit_code == 0, listed.exception
    assert "damaged: " in listed.output
