"""What JSON Schema cannot say, told to schemathesis: run by it before each request that it sends.

Nothing is left out of the checks; requests are changed so that what they break is only what the schema forbids.
"""

import re
from collections.abc import Iterator
from typing import Any

import schemathesis
from pydantic import TypeAdapter, ValidationError

from recsvc.clock import Timestamp
from recsvc.outcomes.experiment import VARIANT_PATTERN, VariantKind
from recsvc.rules.placement_rules import PlacementRules

_MOMENT: TypeAdapter[Any] = TypeAdapter(Timestamp)
VARIANT_NAME = re.compile(VARIANT_PATTERN)
PLACEMENTS = ("for_you", "discover", "buy_again", "similar", "bought_together", "trending")
PLACEMENT_NAME = re.compile("[a-z0-9_-]{1,64}")
NEEDS_ITEMS = ("similar", "bought_together")
LISTS_BY_QUERY = ("/v1/recommend", "/v1/proxy/shopify")
BUILT_IN = ("for_you", "discover", "buy_again", "similar", "bought_together", "trending")
MAX_ID_LENGTH = 256
MAX_EXPRESSION_LENGTH = 1000
ROOM = 4096
"""A query string may have 8 KiB; above 64 KiB the server refuses it without a document."""


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case, _kwargs: Any) -> None:
    if case.path in LISTS_BY_QUERY and case.method == "GET" and isinstance(case.query, dict):
        _name_context(case.query, "item_id")
        _shorten(case.query)
    if case.path == "/v1/explain" and isinstance(case.query, dict):
        _name_context(case.query, "context_item_id")
        _shorten(case.query)
    for asked in _asked_lists(case):
        _name_a_placement(asked)
    if case.path == "/v1/events" and isinstance(case.body, dict):
        for event in [case.body, *_list(case.body.get("events"))]:
            _bring_back(event)
            _leave_lists_out(event)
    if case.path == "/v1/performance" and isinstance(case.query, dict):
        _stay_within_a_year(case.query)
    if case.path == "/v1/placements/{name}" and case.method == "PUT" and isinstance(case.body, dict):
        _make_sense(case.body, str((case.path_parameters or {}).get("name")))
    if case.path == "/v1/benefits/{name}" and case.method == "PUT" and isinstance(case.body, dict):
        _of_shoppers(case.body)
    if case.path == "/v1/experiments/{name}" and case.method == "PUT" and isinstance(case.body, dict):
        _compare(case.body)


def _of_shoppers(benefit: dict[str, Any]) -> None:
    """Put a condition where any text is one for the schema, and no end before the start."""
    text = benefit.get("when")
    if isinstance(text, str) and 1 <= len(text) <= MAX_EXPRESSION_LENGTH:
        benefit["when"] = "shopper.orders >= 1"
    if isinstance(benefit.get("start"), str) and isinstance(benefit.get("end"), str):
        benefit["end"] = None


def _compare(experiment: dict[str, Any]) -> None:
    """Compare things that can be compared; what the schema forbids stays as it is."""
    if isinstance(experiment.get("placement"), str) and PLACEMENT_NAME.fullmatch(experiment["placement"]):
        experiment["placement"] = "trending"
    for key in ("start", "end"):
        if _is_moment(experiment.get(key)):
            experiment[key] = None
    variants = _list(experiment.get("variants"))
    for number, one in enumerate(variants):
        if isinstance(one, dict):
            _name_a_variant(one, number, 1 / len(variants))


def _name_a_variant(one: dict[str, Any], number: int, share: float) -> None:
    """Make the first variant the control, and all others hold-outs."""
    if isinstance(one.get("name"), str) and VARIANT_NAME.fullmatch(one["name"]):
        one["name"] = f"v{number}"
    if type(one.get("share")) in (int, float) and 0 < one["share"] <= 1:
        one["share"] = share
    if isinstance(one.get("rules"), dict) and _are_rules(one["rules"]):
        one["rules"] = None
    if one.get("placement") in BUILT_IN:
        one["placement"] = None
    if isinstance(one.get("model_version"), str) and 1 <= len(one["model_version"]) <= 64:
        one["model_version"] = None
    if one.get("kind") in tuple(VariantKind):
        one["kind"] = "control" if number == 0 else "hold_out"


def _are_rules(rules: dict[str, Any]) -> bool:
    """Return whether the schema takes ``rules``, once they make sense."""
    _make_sense(rules, "trending")
    try:
        PlacementRules.model_validate(rules)
    except ValidationError:
        return False
    return True


def _is_moment(value: object) -> bool:
    try:
        _MOMENT.validate_python(value)
    except ValidationError:
        return False
    return True


def _leave_lists_out(event: Any) -> None:
    """Name no list, for a schema does not know which ones were given; only an impression was in view."""
    if not isinstance(event, dict):
        return
    if (
        isinstance(event.get("recommendation_id"), str)
        and 1 <= len(event["recommendation_id"]) <= MAX_ID_LENGTH
    ):
        event["recommendation_id"] = None
    if event.get("seen") is True and event.get("type") != "impression":
        event["seen"] = False


def _stay_within_a_year(query: dict[str, Any]) -> None:
    """Ask for days that go together."""
    first, last = query.get("from"), query.get("to")
    if _is_date(first) and (last is None or _is_date(last)):
        query.update({"from": "2026-05-01", "to": "2026-05-31"})
    elif first is None and _is_date(last):
        query["to"] = "2026-05-31"


def _is_date(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


def _asked_lists(case: schemathesis.Case) -> Iterator[dict[str, Any]]:
    if case.path in ("/v1/recommend", "/v1/explain"):
        yield from (one for one in (case.query, case.body) if isinstance(one, dict))
    if case.path == "/v1/recommend/page" and isinstance(case.body, dict):
        yield from (one for one in _list(case.body.get("placements")) if isinstance(one, dict))


def _name_a_placement(asked: dict[str, Any]) -> None:
    """Ask for a placement that there is: a schema does not know what shops call theirs."""
    name = asked.get("placement")
    if isinstance(name, str) and name not in PLACEMENTS and PLACEMENT_NAME.fullmatch(name):
        asked["placement"] = "trending"


def _make_sense(rules: dict[str, Any], name: str) -> None:
    """Put an expression where any text is one for the schema, and a base that goes with the name."""
    boosts, pins, caps = (
        [one for one in _list(rules.get(key)) if isinstance(one, dict)] for key in ("boosts", "pins", "caps")
    )
    for table, key in [(rules, "filter"), *((one, "when") for one in boosts), *((one, "by") for one in caps)]:
        text = table.get(key)
        if isinstance(text, str) and 1 <= len(text) <= MAX_EXPRESSION_LENGTH:
            table[key] = "brand"
    for pin in pins:
        if isinstance(pin.get("from"), str) and isinstance(pin.get("until"), str):
            del pin["until"]
        if isinstance(pin.get("item_id"), str) and 1 <= len(pin["item_id"]) <= MAX_ID_LENGTH:
            pin["item_id"] = "tea"  # any text is one for the schema, NUL included
    if name in BUILT_IN and rules.get("base") in BUILT_IN:
        del rules["base"]
    if name not in BUILT_IN and rules.get("base") is None:
        rules["base"] = "for_you"


def _name_context(query: dict[str, Any], name: str) -> None:
    """Name an item where the placement needs one: parameters know nothing of each other."""
    if query.get("placement") in NEEDS_ITEMS and query.get(name) in (None, []):
        query[name] = ["tea"]


def _shorten(query: dict[str, Any]) -> None:
    """Cut ids that are not too long for an id when together they are too long for a query string."""
    for name in ("item_id", "context_item_id", "exclude"):
        values = _list(query.get(name))
        if sum(len(str(value)) * 3 for value in values) > ROOM:  # escaped
            query[name] = [
                value[:1] if isinstance(value, str) and len(value) <= MAX_ID_LENGTH else value
                for value in values
            ]


def _bring_back(event: Any) -> None:
    """Move a time that is still to come to 2020: no schema knows what day it is."""
    moment = event.get("occurred_at") if isinstance(event, dict) else None
    if isinstance(moment, str) and moment[:4].isdecimal() and moment[:4] > "2020":
        event["occurred_at"] = "2020" + moment[4:]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
