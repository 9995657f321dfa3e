"""The rules of a placement as text: TOML, as the settings file has them."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from recsvc.errors import RulesError
from recsvc.rules.placement_rules import PlacementRules, read_placement

MAX_BYTES = 256 * 2**10
_TABLES = ("boosts", "pins", "caps")


def as_text(rules: Mapping[str, Any]) -> str:
    """Return rules, as JSON has them, in TOML."""
    plain = {name: value for name, value in rules.items() if name not in _TABLES}
    parts = [_lines(plain)]
    for name in _TABLES:
        parts += [f"[[{name}]]\n{_lines(row)}" for row in rules.get(name, ())]
    return "\n".join(part for part in parts if part)


def read_text(name: str, text: str) -> PlacementRules:
    """Return the rules of the placement ``name`` that a text says; raises RulesError with what is wrong, and where."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise RulesError(f"the text is longer than {MAX_BYTES // 1024} KiB")
    try:
        table = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RulesError(f"the text is not as rules are written: {error}") from error
    return read_placement(name, table)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in table.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        is_literal = '"' in value and "'" not in value and value.isprintable()
        return (
            f"'{value}'" if is_literal else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        )
    return str(value)
