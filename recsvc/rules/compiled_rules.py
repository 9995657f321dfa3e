"""Rules and columns, put together into what ranking applies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.selection import Capped, Pinned, Selection
from recsvc.rules.columns import Columns
from recsvc.rules.evaluation import Evaluation, IndexOf
from recsvc.rules.expression import ATTRIBUTE, Condition, context_of, fields_of, static_parts_of
from recsvc.rules.list_context import NOBODY, ListContext
from recsvc.rules.names import field_of_cap
from recsvc.rules.parser import parse
from recsvc.rules.placement_rules import Pin, PlacementRules
from recsvc.rules.placement_table import PlacementTable

STOCK = ATTRIBUTE + "stock"
"""The attribute that ``min_stock`` looks at."""

MAX_FACTOR = 1e6
"""Several boosts of an item multiply to no more than this, and to no less than its reciprocal."""


@dataclass(frozen=True, eq=False)
class CompiledRules:
    """The rules of a placement, for the items of a model at some moment.

    Attributes:
        rules: what they were compiled from.
        digest: names what any list depends on here: where it is the same, so are the selections, on any machine.
        holds_until_us: when a pin begins or ends, in microseconds since 1970; None where none will.
        context: what selections depend on beside that: names of ``ListContext`` as expressions know them.
    """

    rules: PlacementRules
    digest: str
    holds_until_us: int | None
    context: frozenset[str]
    _fixed: Selection
    _evaluation: Evaluation
    _in_stock: NDArray[np.bool_] | None

    def selection(self, context: ListContext = NOBODY) -> Selection:
        """Return what the rules say of one list."""
        if not self.context:
            return self._fixed
        return _with_conditions(
            self._fixed, self.rules, replace(self._evaluation, context=context), self._in_stock
        )


def compile_rules(rules: PlacementRules, columns: Columns, index_of: IndexOf, now_us: int) -> CompiledRules:
    """Return the rules for the items of ``columns``, which hold all fields that ``fields_of_rules`` names.

    Args:
        rules: what the shop wants of a placement.
        columns: what the catalogue says of the items.
        index_of: returns the index of an item id, or None.
        now_us: in microseconds since 1970; decides which pins hold.
    """
    conditions = tuple(_conditions(rules))
    evaluation = Evaluation(columns, index_of)
    known = {part: evaluation.truth(part) for one in conditions for part in static_parts_of(one)}
    evaluation = replace(evaluation, known=known)
    pins = [pin for pin in rules.pins if pin.is_active_at(now_us)]
    in_stock = _in_stock(rules, columns)
    fixed = Selection(
        pinned=_pinned(pins, index_of),
        caps=tuple(Capped(columns.lasts(field_of_cap(cap.by)), cap.at_most) for cap in rules.caps),
        exclude_bought_days=rules.exclude_bought_days,
        is_filled=rules.fill == "trending",
    )
    in_context = [one for one in conditions if context_of(one)]
    if not in_context:
        fixed = _with_conditions(fixed, rules, evaluation, in_stock)
    found = blake2b(_as_bytes(replace(rules, pins=tuple(pins))), digest_size=16)
    found.update(columns.digest(frozenset().union(*map(fields_of, in_context))))
    arrays = [*known.values(), in_stock, *(cap.groups for cap in fixed.caps), _places(fixed)]
    for array in arrays:
        found.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    return CompiledRules(
        rules=rules,
        digest=found.hexdigest(),
        holds_until_us=_next_change_us(rules, now_us),
        context=frozenset().union(*map(context_of, in_context)),
        _fixed=fixed,
        _evaluation=evaluation,
        _in_stock=in_stock,
    )


def fields_of_rules(rules: PlacementRules) -> frozenset[str]:
    """Return the fields of items that ``rules`` look at."""
    fields = frozenset().union(
        *map(fields_of, _conditions(rules)), {field_of_cap(cap.by) for cap in rules.caps}
    )
    return fields if rules.min_stock is None else fields | {STOCK}


def _conditions(rules: PlacementRules) -> Iterator[Condition]:
    if rules.filter is not None:
        yield parse(rules.filter)
    for boost in rules.boosts:
        yield parse(boost.when)


def _with_conditions(
    fixed: Selection, rules: PlacementRules, evaluation: Evaluation, in_stock: NDArray[np.bool_] | None
) -> Selection:
    allowed = in_stock
    if rules.filter is not None:
        met = evaluation.items(parse(rules.filter))
        allowed = met if in_stock is None else met & in_stock
    return replace(fixed, allowed=allowed, factors=_factors(rules, evaluation))


def _factors(rules: PlacementRules, evaluation: Evaluation) -> NDArray[np.float32] | None:
    if not rules.boosts:
        return None
    factors = np.ones(evaluation.columns.n_items)
    for boost in rules.boosts:
        factors[evaluation.items(parse(boost.when))] *= boost.factor
    return np.asarray(factors.clip(1 / MAX_FACTOR, MAX_FACTOR), dtype=np.float32)


def _in_stock(rules: PlacementRules, columns: Columns) -> NDArray[np.bool_] | None:
    """Return which items are not known to be too few; bool, shape (n_items,)."""
    return None if rules.min_stock is None else ~(columns[STOCK].numbers < rules.min_stock)


def _pinned(pins: list[Pin], index_of: IndexOf) -> tuple[Pinned, ...]:
    """Return the pins of known items; of several pins of one item, the first."""
    found: dict[int, Pinned] = {}
    for pin in pins:
        index = index_of(pin.item_id)
        if index is not None:
            found.setdefault(index, Pinned(index, pin.position))
    return tuple(found.values())


def _places(fixed: Selection) -> NDArray[np.int64]:
    return np.asarray([(one.item, one.position) for one in fixed.pinned], dtype=np.int64)


def _next_change_us(rules: PlacementRules, now_us: int) -> int | None:
    moments = (moment for pin in rules.pins for moment in (pin.from_us, pin.until_us))
    return min((moment for moment in moments if moment is not None and moment > now_us), default=None)


def _as_bytes(rules: PlacementRules) -> bytes:
    return json.dumps([rules.name, PlacementTable.of(rules).as_json()], sort_keys=True).encode()
