"""The tables of the guides name what the code knows."""

import re
from pathlib import Path

from click import Command

from recsvc.ranking.explain.explanation import Obstacle
from recsvc.ranking.query import Placement, ReasonType
from recsvc.store.event import EventType
from training.cli.main import recsvc_train
from training.orders.reasons import REASONS

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def rows(guide: str, after: str) -> list[list[str]]:
    """Return the cells of the first table below ``after``, its heading left out."""
    text = (GUIDES / guide).read_text()
    [table] = re.findall(r"\n\n((?:\|.*\n)+)", text[text.index(after) :])[:1]
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()[2:]]


def codes(guide: str, after: str) -> set[str]:
    """Return what stands in backquotes in the first column of that table."""
    return {code for row in rows(guide, after) for code in re.findall(r"`(\w+)`", row[0])}


def test_orders_name_each_reason_in_its_own_words() -> None:
    shown = [
        (row[0].strip("`"), row[1] == "yes", row[2]) for row in rows("orders.md", "What becomes of each row")
    ]
    assert shown == [(reason.code, reason.is_damage, reason.sentence) for reason in REASONS]


def test_events_name_what_each_type_changes() -> None:
    assert codes("events.md", "## What events change") == {str(one) for one in EventType}


def test_explanations_name_each_obstacle() -> None:
    assert codes("explain.md", "no ranker; in those") == {str(one) for one in Obstacle}


def test_embedding_names_each_placement_and_each_reason() -> None:
    assert codes("embedding.md", "`fields` | what the catalogue") == {str(one) for one in Placement}
    answer = (GUIDES / "embedding.md").read_text().split("## Read the answer")[1]
    assert {str(one) for one in ReasonType} <= set(re.findall(r"`(\w+)`", answer))


def test_retraining_names_each_exit_status_that_the_command_names() -> None:
    run = recsvc_train.commands["run"]
    assert isinstance(run, Command)
    assert run.help is not None
    named = set(re.findall(r"\b(\d) ", run.help.split("Exit status:")[1].split("The live")[0]))
    assert {row[0] for row in rows("retraining.md", "what a scheduler needs")} == named
