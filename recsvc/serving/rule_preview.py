"""What a draft of rules would change in the lists of a few shoppers, before anything is live."""

from dataclasses import dataclass, replace
from threading import Lock

from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import NO_RULES
from recsvc.serving.live_model import LiveModel
from recsvc.serving.rehearsal import Change, Rehearsal
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.shop import Shop
from recsvc.store.item_catalogue import Catalogue, every_item

SHOPPERS = 5
KEPT_BYTES = 48 * 2**20
"""So much may be kept of fields that earlier drafts looked at."""


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


class RulePreview:
    """Makes the lists of a few shoppers as they are, and as they would be; in lists of ``n`` items.

    What rules look at in the catalogue is taken from the rules in force. What these do not look at is read when a draft
    is the first to do so, which takes as long as saving it does; it is kept for the next draft.
    """

    def __init__(
        self, live_model: LiveModel, shop: Shop, catalogue: Catalogue, n: int, kept_bytes: int = KEPT_BYTES
    ) -> None:
        self._live_model = live_model
        self._shop = shop
        self._catalogue = catalogue
        self._n = n
        self._kept_bytes = kept_bytes
        self._draft: RulesInForce | None = None
        self._revision: int | None = None
        self._lock = Lock()

    def of(self, name: str, rules: PlacementRules, seed: int) -> Preview:
        """Return what ``rules`` would change at the placement ``name`` for shoppers drawn with ``seed``.

        Raises NoModelError, RulesError where the rules make no sense, and StoreError when the database fails.
        """
        rules.base_of(name)
        live = self._live_model.current()
        with self._lock:
            draft = self._drafted(name, rules)
            rehearsal = Rehearsal(live, replace(self._shop, cold_start=None), self._n)
            users = rehearsal.sample(SHOPPERS, seed)
            changes = [(user_id, rehearsal.redrawn(name, user_id, draft)) for user_id in users]
        changes.sort(key=lambda one: (-one[1].n_other, one[1].before == one[1].after))
        n_changed = sum(change.before != change.after for _, change in changes)
        return Preview(len(users), n_changed, tuple(changes))

    def _drafted(self, name: str, rules: PlacementRules) -> RulesInForce:
        """Return ``rules``, compiled for the catalogue as it is now."""
        draft = self._draft
        if draft is None:
            draft, self._revision = self._shop.rules.draft(self._kept_bytes)
            self._draft = draft
        if self._revision is not None:
            while (changes := self._catalogue.changes_since(self._revision)).items:
                draft.take(changes.items)
                self._revision = changes.revision
        else:
            self._revision = self._catalogue.newest_revision()
        draft.replace(NO_RULES.with_stored({name: rules}), lambda: every_item(self._catalogue))
        return draft
