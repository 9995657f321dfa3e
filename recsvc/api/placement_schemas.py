"""What placements look like in requests and answers."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.placement_table import NAME_PATTERN, PlacementTable
from recsvc.rules.rule_book import Origin, RuleBook


class PlacementPath(BaseModel):
    """Names a placement."""

    name: str = Field(description="Built-in, or the shop's own.", pattern=NAME_PATTERN)


class PlacementResponse(BaseModel):
    """A placement that is in force."""

    name: str
    origin: Literal["store", "file", "built-in"] = Field(
        description="Where its rules come from: PUT, recsvc.toml, or nowhere, as it is built in."
    )
    base: Placement
    rules: dict[str, Any] = Field(description="As for PUT.")

    @classmethod
    def of(cls, rules: PlacementRules, origin: Origin) -> "PlacementResponse":
        """Return ``rules`` as they are answered."""
        return cls(
            name=rules.name, origin=origin.value, base=rules.base, rules=PlacementTable.of(rules).as_json()
        )


class PlacementsResponse(BaseModel):
    """All placements that are in force."""

    placements: list[PlacementResponse]

    @classmethod
    def of(cls, book: RuleBook) -> "PlacementsResponse":
        """Return ``book`` as it is answered."""
        return cls(placements=[PlacementResponse.of(one, book.origin_of(one.name)) for one in book.all()])
