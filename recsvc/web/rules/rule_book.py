"""Changes that people make to rules: saved, noted and undone."""

from typing import Any

from flask import abort

from recsvc.errors import RulesError
from recsvc.rules.placement_rules import PlacementRules, read_placement
from recsvc.web.page import Routes

CHANGED, DELETED, UNDONE = "rules-changed", "rules-deleted", "rules-undone"


def rules_of(routes: Routes, name: str) -> PlacementRules | None:
    """Return the rules of a placement that are in force; None where there is no such placement."""
    return routes.site.service.shop.rules.book.get(name)


def written(rules: PlacementRules | None) -> dict[str, Any]:
    """Return rules as JSON has them, without what is left out."""
    found = {} if rules is None else rules.as_json()
    return {name: value for name, value in found.items() if value not in (None, [])}


def save(routes: Routes, name: str, rules: PlacementRules, action: str = CHANGED) -> None:
    """Put rules in force and note who did it, with what was stored before.

    Raises RulesError where they make no sense or cost too much, and StoreError.
    """
    before = routes.site.rule_changes.put(name, rules)
    routes.note(action, name, {"before": None if before is None else before.body, "after": rules.as_json()})


def take_back(routes: Routes, name: str, action: str = DELETED) -> None:
    """Delete the stored rules of a placement and note who did it; those of the file or none are in force again."""
    before = routes.site.service.store.placements.get(name)
    if not routes.site.rule_changes.delete(name):
        abort(404, "No rules of this placement are stored, so there is nothing to take back.")
    routes.note(action, name, {"before": None if before is None else before.body, "after": None})


def undo(routes: Routes, name: str, number: int) -> None:
    """Put back the rules that an entry of the audit log replaced."""
    entry = routes.site.service.store.audit.get(number)
    if entry is None or entry.subject != name or entry.body is None or "before" not in entry.body:
        abort(404, "There is no such change, or it is too long ago to be undone.")
    before = entry.body["before"]
    if before is None:
        take_back(routes, name, UNDONE)
        return
    try:
        rules = read_placement(name, before)
    except RulesError as error:
        abort(422, f"The rules of before cannot be used any more: {error}")
    save(routes, name, rules, UNDONE)
