import pytest

from recsvc.connect.shopify.app_proxy import AppProxy, proxy_signature
from recsvc.errors import PlatformError

SECRET, NOW = "hush", 1317327555
PROXY = AppProxy("shop-name.myshopify.com", SECRET)
DOCUMENTED = [
    ("extra", "1"),
    ("extra", "2"),
    ("shop", "shop-name.myshopify.com"),
    ("logged_in_customer_id", "1"),
    ("path_prefix", "/apps/awesome_reviews"),
    ("timestamp", "1317327555"),
    ("signature", "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"),
]
"""The example of Shopify's documentation."""


def signed(**changes: str | list[str]) -> list[tuple[str, str]]:
    values = {name: [value] for name, value in DOCUMENTED if name not in ("signature", "extra")}
    values |= {name: value if isinstance(value, list) else [value] for name, value in changes.items()}
    signature = proxy_signature(values, SECRET)
    return [(name, one) for name, several in values.items() for one in several] + [("signature", signature)]


def test_the_example_of_the_documentation_is_of_its_customer() -> None:
    assert PROXY.customer_of(DOCUMENTED, NOW) == "1"
    assert "hush" not in repr(PROXY)


def test_who_is_not_signed_in_is_a_guest() -> None:
    assert PROXY.customer_of(signed(logged_in_customer_id=""), NOW) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("logged_in_customer_id", "2"), ("extra", "3"), ("signature", "0" * 64), ("signature", "ü")],
)
def test_a_parameter_that_was_changed_is_refused(name: str, value: str) -> None:
    changed = [(one, value if one == name else before) for one, before in DOCUMENTED]
    with pytest.raises(PlatformError, match="signature is not that"):
        PROXY.customer_of(changed, NOW)


def test_a_second_customer_beside_that_of_shopify_is_refused_although_it_is_signed() -> None:
    with pytest.raises(PlatformError, match="once"):
        PROXY.customer_of(signed(logged_in_customer_id=["2", "1"]), NOW)
    with pytest.raises(PlatformError, match="once"):
        PROXY.customer_of([one for one in DOCUMENTED if one[0] != "logged_in_customer_id"], NOW)


@pytest.mark.parametrize(
    ("hidden", "name", "value"),
    [("m=", "m", "logged_in_customer_id=1"), ("m", "mlogged_in_customer_id", "1")],
)
def test_a_signed_address_that_was_cut_elsewhere_is_refused(hidden: str, name: str, value: str) -> None:
    mine = signed(a=f"xlogged_in_customer_id=2{hidden}")
    recut = dict(mine) | {"a": "x", "logged_in_customer_id": "2", name: value}
    of_mine, of_another = ({one: [text] for one, text in some.items()} for some in (dict(mine), recut))
    del of_mine["signature"], of_another["signature"]
    assert proxy_signature(of_another, SECRET) == proxy_signature(of_mine, SECRET)  # the same text is signed
    with pytest.raises(PlatformError, match="may hold"):
        PROXY.customer_of(list(recut.items()), NOW)


def test_another_shop_and_an_old_copy_are_refused() -> None:
    with pytest.raises(PlatformError, match="another shop"):
        PROXY.customer_of(signed(shop="evil.myshopify.com"), NOW)
    for seconds in (-91, 91):
        with pytest.raises(PlatformError, match="90 s old"):
            PROXY.customer_of(DOCUMENTED, NOW + seconds)
    with pytest.raises(PlatformError, match="90 s old"):
        PROXY.customer_of(signed(timestamp="soon"), NOW)
