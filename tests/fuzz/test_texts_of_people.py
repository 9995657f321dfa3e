"""What people write: rules, placements and settings. Each is taken, or refused with a sentence."""

import json
import os
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.mutations import ODD_TEXTS, mutated_bytes, mutated_values, odd_values

from recsvc.config_file import read_table
from recsvc.errors import RecsvcError, RulesError, SettingsError
from recsvc.rules.parser import parse
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import TABLE, read_book
from recsvc.settings.settings import Settings, load_settings
from training.settings import load_training_settings

RULES = [
    "price <= 50", "brand == \"it's\"", "price < attributes.list_price", "not in_stock", "organic == true",
    "(in_stock or in_stock) and price <= 50", '"garden" in categories', 'brand not in ["a", "b"]',
    "categories in shopper.categories", 'item_id in ["a", "b"]', 'attributes."fabric type" == 1',
]  # fmt: skip


@given(mutated_bytes([one.encode() for one in RULES]))
@example(b"not " * 3000 + b"brand")
@example(b"price > 1e999")
@example(b"a" * 100_000)
def test_a_rule_is_read_or_refused_with_its_place(text: bytes) -> None:
    with suppress(RulesError, UnicodeDecodeError):
        parse(text.decode(errors="surrogatepass"))


PLACEMENTS = [
    {
        "base": "for_you", "filter": "price <= 50", "boosts": [{"when": "brand == 'x'", "factor": 2.0}],
        "pins": [{"item_id": "tea", "position": 1, "from": "2026-01-01", "until": "2026-02-01T00:00:00Z"}],
        "caps": [{"by": "brand", "at_most": 2}], "rotation": {"after_impressions": 3, "within_days": 7},
    },
    {"filter": '"Food" in categories'},
    {"pins": [{"item_id": "tea", "position": 2}]},
]  # fmt: skip


@given(mutated_values(PLACEMENTS))
def test_placements_as_json_are_read_or_refused(value: object) -> None:
    try:
        rules = PlacementRules.model_validate(value)
    except (ValidationError, RulesError):
        return
    json.dumps(rules.as_json(), allow_nan=False).encode()
    assert PlacementRules.model_validate(rules.as_json()) == rules


@given(st.one_of(mutated_values([{"own": one, "trending": PLACEMENTS[1]} for one in PLACEMENTS])))
def test_placements_of_the_file_are_read_or_refused(tables: object) -> None:
    if isinstance(tables, dict):
        with suppress(RulesError):
            read_book(tables)


TOML = b"""
[service]
port = 8000
redis_url = "redis://127.0.0.1:6379/0"
database_url = "sqlite:///x.db"
rate_limit = "1000/second"
cors_origins = "https://shop.example"
cache_ttl_seconds = 3600.5
[training]
factors = 64
columns = { user_id = "customer" }
non_product_pattern = "POST|M"
[placements.own]
base = "for_you"
filter = "price <= 50"
[[placements.own.pins]]
item_id = "tea"
position = 1
from = 2026-01-01T00:00:00Z
"""


@given(mutated_bytes([TOML]))
@example(b"a = " + b"[" * 5000)
@example(b"[service]\nrate_limit = '" + b"9" * 5000 + b"/second'")
def test_a_settings_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    path.write_bytes(content)
    for read in (
        lambda: load_settings(path, {}).limit,
        lambda: load_training_settings(path, {}, {}),
        lambda: read_book(read_table(path, TABLE)),
    ):
        with suppress(RecsvcError):
            read()


VALUES = st.one_of(
    st.sampled_from(
        [
            *(one for one in ODD_TEXTS if "\0" not in one and one != "\ud800" and one != "\udfff"),
            "redis://[::1", "redis://h:port", "redis://:p@h/db", "unix://", "postgresql://u:p@h:x/d", "sqlite:///",
            "sqlite://x", "postgresql+asyncpg://h/d", "postgresql://[/x", "0/second", "1/fortnight",
            "1 per", "https://", "https://a:b",
            "::1", "localhost", "1e3", "Infinity", "١٢", "8_000", "0x10",
        ]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)  # fmt: skip


@given(st.sampled_from(sorted(Settings.model_fields)), VALUES)
def test_a_variable_is_taken_or_refused_by_its_name(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: str
) -> None:
    variable = f"RECSVC_{name.upper()}"
    empty = tmp_path_factory.getbasetemp() / "empty.toml"
    empty.write_text("")
    with patch.dict(os.environ, {variable: value}):
        refusal = ""
        try:
            settings = load_settings(empty, {})
            _ = settings.limit, settings.is_open, settings.server_threads
        except SettingsError as error:
            refusal = str(error)
        assert not refusal or variable in refusal


@given(st.sampled_from(sorted(Settings.model_fields)), odd_values())
def test_an_option_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: object
) -> None:
    empty = tmp_path_factory.getbasetemp() / "empty.toml"
    empty.write_text("")
    with suppress(SettingsError):
        load_settings(empty, {name: value})


def test_a_path_that_no_system_has_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_table(Path("a\0b"), "service")
