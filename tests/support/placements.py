"""Rules of placements that show some items alone."""

from recsvc.rules.placement_rules import PlacementRules, read_placement
from recsvc.rules.rule_book import RuleBook
from recsvc.serving.rules_in_force import RulesInForce


def only(base: str, *items: str) -> PlacementRules:
    """Return rules that show these items alone, or any where none are named."""
    names = ", ".join(f'"{item_id}"' for item_id in items)
    return read_placement("any", {"base": base} | ({"filter": f"item_id in [{names}]"} if items else {}))


def put(rules: RulesInForce, **changes: PlacementRules | None) -> None:
    """Put rules in force by name of the placement, or take away what there is."""
    known = {**rules.book.in_store, **changes}
    stored = {name: found for name, found in known.items() if found is not None}
    rules.replace(RuleBook(in_store=stored), lambda: ())
