import json

from flask.testing import FlaskClient

from recsvc.model.registry import Registry


def test_an_empty_shop_is_told_what_to_do(anybody: FlaskClient) -> None:
    page = anybody.get("/console/data").text
    for words in ("The catalogue is empty", "No event ever arrived", "No training run left a report"):
        assert words in page


def test_what_is_there_and_what_is_missing_is_counted(anybody: FlaskClient) -> None:
    for item_id, item in {
        "tea": {
            "title": "Tea",
            "price": 2.5,
            "categories": ["Food"],
            "image_url": "https://shop.test/tea.jpg",
        },
        "saw": {"in_stock": False},
    }.items():
        assert anybody.put(f"/v1/items/{item_id}", json=item).status_code == 201
    assert anybody.delete("/v1/items/jam").status_code == 204
    event = {"type": "view", "user_id": "ada", "item_id": "tea"}
    assert anybody.post("/v1/events", json={"events": [event] * 3}).status_code == 202
    page = " ".join(anybody.get("/console/data").text.split())
    assert "<dt>Items</dt><dd>2</dd>" in page
    assert "<dt>Cannot be bought now</dt><dd>1</dd>" in page
    for lacking in ("a picture", "a title", "a price", "a category"):
        assert f"<dt>Without {lacking}</dt><dd>1</dd>" in page
    assert "1 more were withdrawn" in page
    assert "About 3 arrived" in page
    assert 'looked at <span class="muted small">view</span></th><td class="n">3</td>' in page


def test_rows_that_training_refused_are_told_by_reason(anybody: FlaskClient, registry: Registry) -> None:
    directory = registry.directory / "reports" / "2026"
    directory.mkdir(parents=True)
    said = {
        "rows": 200, "purchases": 150, "warnings": ["Odd <rows>"],
        "reasons": {"guest": {"rows": 30}, "zero_price": {"rows": 20}, "erased": {"rows": 0},
                    "of <later>": {"rows": 1}},
        "files": [{"path": "orders.csv", "format_name": "order lines", "columns": {"user_id": "customer"}}],
    }  # fmt: skip
    (directory / "report.json").write_text(json.dumps(said))
    page = anybody.get("/console/data").text
    assert page.index("Nobody knows who bought it") < page.index("It cost nothing")
    assert "15.0\N{NO-BREAK SPACE}%" in page
    assert "of &lt;later&gt;" in page
    assert "Odd &lt;rows&gt;" in page
    assert "asked to be forgotten" not in page
    for damaged in ("[]", "{", '{"reasons": [], "files": 1}', '{"reasons": {"a": 1}, "files": [2]}'):
        (directory / "report.json").write_text(damaged)
        assert anybody.get("/console/data").status_code == 200
