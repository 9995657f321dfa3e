"""Whether orders and catalogue call the items by the same ids, and by which column of the catalogue they do."""

from dataclasses import replace

import polars as pl

from recsvc.catalogue.id_columns import USUAL
from recsvc.errors import OpenQuestionError
from training.history.catalogue import ShopCatalogue
from training.orders.cleaning import Orders
from training.questions import Question

FEW_FOUND = 0.5
"""With a smaller share of the items that were bought in the catalogue, the run says so."""


def bought_items(orders: Orders) -> list[str]:
    """Return the ids of all items that were bought, guests' purchases included."""
    lines = (orders.lines, orders.guest_lines)
    return pl.concat([one["item_id"].cast(pl.String).unique() for one in lines]).unique().sort().to_list()


def catalogue_of_orders(orders: Orders, catalogue: ShopCatalogue) -> ShopCatalogue:
    """Return what the catalogue says of the items, called as they are in the orders.

    Raises OpenQuestionError where two columns may hold their ids.
    """
    return catalogue_of_items(bought_items(orders), catalogue)


def catalogue_of_items(bought: list[str], catalogue: ShopCatalogue) -> ShopCatalogue:
    """Return the same for the ids of all items that were ``bought``."""
    stopping = [question for question in questions_of_items(bought, catalogue) if question.stops]
    if stopping:
        raise OpenQuestionError(" ".join(map(str, stopping)))
    return catalogue.named_as(bought)


def with_catalogue_questions(orders: Orders, catalogue: ShopCatalogue) -> Orders:
    """Return the orders with what they leave open of the ids of the catalogue among their questions."""
    asked = catalogue_questions(orders, catalogue)
    summary = replace(orders.summary, questions=(*orders.summary.questions, *asked))
    return replace(orders, summary=summary)


def catalogue_questions(orders: Orders, catalogue: ShopCatalogue) -> tuple[Question, ...]:
    """Return what the orders leave open of the ids of the catalogue.

    A run stops where two columns name what was bought, but other products by it.
    """
    return questions_of_items(bought_items(orders), catalogue)


def questions_of_items(bought: list[str], catalogue: ShopCatalogue) -> tuple[Question, ...]:
    """Return the same for the ids of all items that were ``bought``."""
    choice = catalogue.choice(bought)
    if not choice.n_bought:
        return ()
    found = f"{choice.n_found:,} of the {choice.n_bought:,} items bought"
    if choice.rival is not None:
        return (
            Question(
                "catalogue_ids",
                f"The usual ids of the catalogue name {found}; its column {choice.rival!r} names as many, but other "
                "products.",
                f'Say catalogue_columns = {{item_id = "{choice.rival}"}} in recsvc.toml or '
                f"--catalogue-column 'item_id={choice.rival}', or name the column of the usual ids.",
            ),
        )
    if choice.column != USUAL:
        return (
            Question(
                "catalogue_ids",
                f"The catalogue was matched by its column {choice.column!r}, which names {found}.",
                "Say --catalogue-column item_id=… if another column holds the ids of the orders.",
                stops=False,
            ),
        )
    if choice.n_found < FEW_FOUND * choice.n_bought:
        return (
            Question(
                "catalogue_ids",
                f"The catalogue names {found}.",
                "Say --catalogue-column item_id=… if another column holds the ids of the orders.",
                stops=False,
            ),
        )
    return ()
