"""What a model version keeps of the rhythm of its shop."""

from dataclasses import replace

from recsvc.model.model import Model
from training.history.interactions import Interactions
from training.moments.learning import learn_shop_rhythm
from training.moments.order_days import OrderDays


def with_moments(model: Model, interactions: Interactions, seed: int) -> Model:
    """Return ``model`` with the rhythm of the shop and its shoppers; as it is where orders have no dates."""
    orders = OrderDays.of(interactions)
    if orders is None:
        return model
    text = learn_shop_rhythm(orders, seed).to_text()
    return replace(model, user_rhythm=orders.user_rhythm(), moments=text)
