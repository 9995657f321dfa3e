"""The reference says what the code says."""

import re
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from docs.generate import NOTE, PAGES, REFERENCE
from recsvc.cli.main import recsvc
from recsvc.config_file import PREFIX
from recsvc.settings.settings import OTHERS, Settings
from training.cli.main import recsvc_train
from training.settings import TrainingSettings

ROOT = Path(__file__).parents[2]
OTHER_VARIABLES = {PREFIX + name for name in OTHERS}
OF_COMPOSE = {"RECSVC_TRAIN_EVERY_SECONDS", "RECSVC_MEMORY", "RECSVC_TRAIN_MEMORY"}
SETTINGS_OF_PLUGIN = ROOT / "integrations" / "woocommerce" / "includes" / "class-settings.php"
OF_PLUGIN = set(re.findall(r"defined\( '(RECSVC_\w+)' \)", SETTINGS_OF_PLUGIN.read_text()))
"""Constants of wp-config.php."""

SNIPPETS = (ROOT / "docs" / "guides" / "snippets").iterdir()
OF_SNIPPETS = {name for path in SNIPPETS for name in re.findall(r"\bRECSVC_(?:URL|KEY)\b", path.read_text())}
"""Variables of the shop's own programs."""


def page(name: str) -> str:
    return (REFERENCE / name).read_text()


def pages() -> dict[str, str]:
    """Return the text of all pages, those beside docs/ included, by path."""
    paths = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "deploy/README.md",
        ROOT / "benchmarks/README.md",
    ]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says_now(name: str) -> None:
    assert page(name) == NOTE + PAGES[name](), "run `make docs`"


def documented(model: type[BaseModel], prefix: str) -> dict[str, tuple[str, str]]:
    """Return name -> (default, description) of the rows of the page for settings of ``model``."""
    rows = [
        [cell.strip(" `") for cell in line.strip("| ").split(" | ")]
        for line in page("settings.md").splitlines()
        if line.startswith("| `")
    ]
    names = {prefix + (name.upper() if prefix else name) for name in model.model_fields}
    return {name: (default, meaning) for name, default, meaning in rows if name in names}


def declared(model: type[BaseModel], prefix: str) -> dict[str, tuple[str, str]]:
    return {
        prefix + (name.upper() if prefix else name): (
            "none" if field.default in (None, ()) or field.default_factory else str(field.default),
            str(field.description).strip("`"),
        )
        for name, field in model.model_fields.items()
    }


@pytest.mark.parametrize(("model", "prefix"), [(Settings, PREFIX), (TrainingSettings, "")])
def test_each_setting_is_listed_with_its_default_and_meaning(model: type[BaseModel], prefix: str) -> None:
    assert documented(model, prefix) == declared(model, prefix)


def paths_of(command: click.Command, path: str) -> set[str]:
    children = command.commands.items() if isinstance(command, click.Group) else ()
    return {path}.union(*(paths_of(child, f"{path} {name}") for name, child in children))


COMMANDS = paths_of(recsvc, "recsvc") | paths_of(recsvc_train, "recsvc-train")


def test_each_command_is_listed() -> None:
    assert set(re.findall(r"^## (recsvc.*)$", page("commands.md"), re.MULTILINE)) == COMMANDS


def test_no_page_names_a_command_that_does_not_exist() -> None:
    for path, text in pages().items():
        for name in re.findall(r"(?:`|\$ |^)(recsvc(?:-train)? [a-z]+)\b", text, re.MULTILINE):
            assert name in COMMANDS or path == "CHANGELOG.md", (path, name)


def test_no_page_names_a_variable_that_does_not_exist() -> None:
    known = (
        {PREFIX + name.upper() for name in Settings.model_fields}
        | OTHER_VARIABLES
        | OF_COMPOSE
        | OF_PLUGIN
        | OF_SNIPPETS
    )
    for path, text in pages().items():
        of_all = re.sub(r"RECSVC_SHOPS__[A-Z]+__", "RECSVC_", text)  # of a shop, there are the same
        assert set(re.findall(r"RECSVC_[A-Z_]+[A-Z]", of_all)) <= known, path


EXAMPLES = ("repeated.py", "da.py", "corner_till.py", "guests.py", "guests.html.j2")


def test_no_page_names_a_file_that_does_not_exist() -> None:
    rooms = "recsvc|training|tests|deploy|docs|benchmarks"
    for page_path, text in pages().items():
        named = re.findall(rf"`((?:{rooms})/[\w/.-]+)`", text)
        modules = re.findall(r"python -m (benchmarks\.\w+)", text)
        programs = [ROOT / module.replace(".", "/") for module in modules]
        for program in programs:
            assert program.with_suffix(".py").exists() or (program / "__main__.py").exists(), (
                page_path,
                program,
            )
        for path in named:
            assert (ROOT / path).exists() or path.endswith(EXAMPLES), (page_path, path)


def test_no_module_names_a_page_that_does_not_exist() -> None:
    for room in ("recsvc", "training", "benchmarks", "tests"):
        for path in ROOT.glob(f"{room}/**/*.py"):
            for name in re.findall(r"\bdocs/[\w/-]+\.md\b", path.read_text()):
                assert (ROOT / name).exists(), (path, name)
