"""The rules of a placement in a few words."""

from collections.abc import Iterator, Mapping
from typing import Any

from recsvc.web.rules.rule_form import split_filter
from recsvc.web.words import count


def in_words(rules: Mapping[str, Any]) -> str:
    """Return what rules do, in short; "no rules" where they do nothing."""
    said = ", ".join(_parts(rules))
    return said or "no rules"


def _parts(rules: Mapping[str, Any]) -> Iterator[str]:
    named, rest = split_filter(rules.get("filter") or "")
    never = {*rules.get("never", ()), *named}
    if rest:
        yield "a filter"
    if never:
        yield f"{count(len(never), 'item')} never shown"
    for name, one in (("pins", "pin"), ("boosts", "boost"), ("caps", "cap")):
        if rules.get(name):
            yield count(len(rules[name]), one)
    if rules.get("exclude_bought_days"):
        yield "nothing that was bought lately"
    if rules.get("min_stock") is not None:
        yield "nothing that is nearly sold out"
    if rules.get("rotation"):
        yield "rotation"
    if rules.get("variants") == "all":
        yield "several variants of a product"
    if rules.get("fill"):
        yield "filled with what is popular" if rules["fill"] == "trending" else "not filled"
