"""What rules may ask of the shopper and the page that a list is for."""

from collections.abc import Callable
from functools import cached_property

from recsvc.ranking.history import History, history_of
from recsvc.ranking.live_events import LiveEvents, with_events
from recsvc.ranking.query import Query
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop_categories import ShopCategories


class Context:
    """Found out when it is asked for, and once; most rules ask for nothing.

    ``events`` tells what the model has not seen of the shopper.
    """

    def __init__(
        self,
        live: LiveVersion,
        query: Query,
        events: Callable[[], LiveEvents | None],
        categories: ShopCategories,
    ) -> None:
        self._live = live
        self._query = query
        self._events = events
        self._categories = categories

    @property
    def n_orders(self) -> int:
        """How many orders of the shopper are known."""
        return self._history.n_orders

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the shopper."""
        return bool(len(self._history))

    @cached_property
    def bought_categories(self) -> frozenset[str]:
        """The categories of what the shopper bought, each also by its last level alone."""
        items = self._live.recommender.model.items
        bought = (items.id_of(index) for index in self._history.bought().items.tolist())
        return self._categories.of(self._live, bought)

    @cached_property
    def asked_categories(self) -> frozenset[str]:
        """The categories of the product page or the cart."""
        return self._categories.of(self._live, self._query.item_ids)

    @cached_property
    def _history(self) -> History:
        model, user_id = self._live.recommender.model, self._query.user_id
        index = None if user_id is None else model.users.index_of(user_id)
        history = History.of_items([]) if index is None else history_of(model, index)
        events = self._events()
        return history if events is None or not events.changes_taste else with_events(history, events)
