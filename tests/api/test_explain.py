import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from support.models import ITEMS

from recsvc.app import EXTENSION, create_app
from recsvc.model.registry import Registry
from recsvc.ranking.explain.explanation import Obstacle
from recsvc.ranking.features import FEATURES
from recsvc.ranking.sources.all import SOURCES
from recsvc.settings.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "explain.md"
EVERYONE = ("ada", "bob", "nobody", None)


def told(client: FlaskClient, item_id: str, **fields: Any) -> dict[str, Any]:
    response = client.get("/v1/explain", query_string={"item_id": item_id, **_without_none(fields)})
    assert response.status_code == 200, response.json
    return response.json


def listed(client: FlaskClient, **fields: Any) -> list[dict[str, Any]]:
    return client.get("/v1/recommend", query_string=_without_none(fields)).json["items"]


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def within_a_second(found: Callable[[], Any], wanted: Any) -> None:
    deadline = time.monotonic() + 2
    while (last := found()) != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    assert last == wanted


def why_not(client: FlaskClient, item_id: str, **fields: Any) -> str | None:
    kept_out = told(client, item_id, **fields)["kept_out_by"]
    return kept_out and kept_out["what"]


@pytest.mark.parametrize(
    "placement", ["for_you", "discover", "buy_again", "trending", "similar", "bought_together"]
)
def test_place_score_and_reason_are_those_of_the_list(client: FlaskClient, placement: str) -> None:
    context = "tea" if placement in ("similar", "bought_together") else None
    for user_id in EVERYONE:
        items = listed(client, user_id=user_id, placement=placement, item_id=context, n=3)
        shown = {item["item_id"]: item for item in items}
        assert shown or (placement == "buy_again" and user_id in ("nobody", None))
        for item_id in ITEMS:
            answer = told(client, item_id, user_id=user_id, placement=placement, context_item_id=context, n=3)
            item = shown.get(item_id, {})
            assert answer["shown"] == (item_id in shown) == (answer["kept_out_by"] is None)
            for name in ("rank", "score", "reason"):
                assert answer[name] == item.get(name)


def test_an_answer_has_numbers_and_a_sentence(client: FlaskClient) -> None:
    answer = told(client, "cake", user_id="ada", placement="discover")
    assert answer["sentence"].startswith(
        "“Cake” is number 1 in your suggestions of something new, because you bought “Tea” and “Milk”. "
    )
    assert [one["source"] for one in answer["sources"]] == [source.name for source in SOURCES]
    assert {one["name"] for one in answer["features"]} == set(FEATURES)
    total = answer["base_value"] + sum(one["contribution"] for one in answer["features"])
    assert total == pytest.approx(answer["ranker_score"], rel=1e-5)
    assert [(one["item_id"], one["title"], one["orders"]) for one in answer["because_of"]] == [
        ("tea", "Tea", 3),
        ("milk", "Milk", 1),
    ]


def test_titles_of_the_catalogue_come_before_those_of_the_history(client: FlaskClient) -> None:
    client.put("/v1/items/cake", json={"title": "Carrot cake"})
    answer = told(client, "cake", user_id="ada", placement="discover")
    assert answer["title"] == "Carrot cake"
    assert answer["sentence"].startswith("“Carrot cake” is number 1")


@pytest.mark.parametrize(
    ("says", "what", "because"),
    [
        ({"in_stock": False}, "out_of_stock", "it is out of stock"),
        ({"available_from": "2999-01-01T00:00:00Z"}, "not_yet_available", "it is not on sale yet"),
        ({"available_until": "2020-01-01T00:00:00Z"}, "no_longer_available", "it is no longer on sale"),
        (None, "withdrawn", "we no longer sell it"),
    ],
)
def test_what_cannot_be_sold_is_told_so_and_the_next_moves_up(
    client: FlaskClient, says: dict[str, Any] | None, what: str, because: str
) -> None:
    if says is None:
        client.delete("/v1/items/tea")
    else:
        client.put("/v1/items/tea", json={"title": "Tea", **says})
    within_a_second(lambda: why_not(client, "tea", user_id="ada"), what)
    sentence = told(client, "tea", user_id="ada")["sentence"]
    assert sentence == f"“Tea” is not in your recommendations, because {because}."
    assert told(client, "milk", user_id="ada")["rank"] == listed(client, user_id="ada")[0]["rank"] == 1


def test_what_a_shopper_does_is_in_the_next_answer(client: FlaskClient) -> None:
    client.post("/v1/events", json={"type": "purchase", "user_id": "ada", "item_id": "cake"})
    assert why_not(client, "cake", user_id="ada", placement="discover") == "already_bought"
    client.post("/v1/events", json={"type": "dislike", "user_id": "ada", "item_id": "tea"})
    assert why_not(client, "tea", user_id="ada") == "disliked"


def test_a_session_is_explained_like_a_shopper(client: FlaskClient) -> None:
    client.post("/v1/events", json={"type": "purchase", "session_id": "visit", "item_id": "hammer"})
    answer = told(client, "nails", session_id="visit")
    assert (answer["strategy"], answer["shopper"]) == ("folded_in", "known")
    assert answer["because_of"][0]["item_id"] == "hammer"


@pytest.mark.parametrize(("user_id", "shopper"), [("nobody", "unknown"), (None, "guest"), ("ada", "erased")])
def test_who_is_not_known_is_answered_for_what_they_see(
    client: FlaskClient, user_id: str | None, shopper: str
) -> None:
    client.delete("/v1/users/ada")
    answer = told(client, "jam", user_id=user_id)
    assert (answer["shopper"], answer["strategy"], answer["rank"]) == (shopper, "trending", 1)
    assert answer["sentence"].endswith("so you see what any new customer sees.")
    assert (answer["because_of"], answer["features"]) == ([], [])


def test_an_item_that_the_model_never_saw_is_an_answer(client: FlaskClient) -> None:
    answer = told(client, "soup", user_id="ada")
    assert (answer["title"], answer["kept_out_by"]["what"]) == (None, "unknown_item")
    assert (
        answer["sentence"] == "“soup” is not in your recommendations, because we do not know yet who buys it."
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("item_id=tea&placement=nowhere", 422),
        ("user_id=ada", 422),
        ("item_id=tea&n=0", 422),
        ("item_id=tea&placement=similar", 422),
        ("item_id=tea&placement=similar&context_item_id=soup", 404),
        ("item_id=tea&colour=red", 422),
    ],
)
def test_what_cannot_be_asked_is_refused(client: FlaskClient, query: str, status: int) -> None:
    response = client.get(f"/v1/explain?{query}")
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_an_interest_is_not_said_to_be_a_purchase(client: FlaskClient) -> None:
    client.post("/v1/events", json={"type": "like", "session_id": "visit", "item_id": "hammer"})
    assert told(client, "nails", session_id="visit")["sentence"] == (
        "“Nails” is number 1 in your recommendations, because you showed an interest in “Hammer”. Also in its favour: "
        "how well it fits your taste and how well it goes with what interests you."
    )


NOT_IN_THE_LIST = {
    "en": "“soup” is not in your recommendations, because we do not know yet who buys it.",
    "de": "„soup“ steht nicht in Ihren Empfehlungen, weil wir noch nicht wissen, wer es kauft.",
    "fi": "”soup” ei ole suosituksissasi, koska emme vielä tiedä, kuka sitä ostaa.",
    "sv": "”soup” finns inte bland dina rekommendationer, eftersom vi ännu inte vet vem som köper den.",
}


@pytest.mark.parametrize(
    ("lang", "accepted", "told_in"),
    [
        (None, None, "en"),
        ("de", None, "de"),
        ("fi-FI", None, "fi"),
        ("sv", "de", "sv"),
        (None, "fr, sv-FI;q=0.9, de;q=0.8", "sv"),
        (None, "de-AT", "de"),
        (None, "fr", "en"),
        (None, "*;;q=x, \t", "en"),
        (None, "de;q=0", "en"),
    ],
)
def test_the_sentence_is_in_the_language_that_is_asked_for(
    client: FlaskClient, lang: str | None, accepted: str | None, told_in: str
) -> None:
    headers = _without_none({"Accept-Language": accepted})
    asked = _without_none({"item_id": "soup", "user_id": "ada", "lang": lang})
    response = client.get("/v1/explain", query_string=asked, headers=headers)
    assert (response.json["lang"], response.headers["Content-Language"]) == (told_in, told_in)
    assert response.json["sentence"] == NOT_IN_THE_LIST[told_in]


@pytest.mark.parametrize("lang", ["fr", "deutsch", "", "d", "en--", "x" * 36, "de en"])
def test_a_language_that_there_is_not_is_refused_with_those_that_there_are(
    client: FlaskClient, lang: str
) -> None:
    refused = client.get("/v1/explain", query_string={"item_id": "tea", "lang": lang})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "lang")
    if len(lang) < 36:
        assert "en, de, fi, sv" in refused.json["errors"][0]["message"]


def test_the_shop_sets_the_language_of_those_who_prefer_none(registry: Registry) -> None:
    app = create_app(Settings(models_dir=registry.directory, language="fi"))
    assert told(app.test_client(), "soup", user_id="ada")["sentence"] == NOT_IN_THE_LIST["fi"]
    assert told(app.test_client(), "soup", user_id="ada", lang="en")["lang"] == "en"
    app.extensions[EXTENSION].close()


def test_a_shop_cannot_set_a_language_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="must be one of en, de, fi, sv, got 'fr'"):
        Settings(language="fr")


def test_answers_are_kept_by_nobody_and_counted(client: FlaskClient) -> None:
    response = client.get("/v1/explain?item_id=tea&user_id=ada")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert 'recsvc_explanation_seconds_count{placement="for_you"} 1.0' in client.get("/metrics").text


def test_no_id_reaches_the_log(registry: Registry) -> None:
    app = create_app(Settings(models_dir=registry.directory, log_level="debug"))
    with capture_logs() as lines:
        told(app.test_client(), "secret-item", user_id="secret-user", session_id="secret-visit")
    app.extensions[EXTENSION].close()
    assert "secret" not in repr(lines)


def test_the_guide_names_every_obstacle() -> None:
    table = GUIDE.read_text().split("| `kept_out_by` | |")[1]
    assert set(re.findall(r"`(\w+)`", table)) >= set(Obstacle)


def test_a_field_of_one_value_is_given_once(client: FlaskClient) -> None:
    refused = client.get("/v1/explain?item_id=tea&item_id=milk")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "item_id")
    assert client.get("/v1/explain?item_id=tea&exclude=milk&exclude=jam").status_code == 200
