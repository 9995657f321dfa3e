"""What is read without Flask is the query that Flask would have read."""

import pytest
from flask_openapi3 import OpenAPI
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from recsvc.api import problems, recommend
from recsvc.api.hot_path import read_plain_query
from recsvc.errors import NoModelError
from recsvc.metrics import Metrics
from recsvc.ranking.query import Placement, Query
from recsvc.serving.shop import Shop


class Listener:
    """In the place of ``Lists``: keeps what was asked."""

    asked: Query | None = None
    shop = Shop()

    def resolve(self, query: Query) -> None:
        self.asked = query
        raise NoModelError("only listening")


LISTENER = Listener()
RULES = Listener.shop.rules
APP = OpenAPI("test", validation_error_callback=problems.refuse_fields)
APP.register_api(recommend.blueprint(LISTENER, lambda _items, _names: None))
problems.init_app(APP, Metrics())


def read_by_flask(query_string: str) -> Query | None:
    LISTENER.asked = None
    environ = create_environ("/v1/recommend")
    environ["QUERY_STRING"] = query_string
    run_wsgi_app(APP, environ)
    return LISTENER.asked


VALUES = st.sampled_from(
    ["a", "A-1_~.", "10", "0", "007", "100", "101", "1.0", "1_0", "trending", "similar", "FOR_YOU", "", "%41"]
) | st.text(st.characters(max_codepoint=255), max_size=3)
PAIRS = st.tuples(
    st.sampled_from(
        ["user_id", "session_id", "placement", "n", "item_id", "exclude", "fields", "consent", "x"]
    ),
    VALUES,
).map("=".join)
QUERY_STRINGS = st.lists(PAIRS, max_size=4).map("&".join) | st.text(
    st.characters(max_codepoint=255), max_size=8
)


@given(QUERY_STRINGS)
@example("")
@example("&")
@example("user_id=a&user_id=b")
@example("user_id=a=b")
@example("n=10&placement=similar&item_id=b&item_id=a&item_id=b&exclude=c")
@settings(max_examples=600, deadline=None)
def test_a_plain_query_is_what_flask_reads(query_string: str) -> None:
    plain = read_plain_query(query_string, RULES)
    assert plain is None or plain == read_by_flask(query_string)


@pytest.mark.parametrize(
    ("query_string", "query"),
    [
        ("", Query()),
        ("user_id=17850", Query(user_id="17850")),
        ("n=5&placement=discover&user_id=ada", Query(Placement.DISCOVER, 5, "ada")),
        ("placement=similar&item_id=85123A", Query(Placement.SIMILAR, item_ids=("85123A",))),
        ("exclude=a&exclude=b", Query(exclude=("a", "b"))),
    ],
)
def test_the_usual_questions_are_plain(query_string: str, query: Query) -> None:
    assert read_plain_query(query_string, RULES) == query == read_by_flask(query_string)


@pytest.mark.parametrize(
    "query_string", ["user_id=Zo%C3%AB", "n=101", "placement=similar", "color=red", "user_id="]
)
def test_what_needs_the_full_validation_is_left_to_it(query_string: str) -> None:
    assert read_plain_query(query_string, RULES) is None
