"""Whether lists name the right product where each is sold in variants, with and without what variants share.

``python -m benchmarks.variants [SEED] [SHARE ...]``: a made-up shop of 60 products in 5 variants each and 500 shoppers,
who keep to a size in two purchases of five; the last order of each is held back. Printed is the share of its products
(for `discover`, of those that are new to the shopper) that are among the ten of the list.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import EXACTLY_N, Selection
from training.fit import variant_sharing as variants
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions
from training.job import read_and_clean
from training.learning import learn
from training.progress import Silent
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources

PRODUCTS, VARIANTS, SHOPPERS = 60, 5, 500
SETTINGS = TrainingSettings(factors=32, threads=1, windows=4, trees=40, users_a_window=300)


def made_up(seed: int) -> tuple[list[str], dict[str, set[str]], dict[str, set[str]]]:
    """Return order lines as CSV, and what each shopper bought of which product: before, and in the last order."""
    rng = np.random.default_rng(seed)
    taste, kinds = rng.dirichlet(np.full(6, 0.3), SHOPPERS), np.arange(PRODUCTS) % 6
    appeal, size = rng.pareto(1.5, PRODUCTS) + 0.3, rng.integers(0, VARIANTS, SHOPPERS)
    rows, before, last = ["user_id,item_id,date,order_id"], dict[str, set[str]](), dict[str, set[str]]()
    for shopper in range(SHOPPERS):
        likes = taste[shopper][kinds] * appeal
        n_orders, name = int(rng.integers(4, 10)), f"u{shopper}"
        for order in range(n_orders):
            day = int(1 + order * 300 / n_orders + rng.integers(0, 20))
            for product in sorted(set(rng.choice(PRODUCTS, 2, p=likes / likes.sum()).tolist())):
                variant = size[shopper] if rng.random() < 0.4 else rng.integers(0, VARIANTS)
                if order == n_orders - 1:
                    last.setdefault(name, set()).add(f"p{product}")
                    continue
                before.setdefault(name, set()).add(f"p{product}")
                date = f"2025-{1 + day // 31:02}-{1 + day % 28:02}"
                rows.append(f"{name},p{product}-v{variant},{date},{shopper}-{order}")
    return rows, before, last


def main() -> None:
    """Print a line for each share."""
    seed, *shares = [float(one) for one in sys.argv[1:]] or [1.0]
    rows, before, last = made_up(int(seed))
    with TemporaryDirectory() as directory:
        path = Path(directory) / "orders.csv"
        path.write_text("\n".join(rows) + "\n")
        sources = OrderSources((str(path),))
        orders = read_and_clean(sources, SETTINGS, datetime(2026, 1, 1, tzinfo=UTC), Silent())
    items = sorted({row.split(",")[1] for row in rows[1:]})
    catalogue = ShopCatalogue(groups={item: item.split("-")[0] for item in items}, n_rows=len(items))
    known = Interactions.of(orders.lines, orders.guest_lines, catalogue)
    for share in shares or [0.0, variants.SHARE]:
        variants.SHARE = share
        model = learn(orders, known, SETTINGS, Silent()).model
        recommender = Recommender(model)
        selection = Selection(variants=variants.variants_among(model.items.ids, catalogue))
        for placement in (Placement.FOR_YOU, Placement.DISCOVER):
            hits = wanted = 0
            for shopper, bought in last.items():
                sought = bought - before[shopper] if placement is Placement.DISCOVER else bought
                query = Query(placement, 10, shopper)
                shown = recommender.recommend(query, None, EXACTLY_N, selection).items
                hits += len(sought & {one.item_id.split("-")[0] for one in shown})
                wanted += len(sought)
            sys.stdout.write(f"share {share:g}: {placement} {hits / wanted:.3f}\n")


if __name__ == "__main__":
    main()
