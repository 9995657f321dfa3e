import pytest

from recsvc.errors import QueryError
from recsvc.ranking.query import Placement, Query


@pytest.mark.parametrize("n", [0, -1, 101])
def test_n_outside_its_bounds_is_refused_with_them(n: int) -> None:
    with pytest.raises(QueryError, match=rf"n must be 1\.\.100, got {n}"):
        Query(n=n)


@pytest.mark.parametrize("placement", [Placement.SIMILAR, Placement.BOUGHT_TOGETHER])
def test_item_placements_need_items(placement: Placement) -> None:
    with pytest.raises(QueryError, match=f"placement {placement} needs at least one item_id"):
        Query(placement, user_id="u")


@pytest.mark.parametrize("fields", [{"user_id": "x" * 257}, {"item_ids": ("",)}, {"exclude": ("x" * 257,)}])
def test_ids_have_a_bounded_length(fields: dict[str, object]) -> None:
    with pytest.raises(QueryError, match=r"an id has 1\.\.256 characters"):
        Query(**fields)


def test_numbers_of_ids_are_bounded() -> None:
    with pytest.raises(QueryError, match="at most 50 item_id values, got 51"):
        Query(item_ids=tuple(map(str, range(51))))
    with pytest.raises(QueryError, match="at most 500 exclude values, got 501"):
        Query(exclude=tuple(map(str, range(501))))
