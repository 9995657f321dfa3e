"""Placements whose rules are selections already: what stands between a shop's rules and the lists, and no more."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.query import Placement
from recsvc.ranking.selection import EVERYTHING, Selection
from recsvc.rules.placement_rules import PlacementRules, Rotation
from recsvc.serving.context import Context
from recsvc.serving.live_model import LiveVersion
from support.models import ITEMS


@dataclass(frozen=True)
class Rule:
    """The rules of one placement: ``of`` makes the selection from the context of a list."""

    rules: PlacementRules
    of: Callable[[Context], Selection]
    digest: str
    asks_shopper: bool = False

    def selection(self, context: Context, cold_start: ColdStartItems) -> Selection:
        return self.of(context)


class SomePlacements:
    """Rules that a test puts there."""

    def __init__(self, *rules: Rule) -> None:
        self.state: object = object()
        self._rules = {one.rules.name: one for one in rules}

    def names(self) -> tuple[str, ...]:
        return tuple(self._rules)

    def find(self, name: str) -> PlacementRules | None:
        return self._rules[name].rules if name in self._rules else None

    def compiled(self, name: str, live: LiveVersion) -> Rule | None:
        return self._rules.get(name)

    def put(self, rule: Rule) -> None:
        self._rules[rule.rules.name] = rule
        self.state = object()

    def remove(self, name: str) -> None:
        del self._rules[name]
        self.state = object()


def only(name: str, base: Placement, *items: str, rotation: Rotation | None = None) -> Rule:
    """Return the rule of a placement that shows these items alone, or any where none are named."""
    mask = np.isin(ITEMS, items)
    selection = Selection(allowed=mask) if items else EVERYTHING
    digest = hashlib.blake2b(json.dumps(items).encode(), digest_size=6).hexdigest()
    return Rule(PlacementRules(name, base, rotation=rotation), lambda _context: selection, digest)
