"""The rules of all placements, and where each comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from recsvc.errors import RulesError
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import PlacementRules, read_placement

TABLE = "placements"
"""Of the settings file: holds a table for each placement."""

MAX_PLACEMENTS = 100
"""Of the file, and of file and store together, beside the built-in ones."""


class Origin(StrEnum):
    """Where the rules of a placement come from."""

    STORE = "store"
    FILE = "file"
    BUILT_IN = "built-in"


@dataclass(frozen=True)
class RuleBook:
    """Rules by the name of the placement; those of the store replace those of the file, those the built-in ones.

    Attributes:
        in_file: from ``[placements.NAME]`` of the settings file.
        in_store: from ``PUT /v1/placements/NAME``.
        in_experiments: of the variants of experiments, by ``experiment:variant``; these are no placements.
    """

    in_file: Mapping[str, PlacementRules] = field(default_factory=dict)
    in_store: Mapping[str, PlacementRules] = field(default_factory=dict)
    in_experiments: Mapping[str, PlacementRules] = field(default_factory=dict)

    def get(self, name: str) -> PlacementRules | None:
        """Return the rules of a placement, empty ones of a built-in one without any; None where there is no such."""
        known = self.in_store.get(name) or self.in_file.get(name)
        return known or (PlacementRules() if name in set(Placement) else None)

    def origin_of(self, name: str) -> Origin:
        """Return where the rules of a placement come from."""
        if name in self.in_store:
            return Origin.STORE
        return Origin.FILE if name in self.in_file else Origin.BUILT_IN

    def all(self) -> dict[str, PlacementRules]:
        """Return the rules of all placements by name, those that are built in first."""
        names = [*map(str, Placement), *sorted(self._own)]
        return {name: rules for name in names if (rules := self.get(name)) is not None}

    def with_stored(self, in_store: Mapping[str, PlacementRules]) -> "RuleBook":
        """Return the book with other rules of the store."""
        return replace(self, in_store=in_store)

    def with_experiments(self, in_experiments: Mapping[str, PlacementRules]) -> "RuleBook":
        """Return the book with other rules of variants."""
        return replace(self, in_experiments=in_experiments)

    def check_space_for(self, name: str) -> None:
        """Raise RulesError where a placement ``name`` would be one too many."""
        if len(self._own) >= MAX_PLACEMENTS and name not in self._own | set(Placement):
            raise RulesError(
                f"there are {MAX_PLACEMENTS} placements already; delete one before another is added"
            )

    @property
    def _own(self) -> set[str]:
        return {*self.in_file, *self.in_store} - set(Placement)


NO_RULES = RuleBook()


def read_book(tables: Mapping[str, object]) -> RuleBook:
    """Return the placements of ``[placements.NAME]`` tables; raises RulesError with everything that is wrong."""
    found: dict[str, PlacementRules] = {}
    problems = []
    for name, table in tables.items():
        try:
            found[name] = read_placement(name, table)
        except RulesError as error:
            problems.append(str(error))
    if len(tables) > MAX_PLACEMENTS:
        problems.append(f"there are {len(tables)} placements; at most {MAX_PLACEMENTS} can be kept apart")
    if problems:
        raise RulesError("; ".join(problems))
    return RuleBook(found)
