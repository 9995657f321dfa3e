"""What a draft of rules would change in the lists of a few shoppers, before anything is live."""

from dataclasses import dataclass, replace

from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import NO_RULES
from recsvc.serving.live_model import LiveModel
from recsvc.serving.rehearsal import Change, Rehearsal
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.shop import Shop
from recsvc.store.item_catalogue import Catalogue, every_item

SHOPPERS = 8


@dataclass(frozen=True)
class Preview:
    """What would change.

    Attributes:
        n_shoppers, n_changed: how many shoppers were looked at, and whose lists are others, or in another order.
        changes: by the shopper's id; those that change most first.
    """

    n_shoppers: int
    n_changed: int
    changes: tuple[tuple[str, Change], ...]


@dataclass(frozen=True)
class RulePreview:
    """Makes the lists of a few shoppers as they are, and as they would be; in lists of ``n`` items."""

    live_model: LiveModel
    shop: Shop
    catalogue: Catalogue
    n: int = 6

    def of(self, name: str, rules: PlacementRules, seed: int) -> Preview:
        """Return what ``rules`` would change at the placement ``name`` for shoppers drawn with ``seed``.

        Raises NoModelError, RulesError where the rules make no sense, and StoreError when the database fails.
        """
        rules.base_of(name)
        live = self.live_model.current()
        draft = RulesInForce()
        draft.replace(NO_RULES.with_stored({name: rules}), lambda: every_item(self.catalogue))
        rehearsal = Rehearsal(live, replace(self.shop, cold_start=None), self.n)
        users = rehearsal.sample(SHOPPERS, seed)
        changes = [(user_id, rehearsal.redrawn(name, user_id, draft)) for user_id in users]
        changes.sort(key=lambda one: (-one[1].n_other, one[1].before == one[1].after))
        n_changed = sum(change.before != change.after for _, change in changes)
        return Preview(len(users), n_changed, tuple(changes))
