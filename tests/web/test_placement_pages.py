"""Rules of placements: as a form and as text, seen before they are live, saved, undone."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from support.pages import send, token_in

from recsvc.errors import RulesError
from recsvc.model.registry import Registry
from recsvc.rules.placement_rules import MAX_NEVER, read_placement
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store
from recsvc.web.rules.rule_form import PinRow, RuleForm, quoted, split_filter
from recsvc.web.rules.rule_text import as_text, read_text
from recsvc.web.rules.rule_words import in_words

FOR_YOU = "/console/placements/for_you"
ALL = {
    "base": "for_you",
    "filter": 'price <= 50 or "garden" in categories',
    "never": ["a", "b\"'c"],
    "boosts": [
        {"when": 'attributes.brand == "Acme"', "factor": 1.5},
        {"when": '"Tea" in categories', "factor": 0.5},
        {"when": "price < 5", "factor": 2.0},
    ],
    "pins": [
        {"item_id": "tea", "position": 1, "from": "2026-12-01T00:00:00Z", "until": "2026-12-24T18:00:30Z"},
        {"item_id": "milk", "position": 3},
    ],
    "caps": [{"by": "categories", "at_most": 2}, {"by": "brand", "at_most": 1}],
    "exclude_bought_days": 30.0,
    "min_stock": 3.0,
    "rotation": {"after_impressions": 5, "within_days": 14.0},
    "variants": "one",
    "fill": "none",
}


def rules_now(client: FlaskClient, name: str = "for_you") -> dict:
    found = client.get(f"/v1/placements/{name}").json["rules"]
    return {key: value for key, value in found.items() if value not in (None, [])}


def save(client: FlaskClient, text: str, name: str = "for_you", **fields: str) -> object:
    """See what would change, and save that."""
    address = f"/console/placements/{name}"
    opened = f"{address}?as=text{fields.pop('query', '')}"
    stamp = stamp_in(client.get(opened).text)
    seen = send(client, f"{address}/preview", opened, rules=text, stamp=stamp, **fields)
    assert seen.status_code == 200, seen.text
    return client.post(
        f"{address}/save", data={"token": token_in(seen), "rules": text, "stamp": stamp_in(seen.text)}
    )


def stamp_in(page: str) -> str:
    return page.split('name="stamp" value="')[1].split('"', maxsplit=1)[0]


def test_a_form_gives_back_the_rules_that_it_was_made_of() -> None:
    rules = read_placement("own", ALL)
    form = RuleForm.of_rules(rules.as_json())
    assert form.never == ("a", "b\"'c")
    assert form.filter == 'price <= 50 or "garden" in categories'
    assert [row.field for row in form.boosts] == ["brand", "category"]
    assert form.expressions == (("price < 5", "2"),)
    assert form.pins[0] == PinRow("tea", "1", "2026-12-01T00:00", "2026-12-24T18:00:30")
    assert read_placement("own", form.to_rules()) == rules
    assert read_text("own", as_text(rules.as_json())) == rules
    assert in_words(rules.as_json()) == (
        "a filter, 2 items never shown, 2 pins, 3 boosts, 2 caps, nothing that was bought lately, "
        "nothing that is nearly sold out, rotation, not filled"
    )


@pytest.mark.parametrize(
    "text",
    ["", "price < 1", '(a == 1) and item_id not in ["x"] or b == 2', 'item_id not in ["x"] and price < 1',
     '(price < 1) or (price > 2) and item_id not in ["x"]', "item_id != \"x\""],
)  # fmt: skip
def test_a_filter_that_is_put_otherwise_stays_as_it_is(text: str) -> None:
    never, rest = split_filter(text)
    assert (never, rest) == ((), text)
    assert RuleForm.of_rules({"filter": text} if text else {}).filter == text


def test_ids_in_a_filter_of_an_earlier_release_are_told_apart() -> None:
    earlier = {"filter": '(price < 1 or price > 2) and item_id not in ["x", \'y"z\']', "never": ["x", "a"]}
    form = RuleForm.of_rules(earlier)
    assert form.never == ("x", "a", 'y"z')
    assert form.to_rules() == {"filter": "price < 1 or price > 2", "never": ["x", "a", 'y"z']}
    assert "3 items never shown" in in_words(earlier)


def test_a_text_that_no_rule_can_name_is_refused() -> None:
    assert quoted('a"b') == "'a\"b'"
    with pytest.raises(RulesError, match="both kinds of quotes"):
        quoted("a\"'b")


@pytest.mark.parametrize(
    "text", ["x = ", "filter = 7", "no = 1", "[[pins]]\nposition = 1", "a" * 300_000, "[" * 9999]
)
def test_a_text_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(RulesError):
        read_text("own", text)


def test_every_placement_is_listed_with_its_rules_in_words(anybody: FlaskClient) -> None:
    assert anybody.put("/v1/placements/garden", json={"base": "for_you", "fill": "none"}).status_code == 201
    page = anybody.get("/console/placements").text
    assert page.count("no rules") == 6
    assert "not filled" in page
    assert anybody.get("/console/placements/nothing").status_code == 404
    assert anybody.get("/console/placements/garden").status_code == 200


def test_what_would_change_is_seen_before_it_is_live(anybody: FlaskClient) -> None:
    seen = send(
        anybody,
        f"{FOR_YOU}/preview",
        FOR_YOU,
        never="tea\n milk ",
        **{"pin-item-0": "saw", "pin-position-0": "2"},
    )
    assert seen.status_code == 200
    assert "What would change" in seen.text
    assert "4 get another list" in seen.text
    assert "<b>leaves</b>" in seen.text
    assert "<b>new</b>" in seen.text
    assert rules_now(anybody) == {}, "nothing is live"
    assert 'never = ["tea", "milk"]' in seen.text.replace("&#34;", '"').replace("&#39;", "'")


def test_rules_are_saved_noted_and_undone(anybody: FlaskClient, stored: Store) -> None:
    assert save(anybody, 'fill = "none"\n').status_code == 303
    assert rules_now(anybody) == {"fill": "none"}
    assert save(anybody, "[[pins]]\nitem_id = 'jam'\nposition = 1\n").status_code == 303
    entries = stored.audit.newest(5)
    assert [entry.action for entry in entries] == ["rules-changed"] * 2
    assert entries[0].body["before"]["fill"] == "none"
    assert anybody.get("/v1/recommend?user_id=ada").json["items"][0]["item_id"] == "jam"
    undone = send(anybody, f"{FOR_YOU}/undo", FOR_YOU, number=entries[0].number)
    assert undone.headers["Location"] == f"{FOR_YOU}?done=undone"
    assert rules_now(anybody) == {"fill": "none"}
    assert send(anybody, f"{FOR_YOU}/undo", FOR_YOU, number=entries[1].number).status_code == 303
    assert rules_now(anybody) == {}
    assert [entry.action for entry in stored.audit.newest(2)] == ["rules-undone"] * 2
    for number in ("999", "x", "", "9" * 30):
        assert send(anybody, f"{FOR_YOU}/undo", FOR_YOU, number=number).status_code == 404
    other = "/console/placements/similar/undo"
    assert send(anybody, other, FOR_YOU, number=entries[0].number).status_code == 404, "of another placement"


def test_rules_are_taken_back(anybody: FlaskClient) -> None:
    assert save(anybody, 'fill = "none"\n').status_code == 303
    assert send(anybody, f"{FOR_YOU}/take-back", FOR_YOU).status_code == 303
    assert rules_now(anybody) == {}
    assert send(anybody, f"{FOR_YOU}/take-back", FOR_YOU).status_code == 404


def test_rules_that_make_no_sense_are_shown_again_with_what_is_wrong(anybody: FlaskClient) -> None:
    for fields, problem in (
        ({"rules": "filter = 'price = 1'"}, "equal is written =="),
        ({"filter": "price <"}, "filter"),
        ({"pin-item-0": "tea", "pin-position-0": "x"}, "whole number"),
        ({"boost-field-0": "brand", "boost-value-0": "A", "boost-factor-0": "lots"}, "must be a number"),
        ({"boost-field-0": "brand"}, "needs a field and a value"),
        ({"pin-position-0": "2"}, "name its id"),
        ({"boost-field-0": "brand", "boost-value-0": "a'\"", "boost-factor-0": "2"}, "both kinds of quotes"),
        ({"never": "\n".join(map(str, range(MAX_NEVER + 1)))}, "at most 5,000 items"),
    ):
        refused = send(anybody, f"{FOR_YOU}/preview", FOR_YOU, **fields)
        assert refused.status_code == 422, fields
        assert problem in refused.text
        for value in fields.values():
            assert (
                value.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;").replace('"', "&#34;")
                in refused.text
            )
    wrong = send(anybody, f"{FOR_YOU}/save", FOR_YOU, rules="filter = 7", stamp="")
    assert wrong.status_code == 422


def test_rules_that_somebody_else_changed_are_not_overwritten(anybody: FlaskClient) -> None:
    seen = send(anybody, f"{FOR_YOU}/preview", FOR_YOU, rules='fill = "none"', stamp="", as_text="1")
    stamp = stamp_in(anybody.get(FOR_YOU).text)
    assert anybody.put("/v1/placements/for_you", json={"variants": "all"}).status_code == 201
    late = anybody.post(
        f"{FOR_YOU}/save", data={"token": token_in(seen), "rules": 'fill = "none"', "stamp": stamp}
    )
    assert late.status_code == 409
    assert "Somebody else changed" in late.text
    assert rules_now(anybody) == {"variants": "all"}


def test_a_placement_of_ones_own_is_made(anybody: FlaskClient) -> None:
    made = anybody.get("/console/placements/new?name=Garden+page&base=discover")
    assert made.headers["Location"] == "/console/placements/garden-page?base=discover"
    assert anybody.get(made.headers["Location"]).status_code == 200
    assert anybody.get("/console/placements/new?name=Gärten&base=discover").status_code == 422
    assert anybody.get("/console/placements/new?name=x&base=nothing").status_code == 422
    saved = save(anybody, 'base = "discover"\n', "garden-page", query="&base=discover", base="discover")
    assert saved.status_code == 303
    page = anybody.get("/console/placements/garden-page").text
    assert "&lt;recsvc-list placement=&#34;garden-page&#34;" in page or 'placement="garden-page"' in page
    assert anybody.get("/v1/recommend?user_id=ada&placement=garden-page").status_code == 200


def test_a_placement_may_be_called_as_the_form_is(anybody: FlaskClient) -> None:
    form = anybody.get("/console/placements/new?name=New&base=trending", follow_redirects=True)
    assert (form.status_code, form.request.path) == (200, "/console/placements/new")
    answer = save(
        anybody, 'base = "trending"\nvariants = "one"', "new", query="&base=trending", base="trending"
    )
    page = anybody.get(answer.location)  # type: ignore[attr-defined]
    assert (page.status_code, rules_now(anybody, "new")["variants"]) == (200, "one")
    assert "The rules are in force" in page.text


def test_who_may_not_change_rules_sees_them_alone(signed_in: Callable[..., FlaskClient]) -> None:
    support, merchandiser = signed_in(Scope.SUPPORT), signed_in(Scope.MERCHANDISE)
    assert support.get("/console/placements").status_code == 403
    assert send(support, f"{FOR_YOU}/save", rules="").status_code == 403
    assert merchandiser.get(FOR_YOU).status_code == 200
    assert save(merchandiser, 'fill = "none"\n').status_code == 303
    seen = send(merchandiser, f"{FOR_YOU}/preview", FOR_YOU, never="tea")
    assert "Shopper 1" in seen.text
    assert not re.search(r"\bada\b", seen.text), "merchandisers see lists, not who they are of"


def test_without_a_model_rules_can_be_saved(client_of: Callable[..., FlaskClient], tmp_path: object) -> None:
    (tmp_path / "models").mkdir()
    client = client_of(tmp_path / "models")
    assert save(client, 'fill = "none"\n').status_code == 303


def test_items_are_found_by_id_and_title(anybody: FlaskClient) -> None:
    for number in range(30):
        assert anybody.put(f"/v1/items/A{number:02}", json={"title": f"Mug 100%_{number}"}).status_code == 201
    first = anybody.get("/console/items").text
    assert first.count('class="card"') == 24
    assert anybody.get("/console/items?after=A23").text.count('class="card"') == 6
    assert anybody.get("/console/items?q=a0").text.count('class="card"') == 10
    assert anybody.get("/console/items?q=%25_29").text.count('class="card"') == 1, "% and _ are letters"
    assert "Nothing is called" in anybody.get("/console/items?q=%25%25").text
    assert ">Tea</a>" in anybody.get("/console/items?q=tea").text, "known to the model alone"


def test_an_item_is_shown_with_what_goes_with_it(anybody: FlaskClient) -> None:
    assert (
        anybody.put("/v1/items/tea", json={"title": "Tea", "price": 2.5, "in_stock": False}).status_code
        == 201
    )
    page = anybody.get("/console/items/item?id=tea").text
    assert "Out of stock" in page
    assert "€2.50" in page
    assert ">Milk</a>" in page
    assert "Goes with it" in page
    assert anybody.get("/console/items/item?id=nothing").status_code == 404
    assert anybody.get("/console/items/item").status_code == 422
    assert anybody.delete("/v1/items/jam").status_code == 204
    assert "withdrawn" in anybody.get("/console/items/item?id=jam").text


def shown_to(client: FlaskClient, user_id: str = "ada") -> list[str]:
    items = client.get(f"/v1/recommend?user_id={user_id}&n=7").json["items"]
    return [item["item_id"] for item in items]


def test_an_item_is_never_shown_and_shown_again(anybody: FlaskClient, stored: Store) -> None:
    opened = "/console/items/item?id=tea"
    assert "tea" in shown_to(anybody)
    assert send(anybody, "/console/items/never", opened, id="tea", placement="everywhere").status_code == 303
    assert "tea" not in shown_to(anybody)
    assert {entry.subject for entry in stored.audit.newest(10)} >= {"for_you", "trending", "similar"}
    assert "never shown" in anybody.get(opened).text
    released = send(anybody, "/console/items/release", opened, id="tea", placement="for_you", kind="never")
    assert released.status_code == 303
    assert "tea" in shown_to(anybody)


def test_thousands_of_items_are_never_shown(anybody: FlaskClient, stored: Store) -> None:
    many = [f"An item with a long id, number {number}" for number in range(MAX_NEVER - 1)]
    seen = send(anybody, f"{FOR_YOU}/preview", FOR_YOU, never="\n".join([*many, "TEA"]))
    assert seen.status_code == 200
    assert "5,000 items never shown" in seen.text
    text = as_text({"never": [*many, "TEA"]})
    assert save(anybody, text).status_code == 303
    assert "tea" not in shown_to(anybody), "whatever its spelling"
    assert "milk" in shown_to(anybody)
    opened = "/console/items/item?id=milk"
    n_changes = len(stored.audit.newest(50))
    refused = send(anybody, "/console/items/never", opened, id="milk", placement="everywhere")
    assert refused.status_code == 422
    assert "at most 5,000 items" in refused.text
    assert len(stored.audit.newest(50)) == n_changes, "it is not hidden in some lists and shown in others"


def test_an_item_is_pinned_and_released(anybody: FlaskClient, registry: Registry) -> None:
    opened = "/console/items/item?id=saw"
    fields = {"placement": "for_you", "position": "1", "from": "", "until": "2099-12-24T18:00"}
    assert send(anybody, "/console/items/pin", opened, id="saw", **fields).status_code == 303
    assert shown_to(anybody)[0] == "saw"
    assert "pinned at position 1, until 2099-12-24T18:00 UTC" in anybody.get(opened).text
    assert (
        send(anybody, "/console/items/release", opened, id="saw", placement="for_you", kind="pin").status_code
        == 303
    )
    assert shown_to(anybody)[0] != "saw"
    assert send(anybody, "/console/items/pin", opened, id="saw", placement="nowhere").status_code == 422
    wrong = send(anybody, "/console/items/pin", opened, id="saw", placement="for_you", position="0")
    assert wrong.status_code == 422


@pytest.mark.parametrize("name", ["for_you", "similar", "bought_together"])
def test_what_is_to_be_copied_into_the_shop_is_what_the_widget_reads(
    anybody: FlaskClient, signed_in: Callable[..., FlaskClient], name: str
) -> None:
    page = anybody.get(f"/console/placements/{name}").text
    element = html.unescape(page.split("&lt;recsvc-list ")[1].split("&gt;")[0])
    attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', element))
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "widget.md").read_text()
    rows = re.findall(r"^\| (`[a-z`, -]+) \|", guide, re.MULTILINE)
    known = {attribute for row in rows for attribute in re.findall("[a-z-]+", row)}
    assert attributes.keys() <= known
    assert attributes["placement"] == name
    assert ("items" in attributes) == (name != "for_you")
    assert "api-key" not in attributes, "nobody has to sign in here"
    of_keys = signed_in(Scope.ADMIN).get(f"/console/placements/{name}").text
    assert "api-key=&#34;rk_…&#34;" in of_keys or 'api-key="rk_…"' in of_keys
