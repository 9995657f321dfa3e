"""Rules and columns, put together into what ranking applies."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.selection import Capped, Pinned, Selection
from recsvc.rules.columns import Columns, in_order_of_appearance
from recsvc.rules.described import Described
from recsvc.rules.evaluation import NOBODY, ConditionEvaluation, IndexOf, ListContext
from recsvc.rules.expression import (
    ATTRIBUTE,
    BOUGHT_CATEGORIES,
    IS_KNOWN,
    ORDERS,
    Condition,
    context_of,
    fields_of,
    static_parts_of,
)
from recsvc.rules.parser import parse
from recsvc.rules.phrases import field_of_cap
from recsvc.rules.placement_rules import Pin, PlacementRules

STOCK = ATTRIBUTE + "stock"
"""The attribute that ``min_stock`` looks at."""

MAX_FACTOR = 1e6
"""Several boosts of an item multiply to no more than this, and to no less than its reciprocal."""


@dataclass(frozen=True)
class _Conditions:
    """The expressions of rules, read."""

    filter: Condition | None
    boosts: tuple[tuple[Condition, float], ...]

    @classmethod
    def of(cls, rules: PlacementRules) -> "_Conditions":
        boosts = tuple((parse(boost.when), boost.factor) for boost in rules.boosts)
        return cls(None if rules.filter is None else parse(rules.filter), boosts)

    @property
    def all(self) -> tuple[Condition, ...]:
        boosts = tuple(condition for condition, _ in self.boosts)
        return boosts if self.filter is None else (self.filter, *boosts)

    @property
    def context(self) -> frozenset[str]:
        return frozenset().union(*map(context_of, self.all))


@dataclass(frozen=True, eq=False)
class CompiledRules:
    """The rules of a placement, for the items of a model at some moment.

    Attributes:
        rules: what they were compiled from.
        digest: of everything here that a list depends on: where it is the same, so are the selections, on any machine.
        holds_until_us: when a pin begins or ends, in microseconds since 1970; None where none will.
        context: what else selections depend on: fields of ``ListContext``, as expressions call them.
    """

    rules: PlacementRules
    digest: str
    holds_until_us: int | None
    context: frozenset[str]
    _conditions: _Conditions
    _evaluation: ConditionEvaluation
    _fixed: Selection
    _catalogue: Described | None
    _now_us: int
    _of_cold_start: "WeakKeyDictionary[ColdStartItems, CompiledRules]" = field(
        default_factory=WeakKeyDictionary
    )

    @property
    def looks_at_user(self) -> bool:
        """Whether the selection depends on the user that the list is for."""
        return self.rules.rotation is not None or bool(self.context & _OF_USER)

    def selection(self, context: ListContext = NOBODY, cold_start: ColdStartItems | None = None) -> Selection:
        """Return what the rules say of the items of the model, and of ``cold_start`` items behind them, in one list."""
        learned = self._fixed
        if self.context:
            evaluation = replace(self._evaluation, context=context)
            learned = _with_conditions(self._fixed, self._conditions, evaluation)
        if cold_start is None or not len(cold_start):
            return learned
        return learned.joined(self._compiled_for(cold_start).selection(context), cold_start.first_index)

    def _compiled_for(self, cold_start: ColdStartItems) -> "CompiledRules":
        """Return the same rules for items that only the catalogue knows; compiled once."""
        known = self._of_cold_start.get(cold_start)
        if known is None:
            fields = fields_of_rules(self.rules)
            columns = (self._catalogue or Described.of(fields)).columns_by(cold_start.ids, fields)
            known = compile_rules(self.rules, columns, cold_start.known.new.index_of, self._now_us)
            self._of_cold_start[cold_start] = known
        return known


_OF_USER = frozenset({ORDERS, IS_KNOWN, BOUGHT_CATEGORIES})


def compile_rules(  # noqa: PLR0913, PLR0917 - what rules are compiled of
    rules: PlacementRules,
    columns: Columns,
    index_of: IndexOf,
    now_us: int,
    catalogue: Described | None = None,
    never: NDArray[np.intp] | None = None,
) -> CompiledRules:
    """Return the rules for the items of ``columns``, which hold all fields that ``fields_of_rules`` names.

    Args:
        rules: what the shop wants of a placement.
        columns: what the catalogue says of the items.
        index_of: returns the index of an item id, or None.
        now_us: in microseconds since 1970; decides which pins hold.
        catalogue: what is known of items that are not in ``columns``, for lists with cold-start items.
        never: what ``never_shown`` returns, where that is known.
    """
    conditions = _Conditions.of(rules)
    evaluation = ConditionEvaluation(columns, index_of)
    known = {
        part: evaluation.truth(part) for condition in conditions.all for part in static_parts_of(condition)
    }
    evaluation = replace(evaluation, known=known)
    holding = rules.model_copy(update={"pins": [pin for pin in rules.pins if pin.is_active_at(now_us)]})
    fixed = _without_conditions(holding, columns, index_of)
    if rules.never:
        fixed = _without(never_shown(rules, index_of) if never is None else never, fixed, columns.n_items)
    digest = _digest(holding, conditions, evaluation, fixed)
    if not conditions.context:
        fixed = _with_conditions(fixed, conditions, evaluation)
        evaluation = replace(evaluation, known={})  # nobody looks at these masks again
    return CompiledRules(
        rules=rules,
        digest=digest,
        holds_until_us=next_change_us(rules, now_us),
        context=conditions.context,
        _conditions=conditions,
        _evaluation=evaluation,
        _fixed=fixed,
        _catalogue=catalogue,
        _now_us=now_us,
    )


def fields_of_rules(rules: PlacementRules) -> frozenset[str]:
    """Return the fields of items that ``rules`` look at."""
    caps = {field_of_cap(cap.by) for cap in rules.caps}
    fields = frozenset(caps).union(*map(fields_of, _Conditions.of(rules).all))
    return fields if rules.min_stock is None else fields | {STOCK}


def never_shown(rules: PlacementRules, index_of: IndexOf) -> NDArray[np.intp]:
    """Return the indices of the items that rules never show; those that are not known are left out."""
    found = (index_of(item_id) for item_id in rules.never)
    return np.asarray([index for index in found if index is not None], dtype=np.intp)


def _without(never: NDArray[np.intp], fixed: Selection, n_items: int) -> Selection:
    allowed = np.ones(n_items, dtype=bool) if fixed.allowed is None else fixed.allowed.copy()
    allowed[never] = False
    return replace(fixed, allowed=allowed)


def _without_conditions(rules: PlacementRules, columns: Columns, index_of: IndexOf) -> Selection:
    """Return what is the same for all lists, whatever the expressions say."""
    return Selection(
        allowed=None if rules.min_stock is None else ~(columns[STOCK].numbers < rules.min_stock),
        pinned=_pinned(rules.pins, index_of),
        caps=tuple(Capped(columns.lasts(field_of_cap(cap.by)), cap.at_most) for cap in rules.caps),
        one_of_variants=rules.variants != "all",
        exclude_bought_days=rules.exclude_bought_days,
        is_filled=None if rules.fill is None else rules.fill == "trending",
    )


def _with_conditions(fixed: Selection, conditions: _Conditions, evaluation: ConditionEvaluation) -> Selection:
    allowed = fixed.allowed
    if conditions.filter is not None:
        met = evaluation.items(conditions.filter)
        allowed = met if allowed is None else met & allowed
    return replace(fixed, allowed=allowed, factors=_factors(conditions, evaluation))


def _factors(conditions: _Conditions, evaluation: ConditionEvaluation) -> NDArray[np.float32] | None:
    if not conditions.boosts:
        return None
    factors = np.ones(evaluation.columns.n_items)
    for condition, factor in conditions.boosts:
        factors[evaluation.items(condition)] *= factor
    return np.asarray(factors.clip(1 / MAX_FACTOR, MAX_FACTOR), dtype=np.float32)


def _pinned(pins: Iterable[Pin], index_of: IndexOf) -> tuple[Pinned, ...]:
    """Return the pins of known items; of several pins of one item, the first."""
    found: dict[int, Pinned] = {}
    for pin in pins:
        index = index_of(pin.item_id)
        if index is not None:
            found.setdefault(index, Pinned(index, pin.position))
    return tuple(found.values())


def _digest(
    rules: PlacementRules, conditions: _Conditions, evaluation: ConditionEvaluation, fixed: Selection
) -> str:
    """Return a hash of the rules that hold, of what came out of them, and of the columns where more may come."""
    found = blake2b(json.dumps(rules.as_json(), sort_keys=True).encode(), digest_size=16)
    in_context = (condition for condition in conditions.all if context_of(condition))
    found.update(evaluation.columns.digest(frozenset().union(*map(fields_of, in_context))))
    groups = (in_order_of_appearance(cap.groups) for cap in fixed.caps)
    places = np.asarray([(pin.item, pin.position) for pin in fixed.pinned], dtype=np.int64)
    for array in (*evaluation.known.values(), fixed.allowed, *groups, places):
        found.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def next_change_us(rules: PlacementRules, now_us: int) -> int | None:
    """Return when a pin begins or ends, in microseconds since 1970; None where none will."""
    moments = (moment for pin in rules.pins for moment in pin.bounds_us)
    return min((moment for moment in moments if moment is not None and moment > now_us), default=None)
