"""The items of a model that the catalogue calls by the name of another product since."""

from collections.abc import Iterable, Mapping

from recsvc.catalogue.item import Item
from recsvc.ranking.title_variants import TitleVariants

MAX_RENAMED = 2_000
"""At most so many are kept: those that the catalogue changed last."""


class RenamedItems:
    """Follows the titles of the items that the model of ``variants`` knows."""

    def __init__(self, variants: TitleVariants) -> None:
        self._variants = variants
        self._titles: dict[int, str] = {}

    @property
    def titles(self) -> Mapping[int, str]:
        """What they are called now, by index."""
        return self._titles

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``, oldest first."""
        for item in items:
            index = self._variants.model.items.index_of(item.item_id)
            if index is None:
                continue
            self._titles.pop(index, None)
            if item.title and not item.withdrawn and self._variants.says_another(index, item.title):
                self._titles[index] = item.title
        while len(self._titles) > MAX_RENAMED:
            del self._titles[next(iter(self._titles))]
