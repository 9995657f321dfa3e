"""What a shop says of its items, wherever it says it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from recsvc.catalogue.id_columns import USUAL, IdChoice, chosen_ids
from recsvc.identity.spelling import item_key


@dataclass(frozen=True)
class ShopCatalogue:
    """What the shop says of its items.

    Attributes:
        titles: item id -> title, where there is one.
        categories: item id -> categories, each with those above it: ``("Kitchen", "Kitchen > Baking")``.
        n_rows: rows of the file.
        refused: reason -> number of rows.
        others: column that may hold the ids that orders name -> what it says -> item id here.
        groups: item id -> product that it is a variant of, where it is one.
        id_column: the column that the shop says holds the ids; empty where it said nothing.
        texts: item id -> what else is said of it in words, such as brand and material, where there is any.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    n_rows: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    groups: Mapping[str, str] = field(default_factory=dict)
    id_column: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    def choice(self, bought: Collection[str]) -> IdChoice:
        """Return by which column the items of the orders, ``bought``, are called."""
        keys = frozenset(map(item_key, bought))
        if self.id_column or not keys or not self.n_rows:
            return IdChoice(self.id_column)
        usual = {key: item_id for item_id in self._ids() if (key := item_key(item_id)) in keys}
        named = {
            column: {key: item_id for other, item_id in ids.items() if (key := item_key(other)) in keys}
            for column, ids in self.others.items()
        }
        return chosen_ids(keys, {USUAL: usual, **named})

    def named_as(self, bought: Collection[str]) -> "ShopCatalogue":
        """Return what is said of the items of the orders, ``bought``, called and spelled as they are there."""
        column = USUAL if self.id_column else self.choice(bought).column
        ids = (
            {item_id: item_id for item_id in self._ids()} if column == USUAL else self.others.get(column, {})
        )
        known: dict[str, str] = {}
        for other, item_id in ids.items():
            known.setdefault(item_key(other), item_id)
        found = {one: said_as for one in bought if (said_as := known.get(item_key(one))) is not None}
        spelled = set(found.values())
        left = {} if column != USUAL else {one: one for one in self._ids() if one not in spelled}
        said = {**left, **found}
        return replace(
            self,
            titles={one: self.titles[item_id] for one, item_id in said.items() if item_id in self.titles},
            categories={
                one: self.categories[item_id] for one, item_id in said.items() if item_id in self.categories
            },
            groups={one: self.groups[item_id] for one, item_id in said.items() if item_id in self.groups},
            texts={one: self.texts[item_id] for one, item_id in said.items() if item_id in self.texts},
            others={},
        )

    def _ids(self) -> Collection[str]:
        return dict.fromkeys([*self.titles, *self.categories])


NO_CATALOGUE = ShopCatalogue()
