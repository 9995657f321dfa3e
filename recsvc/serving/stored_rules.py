"""The rules that the store holds, read."""

from collections.abc import Iterable

import structlog

from recsvc.errors import RulesError
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.placement_table import read_placement
from recsvc.store.stored_placement import StoredPlacement

_log = structlog.get_logger(__name__)


def read_stored(placements: Iterable[StoredPlacement]) -> dict[str, PlacementRules]:
    """Return the rules of ``placements`` by name.

    What makes no sense, as only another version of this program can have stored it, is logged and left out.
    """
    found: dict[str, PlacementRules] = {}
    for placement in placements:
        try:
            found[placement.name] = read_placement(placement.name, placement.body)
        except RulesError as error:
            _log.error("placement_refused", placement=placement.name, error=str(error))
    return found
