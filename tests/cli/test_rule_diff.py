import io
import json
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from click.testing import CliRunner
from rich.console import Console
from support.events import event

from recsvc.cli.main import recsvc
from recsvc.cli.rule_diff import Sample, compare, print_comparison
from recsvc.errors import RulesError
from recsvc.model.registry import Registry
from recsvc.rules.rule_book import NO_RULES, read_book
from recsvc.settings.settings import Settings
from recsvc.store.store import Store, open_store

RULES = read_book(
    {
        "tools": {"base": "for_you", "filter": 'item_id in ["saw", "nails", "hammer"]'},
        "everything": {"base": "discover"},
    }
)
AFTER_TRAINING = 2_000_000_000


@pytest.fixture
def store(registry: Registry) -> Iterator[Store]:
    store = open_store(f"sqlite:///{registry.directory}/recsvc.db")
    yield store
    store.close()


def test_figures_and_examples_are_of_all_placements_with_rules(registry: Registry, store: Store) -> None:
    store.events.append([event("cake", AFTER_TRAINING), event("milk", 0)])
    found = compare(Settings(models_dir=registry.directory), store, RULES, Sample(n=3))
    everything, tools = found.summaries
    assert (tools.placement, tools.n_shoppers, tools.n_changed) == ("tools", 4, 2)
    assert tools.kept == pytest.approx(0.5, abs=0.1)
    assert (tools.n_buyers, tools.recall_before, tools.recall_after) == (1, 1.0, 0.0)
    assert (everything.n_changed, everything.kept, everything.examples) == (0, 1.0, ())
    figures = json.dumps([asdict(one) for one in found.summaries])
    assert "ada" not in figures
    assert json.loads(figures)[0]["n_changed"] == 0


def test_a_table_and_titles_are_printed_and_no_shopper(registry: Registry, store: Store) -> None:
    settings = Settings(models_dir=registry.directory)
    found = compare(settings, store, RULES, Sample(n=3, placement="tools"))
    console = Console(file=io.StringIO(), width=140)
    print_comparison(found, 3, console)
    printed = console.file.getvalue()
    assert "2 of 4" in printed
    assert all(title in printed for title in ("Tea", "Saw", "without rules"))
    assert not [one for one in ("ada", "ann", "bob", "ben") if one in printed.split()]


@pytest.mark.parametrize(
    ("placement", "told"), [(None, "there are no rules"), ("tols", "'tols' has no rules")]
)
def test_where_there_are_no_rules_it_says_so(
    registry: Registry, store: Store, placement: str | None, told: str
) -> None:
    rules = NO_RULES if placement is None else RULES
    with pytest.raises(RulesError, match=told):
        compare(Settings(models_dir=registry.directory), store, rules, Sample(placement=placement))


def test_the_command_asks_for_what_it_compares(registry: Registry) -> None:
    asked = ["rules", "diff", "--models-dir", str(registry.directory), "--shoppers", "0"]
    assert "0 is not in the range" in CliRunner().invoke(recsvc, asked).output
