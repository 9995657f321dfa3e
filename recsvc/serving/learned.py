"""What the live model holds on a shopper, for whoever asks what is held on them."""

from typing import Any

from recsvc.ranking.recommender import history_of
from recsvc.serving.live_model import LiveModel
from recsvc.serving.shop import Shop


def learned_of(live_model: LiveModel, shop: Shop, user_id: str) -> dict[str, Any] | None:
    """Return as JSON values what was learned from, or None for someone whom the model does not know or may not."""
    live = live_model.version
    index = None if live is None else live.recommender.model.users.index_of(user_id)
    if live is None or index is None or shop.is_erased(user_id):
        return None
    model = live.recommender.model
    history = history_of(model, index)
    rows = zip(history.items.tolist(), history.orders.tolist(), history.age_days.tolist(), strict=True)
    return {
        "model_version": live.manifest.model_version,
        "data_through": live.manifest.data_through,
        "orders": history.n_orders,
        "factors": [round(one, 6) for one in model.user_factors[index].tolist()],
        "items": [
            {"item_id": model.items.id_of(item), "orders": orders, "last_days_ago": round(age, 3)}
            for item, orders, age in rows
        ],
    }
