"""What rules may ask of the user and the page that a list is for."""

from collections.abc import Set

from recsvc.ranking.history import History, history_of
from recsvc.ranking.live_events import LiveEvents, with_events
from recsvc.ranking.query import Query, UserKey
from recsvc.rules.evaluation import NOBODY, ListContext
from recsvc.rules.expression import ASKED_CATEGORIES, BOUGHT_CATEGORIES
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop import Shop


def list_context(
    needed: Set[str], live: LiveVersion, query: Query, events: LiveEvents | None, catalogue: LiveCatalogue
) -> ListContext:
    """Return what is known of one list.

    Args:
        needed: names of expressions; categories that are not among them are not looked up.
        live: the version that makes the list.
        query: what is asked.
        events: what the model has not seen of the user.
        catalogue: knows the categories of items.
    """
    history = _history(live, query.user_id, events)
    items = live.recommender.model.items
    bought, looked_at = frozenset[str](), frozenset[str]()
    if BOUGHT_CATEGORIES in needed:
        ids = (items.id_of(index) for index in history.bought().items.tolist())
        bought = catalogue.categories_of(live, ids)
    if ASKED_CATEGORIES in needed:
        looked_at = catalogue.categories_of(live, query.item_ids)
    return ListContext(
        n_orders=history.n_orders,
        is_known=bool(len(history)),
        bought_categories=bought,
        asked_categories=looked_at,
    )


def shopper_context(live: LiveVersion | None, shop: Shop, user_id: str, needed: Set[str]) -> ListContext:
    """Return what is known of a user, whatever list or page it is for; without a model nothing is.

    Args:
        live: the version that knows the user.
        shop: what happened since.
        user_id: the user in the one spelling.
        needed: names of expressions; categories that are not among them are not looked up.
    """
    if live is None or shop.erasures.holds(user_id):
        return NOBODY
    query = Query(user_id=user_id)
    events = shop.users.events(UserKey("user", user_id), live, shop.cold_start_items(live))
    return list_context(needed, live, query, events, shop.catalogue)


def _history(live: LiveVersion, user_id: str | None, events: LiveEvents | None) -> History:
    model = live.recommender.model
    index = None if user_id is None else model.users.index_of(user_id)
    history = History.of_items([]) if index is None else history_of(model, index)
    return history if events is None or not events.changes_taste else with_events(history, events)
