"""What a shop says of its items, wherever it says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ShopCatalogue:
    """What the shop says of its items.

    Attributes:
        titles: item id -> title, where there is one.
        categories: item id -> categories, each with those above it: ``("Kitchen", "Kitchen > Baking")``.
        n_rows: rows of the file.
        refused: reason -> number of rows.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    n_rows: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)


NO_CATALOGUE = ShopCatalogue()
