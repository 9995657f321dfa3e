from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recsvc.catalogue.item import Item
from recsvc.cli.main import recsvc
from recsvc.store.store import Store, open_store
from recsvc.store.stored_placements import StoredPlacement

ITEMS = [
    Item("spade", price=20.0, categories=("garden",), attributes={"brand": "acme"}),
    Item("rose", price=60.0, categories=("garden",)),
    Item("pan", price=30.0),
]
GARDEN = """
[placements.garden]
base = "for_you"
filter = 'price <= 50 and "garden" in categories'
exclude_bought_days = 30
min_stock = 3
rotation = {}
fill = "none"
boosts = [{when = 'brand == "acme"', factor = 1.5}]
pins = [{item_id = "rose", position = 1}]
caps = [{by = "brand", at_most = 2}]
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    store.catalogue.put(ITEMS)
    store.catalogue.withdraw("pan", 1)
    return store


def check(directory: Path, text: str) -> Result:
    (directory / "recsvc.toml").write_text(text)
    options = ["--config", str(directory / "recsvc.toml"), "--models-dir", str(directory)]
    return CliRunner().invoke(recsvc, ["rules", "check", *options])


def test_each_placement_is_one_line_that_says_what_it_does(tmp_path: Path, store: Store) -> None:
    store.placements.put(StoredPlacement("for_you", {"filter": "shopper.orders > 2"}, 1))
    store.close()
    result = check(tmp_path, GARDEN)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:2] == [
        'garden (file): ranks like for_you; only price <= 50 and "garden" in categories (1 of 2 items); '
        '1.5 times the score where brand == "acme"; pins rose at 1; at most 2 of one brand; '
        "nothing bought in the last 30 days; no known stock below 3; what was shown 5 times in vain comes last; "
        "not filled",
        "for_you (store): ranks like for_you; only shopper.orders > 2 (0 of 2 items, for a shopper nobody knows)",
    ]


def test_a_table_says_what_each_rule_costs_and_what_all_may(tmp_path: Path, store: Store) -> None:
    store.close()
    result = check(tmp_path, GARDEN)
    lines = result.stdout.splitlines()[1:]
    assert lines[0] == "Costs in each worker, at most, on 3 items (together, a field counts once):"
    assert [line.split()[:3] for line in lines[1:]] == [
        ["placement", "rule", "fields"],
        ["garden", "filter", "2"],
        ["boosts.0", "1", "0.0"],
        ["caps.0", "1", "0.0"],
        ["min_stock", "1", "0.0"],
        ["all", "together", "4"],
        ["may", "take", "512"],
    ]


def test_of_many_rules_the_dearest_are_shown_one_by_one(tmp_path: Path, store: Store) -> None:
    store.close()
    boosts = ", ".join(f"{{when = 'a{number}', factor = 2.0}}" for number in range(30))
    result = check(tmp_path, f'[placements.many]\nbase = "for_you"\nboosts = [{boosts}]\n')
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()[3:]]
    assert len(rows) == 13
    assert rows[10][:3] == ["20", "others", "20"]


def test_rules_that_cost_too_much_are_refused_with_what_they_cost(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSVC_MAX_RULES_BYTES", str(2**20))
    store.catalogue.put([Item(f"i{number}", attributes={"colour": "red"}) for number in range(5000)])
    store.close()
    many = " or ".join(f"a{number}" for number in range(20))
    text = (
        f'[placements.dear]\nbase = "for_you"\nfilter = "{many}"\n[placements.for_you]\nfilter = "colour"\n'
    )
    result = check(tmp_path, text)
    assert result.exit_code == 2
    assert "error: placement dear: the rules of all placements take 7.2 MiB on 5,003 items" in result.stderr
    assert "most of it filter (20 fields, 6.9 MiB)" in result.stderr
    assert "may take 1.0 MiB (RECSVC_MAX_RULES_BYTES)" in result.stderr
    assert "placement for_you" not in result.stderr
    assert result.stdout.startswith("for_you (file): ranks like for_you; only colour (0 of 5,002 items)")


def test_what_makes_no_sense_is_named_and_the_rest_checked(tmp_path: Path, store: Store) -> None:
    store.close()
    result = check(tmp_path, GARDEN + '[placements.sale]\nbase = "for_you"\nfilter = "prize < 3"\n')
    assert result.exit_code == 2
    assert result.stderr.startswith("error (file): placement sale: filter: column 1: there is no field prize")
    assert result.stdout.startswith("garden (file)")


def test_an_attribute_that_no_item_has_is_pointed_out(tmp_path: Path, store: Store) -> None:
    store.close()
    result = check(tmp_path, "[placements.for_you]\nfilter = 'brant == \"acme\"'\n")
    assert result.exit_code == 0
    assert "warning: no item has the attribute brant; did you mean brand?" in result.stderr


def test_without_a_store_the_file_is_checked_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "recsvc.toml").write_text(GARDEN)
    options = ["--config", str(tmp_path / "recsvc.toml"), "--models-dir", str(tmp_path / "nowhere")]
    result = CliRunner().invoke(recsvc, ["rules", "check", *options])
    assert result.exit_code == 0
    assert "only the file is checked" in result.stderr
    assert 'only price <= 50 and "garden" in categories; ' in result.stdout


def test_without_any_rules_it_says_how_to_make_some(tmp_path: Path, store: Store) -> None:
    store.close()
    assert "[placements.NAME]" in check(tmp_path, "").stdout


def test_a_service_does_not_start_with_rules_that_make_no_sense(tmp_path: Path) -> None:
    (tmp_path / "recsvc.toml").write_text("[placements.sale]\nfill = 'none'\n")
    result = CliRunner().invoke(
        recsvc, ["serve", "--config", str(tmp_path / "recsvc.toml"), "--models-dir", str(tmp_path)]
    )
    assert result.exit_code == 1
    assert "placement sale: base is missing" in str(result.exception)
