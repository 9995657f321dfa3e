"""The placements of the shop: names of its own, and rules for these and for the built-in ones."""

from collections.abc import Iterable
from typing import Protocol

import structlog

from recsvc.errors import RulesError, UnknownPlacementError
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.query import Placement
from recsvc.ranking.selection import Selection
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.placement_table import read_placement
from recsvc.serving.context import Context
from recsvc.serving.live_model import LiveVersion
from recsvc.store.stored_placements import StoredPlacement

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


MAX_QUOTED = 80
_BUILT_IN = {str(placement): placement for placement in Placement}


class CompiledPlacement(Protocol):
    """The rules of one placement, as one version of the model and one state of the catalogue see them."""

    @property
    def rules(self) -> PlacementRules:
        """What they came from."""

    @property
    def digest(self) -> str:
        """What tells these rules, with all that they mean now, from any others."""

    @property
    def asks_shopper(self) -> bool:
        """Whether they look at who asks."""

    def selection(self, context: Context, cold_start: ColdStartItems) -> Selection:
        """Return what they say of one list, of ``newcomers`` too; only what they ask of ``context`` is found out."""


class Placements(Protocol):
    """All placements with rules; they change while the service runs, and this never raises."""

    @property
    def state(self) -> object:
        """One object until any of the placements, or what its rules mean, changes; then another one."""

    def names(self) -> tuple[str, ...]:
        """Return the names that have rules, the shop's own and built-in ones."""

    def find(self, name: str) -> PlacementRules | None:
        """Return the rules of the placement ``name``, a built-in one or the shop's own; None without any."""

    def compiled(self, name: str, live: LiveVersion) -> CompiledPlacement | None:
        """Return the same, ready to be applied to a list of ``live``."""


class NoPlacements:
    """Where the shop has no rules."""

    state: object = object()

    def names(self) -> tuple[str, ...]:
        """Return none."""
        return ()

    def find(self, name: str) -> PlacementRules | None:  # noqa: ARG002 - the contract's signature
        """Return None."""
        return None

    def compiled(self, name: str, live: LiveVersion) -> CompiledPlacement | None:  # noqa: ARG002
        """Return None."""
        return None


NO_PLACEMENTS = NoPlacements()


def placed(placements: Placements, asked: str) -> tuple[Placement, str | None]:
    """Return the built-in placement that ranks what is called ``asked``, and the name where it is the shop's own.

    Raises UnknownPlacementError, which names those that there are.
    """
    if asked in _BUILT_IN:
        return _BUILT_IN[asked], None
    rules = placements.find(asked)
    if rules is None:
        known = sorted({*_BUILT_IN, *placements.names()})
        raise UnknownPlacementError(
            f"there is no placement {asked[:MAX_QUOTED]!r}; known are {', '.join(known)}"
        )
    return rules.base, asked
