"""What the rules of all placements cost together on a catalogue, and which of them are beyond what they may."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from recsvc.errors import RulesError
from recsvc.rules.compiled_rules import STOCK
from recsvc.rules.expression import (
    ATTRIBUTE,
    CATEGORIES,
    IN_STOCK,
    PRICE,
    Compare,
    Condition,
    Every,
    Holds,
    ItemIs,
    Listing,
    Member,
    Not,
    Some,
    context_of,
    fields_of,
    static_parts_of,
)
from recsvc.rules.parser import parse
from recsvc.rules.phrases import field_of_cap
from recsvc.rules.placement_rules import PlacementRules

MAX_BYTES = 512 * 2**20
"""Memory of all rules in each worker, where the settings say nothing else."""

MAX_LIST_SECONDS = 0.1
"""So much longer may the rules of a placement make each list of it that has to be ranked."""

MAX_RENEWAL_SECONDS = 2.0
"""So long may it take to evaluate all rules again after the catalogue has changed."""

SECONDS_A_COMPARISON = 5e-9
"""Of one item; measured 1.4 to 4.4 ns."""

_VALUE_BYTES = {PRICE: 8, CATEGORIES: 4, IN_STOCK: 4, ATTRIBUTE: 12}
_HELD = 6
"""A column is there by item of the catalogue, of the live model and of the one before; old and new while it changes."""

_MASK_BYTES = 2
"""A mask takes a byte; while it changes, there are two."""

_VALUES_A_COMPARISON = 10
"""So many values in brackets take as long as another comparison."""

SMALL_CATALOGUE = 1000
"""Rules of the settings file that cost too much on so few items stop the start; on others, they are left out."""

NO_PROBLEMS: Mapping[str, str] = {}


@dataclass(frozen=True)
class CatalogueSize:
    """How large the catalogue is that rules look at.

    Attributes:
        n_items: of the catalogue, or of a model that has more.
        value_bytes: memory of the distinct texts, flags and lists of each field, as far as it is known.
    """

    n_items: int
    value_bytes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cost:
    """What something costs on a catalogue.

    Attributes:
        n_bytes: memory of a worker, at most.
        renewal_seconds: time to evaluate it after the catalogue has changed.
        list_seconds: time that it adds to each list.
    """

    n_bytes: float = 0.0
    renewal_seconds: float = 0.0
    list_seconds: float = 0.0


@dataclass(frozen=True)
class RuleCost:
    """What one rule needs for each item.

    Attributes:
        rule: its key, like ``filter`` or ``boosts.3``.
        fields: of the catalogue that it looks at.
        comparisons: made when the catalogue changes.
        comparisons_a_list: made for each list.
        mask_bytes: of what comes out.
    """

    rule: str
    fields: frozenset[str]
    comparisons: float
    comparisons_a_list: float = 0.0
    mask_bytes: int = 0

    def on(self, size: CatalogueSize) -> Cost:
        """Return what the rule costs alone."""
        return Cost(
            _bytes_of(self.fields, size) + self.mask_bytes * size.n_items,
            self.comparisons * size.n_items * SECONDS_A_COMPARISON,
            self.comparisons_a_list * size.n_items * SECONDS_A_COMPARISON,
        )


def costs_of(rules: PlacementRules) -> tuple[RuleCost, ...]:
    """Return what each of the rules of a placement needs."""
    filters = [("filter", parse(rules.filter))] if rules.filter is not None else []
    boosts = [(f"boosts.{number}", parse(boost.when)) for number, boost in enumerate(rules.boosts)]
    is_of_list = any(context_of(condition) for _, condition in filters + boosts)
    found = [_cost_of(name, condition, is_of_list=is_of_list) for name, condition in filters + boosts]
    for number, cap in enumerate(rules.caps):
        found.append(
            RuleCost(f"caps.{number}", frozenset({field_of_cap(cap.by)}), 4.0, mask_bytes=4 * _MASK_BYTES)
        )
    if rules.never:
        found.append(RuleCost("never", frozenset(), 0.0, mask_bytes=_MASK_BYTES))
    if rules.min_stock is not None:
        found.append(RuleCost("min_stock", frozenset({STOCK}), 1.0, mask_bytes=_MASK_BYTES))
    return tuple(found)


class PlacementCost:
    """What the rules of a placement need for each item, one by one and together."""

    def __init__(self, rules: PlacementRules) -> None:
        self.rules = costs_of(rules)
        self.fields = frozenset[str]().union(*(rule.fields for rule in self.rules))
        self._together = RuleCost(
            "all",
            self.fields,
            sum(rule.comparisons for rule in self.rules),
            sum(rule.comparisons_a_list for rule in self.rules),
            sum(rule.mask_bytes for rule in self.rules),
        )

    def on(self, size: CatalogueSize) -> Cost:
        """Return what the rules cost together, as ``RuleCost.on`` does for one."""
        return self._together.on(size)

    def dearest(self, measure: "Measure", size: CatalogueSize) -> str:
        """Return which of the rules costs most, and how much."""
        rule = max(self.rules, key=lambda rule: measure.of(rule.on(size)))
        fields = f"{len(rule.fields)} field{'s' if len(rule.fields) != 1 else ''}"
        return f"{rule.rule} ({fields}, {measure.said(measure.of(rule.on(size)))})"


@dataclass(frozen=True)
class Measure:
    """One of the numbers of a cost, and how to say it."""

    of: Callable[[Cost], float]
    said: Callable[[float], str]


class BookCost:
    """What the rules of several placements cost; columns that several look at are there once.

    Attributes:
        placements: by name, what the rules of each need.
        max_bytes: what all of them may take in memory.
    """

    def __init__(self, rules: Mapping[str, PlacementRules], max_bytes: int = MAX_BYTES) -> None:
        self.placements = {name: PlacementCost(of_placement) for name, of_placement in rules.items()}
        self.max_bytes = max_bytes

    def fields(self, without: Collection[str] = ()) -> frozenset[str]:
        """Return the fields that the rules look at, but for those of some placements."""
        used = (cost.fields for name, cost in self.placements.items() if name not in without)
        return frozenset[str]().union(*used)

    def on(self, size: CatalogueSize) -> Cost:
        """Return what all cost together; of lists, those of the placement that makes them longest."""
        alone = [cost.on(size) for cost in self.placements.values()]
        shared = sum(_bytes_of(cost.fields, size) for cost in self.placements.values())
        return Cost(
            sum(cost.n_bytes for cost in alone) - shared + _bytes_of(self.fields(), size),
            sum(cost.renewal_seconds for cost in alone),
            max((cost.list_seconds for cost in alone), default=0.0),
        )

    def beyond(
        self,
        size: CatalogueSize,
        known: Mapping[str, str] = NO_PROBLEMS,
    ) -> dict[str, str]:
        """Return the placements whose rules cannot be used on such a catalogue, each with what is wrong and the remedy.

        Where all together cost too much, those that cost most go first. With more items they are the same, and more.
        Those of ``known`` cannot be used whatever the others cost.
        """
        found = {name: problem for name, problem in known.items() if name in self.placements}
        for name, placement in self.placements.items():
            cost = placement.on(size)
            if cost.list_seconds > MAX_LIST_SECONDS:
                found.setdefault(name, _too_slow(placement, cost, size))
        self._leave_out_large(found, size)
        self._leave_out_slow(found, size)
        return found

    def require_affordable(self) -> None:
        """Raise RulesError where the rules cost too much on any catalogue worth the name."""
        for name, problem in self.beyond(CatalogueSize(SMALL_CATALOGUE)).items():
            raise RulesError(f"placement {name}: {problem}")

    def _leave_out_large(self, found: dict[str, str], size: CatalogueSize) -> None:
        alone = {name: cost.on(size).n_bytes for name, cost in self.placements.items() if name not in found}
        uses = Counter(one for name in alone for one in self.placements[name].fields)
        of_columns = {one: _bytes_of((one,), size) for one in uses}
        together = sum(of_columns.values()) + sum(
            n_bytes - _bytes_of(self.placements[name].fields, size) for name, n_bytes in alone.items()
        )
        for name in sorted(alone, key=lambda name: (-alone[name], name)):
            if together <= self.max_bytes:
                return
            placement = self.placements[name]
            most = f"{in_mebibytes(self.max_bytes)} (RECSVC_MAX_RULES_BYTES)"
            found[name] = _too_dear(placement, _BYTES, together, most, size)
            uses.subtract(placement.fields)
            freed = sum(of_columns[one] for one in placement.fields if not uses[one])
            together -= alone[name] - _bytes_of(placement.fields, size) + freed

    def _leave_out_slow(self, found: dict[str, str], size: CatalogueSize) -> None:
        alone = {
            name: cost.on(size).renewal_seconds for name, cost in self.placements.items() if name not in found
        }
        together = sum(alone.values())
        for name in sorted(alone, key=lambda name: (-alone[name], name)):
            if together <= MAX_RENEWAL_SECONDS:
                return
            most = f"{in_milliseconds(MAX_RENEWAL_SECONDS)} after each change of the catalogue"
            found[name] = _too_dear(self.placements[name], _RENEWAL, together, most, size)
            together -= alone[name]


def _too_slow(placement: PlacementCost, cost: Cost, size: CatalogueSize) -> str:
    return (
        f"its rules make each list {in_milliseconds(cost.list_seconds)} longer on {size.n_items:,} items, and may "
        f"{in_milliseconds(MAX_LIST_SECONDS)}; most is {placement.dearest(_LIST, size)}: "
        "compare less with shopper and context"
    )


def _too_dear(
    placement: PlacementCost,
    measure: Measure,
    together: float,
    most: str,
    size: CatalogueSize,
) -> str:
    return (
        f"the rules of all placements take {measure.said(together)} on {size.n_items:,} items, and may take {most}; "
        f"those of this one take {measure.said(measure.of(placement.on(size)))}, most of it "
        f"{placement.dearest(measure, size)}: look at fewer fields, or compare less "
        "(recsvc rules check shows what each rule costs)"
    )


def in_mebibytes(n_bytes: float) -> str:
    """Return a size for people."""
    mebibytes = n_bytes / 2**20
    return f"{mebibytes:,.0f} MiB" if mebibytes >= 10 else f"{mebibytes:,.1f} MiB"


def in_milliseconds(seconds: float) -> str:
    """Return a time for people."""
    milliseconds = 1000 * seconds
    return f"{milliseconds:,.0f} ms" if milliseconds >= 10 else f"{milliseconds:,.1f} ms"


_BYTES = Measure(lambda cost: cost.n_bytes, in_mebibytes)
_RENEWAL = Measure(lambda cost: cost.renewal_seconds, in_milliseconds)
_LIST = Measure(lambda cost: cost.list_seconds, in_milliseconds)


def _bytes_of(fields: Iterable[str], size: CatalogueSize) -> float:
    wanted = list(fields)
    a_row = sum(_VALUE_BYTES.get(name, _VALUE_BYTES[ATTRIBUTE]) for name in wanted)
    return float(_HELD * a_row * size.n_items + sum(size.value_bytes.get(name, 0) for name in wanted))


def _cost_of(name: str, condition: Condition, *, is_of_list: bool) -> RuleCost:
    """Return the cost of an expression; where one of a placement depends on the list, all are put together for each."""
    static = list(static_parts_of(condition))
    comparisons = _comparisons(condition)
    of_static = sum(map(_comparisons, static))
    is_boost = name != "filter"
    return RuleCost(
        name,
        fields_of(condition),
        of_static + 1,
        comparisons - of_static + 1 if is_of_list else 0.0,
        _MASK_BYTES * (len(static) if is_of_list else 1) + (4 * _MASK_BYTES if is_boost else 0),
    )


def _comparisons(condition: Condition) -> float:
    match condition:
        case Every(parts) | Some(parts):
            return sum(map(_comparisons, parts))
        case Not(inner):
            return _comparisons(inner)
        case Member(_, Listing(values), _):
            return 1 + len(values) / _VALUES_A_COMPARISON
        case Compare() | Member() | ItemIs() | Holds():
            return 1
