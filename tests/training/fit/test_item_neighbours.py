import numpy as np
from scipy import sparse

from training.fit.item_neighbours import fit_item_neighbours
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(neighbours=3)


def checkerboard(n: int = 12) -> sparse.csr_matrix:
    """Even users bought even items, odd users odd ones; each left out the item of the own number."""
    users, items = np.indices((n, n))
    bought = ((users + items) % 2 == 0) & (users != items)
    return sparse.csr_matrix(np.where(bought, 9.0, 0.0).astype(np.float32))


def test_similar_items_are_of_the_same_colour_best_first_without_the_item_itself() -> None:
    similar = fit_item_neighbours(checkerboard(), SETTINGS)
    for item in range(12):
        neighbours, scores = similar.row(item)
        assert len(neighbours) == 3
        assert item not in neighbours
        assert {int(neighbour) % 2 for neighbour in neighbours} == {item % 2}
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_of_a_user_with_very_many_items_the_strongest_make_neighbours() -> None:
    collector = np.linspace(1, 2, 40, dtype=np.float32)
    bought = np.zeros((30, 40), dtype=np.float32)
    bought[0], bought[1:, :2] = collector, 1.0
    few = SETTINGS.model_copy(update={"neighbour_items": 10, "neighbours": 30})
    neighbours = fit_item_neighbours(sparse.csr_matrix(bought), few)
    n_neighbours = np.diff(neighbours.indptr)
    # The first two are bought by all others too; of the collector's items the last ten are the strongest.
    assert n_neighbours[:2].tolist() == [1, 1]
    assert n_neighbours[2:30].tolist() == [0] * 28
    assert n_neighbours[30:].tolist() == [9] * 10
