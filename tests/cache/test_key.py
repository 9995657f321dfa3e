import pytest

from recsvc.cache.key import BUCKETS, Making, list_key, page_key, tag_of
from recsvc.ranking.query import Placement, Query, UserKey

SOLD = {"a", "b", "x", "y", "85123A"}


def key(query: Query, version: str = "1"):
    return list_key(version, query, SOLD.__contains__)


def test_a_key_names_the_version_and_nobodys_id() -> None:
    made = key(Query(user_id="17850", item_ids=("85123A",)), "20260101")
    assert made.model_version == "20260101"
    assert "17850" not in str(made)
    assert "85123A" not in str(made)


def test_queries_with_the_same_answer_share_a_key() -> None:
    one = Query(Placement.BOUGHT_TOGETHER, item_ids=("a", "b", "a"), exclude=("x", "y"))
    other = Query(Placement.BOUGHT_TOGETHER, item_ids=("b", "a"), exclude=("y", "x", "x"))
    assert key(one) == key(other)


def test_items_that_nobody_sells_change_no_key() -> None:
    made_up = Query(Placement.BOUGHT_TOGETHER, item_ids=("a", "made up"), exclude=("made up",))
    assert key(made_up) == key(Query(Placement.BOUGHT_TOGETHER, item_ids=("a",)))


@pytest.mark.parametrize(
    "other",
    [
        Query(n=11),
        Query(user_id="u"),
        Query(Placement.DISCOVER),
        Query(item_ids=("a",)),
        Query(exclude=("a",)),
        Query(user_id="null"),
    ],
)
def test_queries_with_other_answers_have_other_keys(other: Query) -> None:
    assert key(other) != key(Query())


def test_versions_do_not_share_keys() -> None:
    assert key(Query()) != key(Query(), "2")


def test_all_lists_of_a_user_have_one_tag() -> None:
    tag = tag_of(UserKey("user", "u"))
    assert 1 <= tag.bucket <= BUCKETS
    for query in (Query(user_id="u"), Query(Placement.DISCOVER, user_id="u")):
        made = key(query)
        assert made.tag == tag


def test_lists_of_nobody_in_particular_have_tags_of_their_own() -> None:
    one, other = key(Query(n=1)), key(Query(n=2))
    assert one.user != other.user
    assert one.bucket == other.bucket == 0


def test_another_diversity_has_other_keys_and_none_changes_nothing() -> None:
    keys = [list_key("1", Query(), SOLD.__contains__, Making(diversity)) for diversity in (0.0, 0.2, 0.3)]
    assert len(set(keys)) == 3
    assert keys[0] == list_key("1", Query(), SOLD.__contains__)


def test_rules_and_names_have_other_keys_and_none_changes_nothing() -> None:
    asked = [Query(), Query(name="summer"), Query(name="winter")]
    keys = {
        list_key("1", query, SOLD.__contains__, Making(rules=digest))
        for query in asked
        for digest in ("", "a", "b")
    }
    assert len(keys) == 9
    assert list_key("1", Query(), SOLD.__contains__) == list_key("1", Query(), SOLD.__contains__, Making())


def test_another_share_of_new_items_has_other_keys_and_none_changes_nothing() -> None:
    keys = [
        list_key("1", Query(), SOLD.__contains__, Making(*made))
        for made in ((0, "", 0), (0, "", 0.1), (0.1, "", 0))
    ]
    assert len(set(keys)) == 3
    assert keys[0] == list_key("1", Query(), SOLD.__contains__)


def test_a_session_has_a_tag_of_its_own() -> None:
    user, session = key(Query(user_id="a")), key(Query(session_id="a"))
    tags = tag_of(UserKey("user", "a")), tag_of(UserKey("session", "a"))
    assert tags[0] != tags[1]
    assert (user.tag, session.tag) == tags
    assert session.bucket > 0
    assert session.query not in (user.query, key(Query()).query)


def test_a_page_is_invalidated_with_the_lists_of_its_user() -> None:
    mine, all_users = key(Query(user_id="u")), key(Query(Placement.TRENDING))
    assert page_key([all_users, mine], frozenset()).tag == mine.tag
    assert page_key([all_users], frozenset()).bucket == 0
    assert page_key([all_users, mine], frozenset()) != page_key([mine, all_users], frozenset())
    assert page_key([mine], frozenset()) != page_key([mine], {"tea"})


def test_a_list_of_a_variant_has_a_key_of_its_own() -> None:
    keys = [list_key("1", Query(), SOLD.__contains__, Making(variant=digest)) for digest in ("", "a", "b")]
    assert len(set(keys)) == 3
    assert keys[0] == list_key("1", Query(), SOLD.__contains__)


def test_a_page_of_lists_of_two_versions_is_not_that_of_later_versions() -> None:
    one, other, later = (
        list_key(version, Query(user_id="ada", n=n), SOLD.__contains__)
        for version, n in (("2", 3), ("1", 4), ("3", 4))
    )
    assert page_key([one, other], frozenset()) != page_key([one, later], frozenset())
