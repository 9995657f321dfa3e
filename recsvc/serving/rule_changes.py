"""Changes of the rules that the store holds: checked before, in force at once, taken back where they turn out wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from recsvc.clock import now_us
from recsvc.errors import ConflictError, RulesError
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import Origin, RuleBook
from recsvc.store.stored_placements import StoredPlacement, StoredPlacements


@dataclass(frozen=True)
class InForce:
    """The rules that this worker applies.

    Attributes:
        book: returns the rules of all placements.
        refresh: takes up at once what the store says.
        check: raises RulesError where the rules of a placement cost too much beside all others.
        problem_of: returns why the rules of a placement are not used, or None.
    """

    book: Callable[[], RuleBook]
    refresh: Callable[[], None]
    check: Callable[[str, PlacementRules], None]
    problem_of: Callable[[str], str | None]


@dataclass(frozen=True)
class RuleChanges:
    """Stores and deletes rules of placements; every method raises StoreError when the database fails."""

    placements: StoredPlacements
    in_force: InForce

    def put(self, name: str, rules: PlacementRules) -> StoredPlacement | None:
        """Store the rules of a placement in place of all that it had; return what was stored before, or None.

        Raises RulesError where they make no sense under that name, or cost too much; nothing is changed then.
        """
        rules.base_of(name)
        self.in_force.book().check_space_for(name)
        self.in_force.check(name, rules)
        before = self.placements.get(name)
        self.placements.put(StoredPlacement(name, rules.as_json(), now_us()))
        self.in_force.refresh()
        problem = self.in_force.problem_of(name)
        if problem is not None:  # only the values in the catalogue showed it
            self._take_back(name, before)
            self.in_force.refresh()
            raise RulesError(f"placement {name}: {problem}")
        return before

    def delete(self, name: str) -> bool:
        """Delete the stored rules of a placement; return whether there were any.

        Raises ConflictError for rules of the settings file.
        """
        is_known = self.placements.delete(name, now_us())
        if is_known:
            self.in_force.refresh()
        elif self.in_force.book().origin_of(name) is Origin.FILE:
            raise ConflictError(
                f"placement {name} comes from the settings file: delete [placements.{name}] there, and restart; "
                "a PUT replaces it until then"
            )
        return is_known

    def _take_back(self, name: str, before: StoredPlacement | None) -> None:
        if before is None:
            self.placements.delete(name, now_us())
        else:
            self.placements.put(before)
