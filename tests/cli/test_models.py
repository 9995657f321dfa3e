import json
from dataclasses import replace
from pathlib import Path

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
    assert lines[2].split()[1:] == ["1", "2026-01-02", "03:04", "2026-01-01", "4", "7"]


def test_a_long_version_name_is_shown_whole(registry: Registry, model: Model) -> None:
    name = "20261122T231336123Z-abcdef"
    registry.publish(model, release(name))
    assert name in run("models", "list", "--models-dir", registry.directory).output


def test_an_empty_directory_is_said_to_be_empty(tmp_path: Path) -> None:
    words = run("models", "list", "--models-dir", tmp_path).output.split()
    assert words[-4:] == ["has", "no", "versions", "yet"]


def test_a_manifest_is_shown_as_json(registry: Registry) -> None:
    assert '"model_version": "1"' in run("models", "show", "--models-dir", registry.directory).output


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
