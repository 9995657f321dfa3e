import pytest

from recsvc.mailing.shop_addresses import MAX_ADDED, ShopAddresses, with_parameters

SHOP = ShopAddresses.of("https://shop.example/", ("m.shop.example", "täst.example", "shop.example:8443"))


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://shop.example/tea?a=1&b=%20#c", "https://shop.example/tea?a=1&b=%20#c"),
        ("HTTPS://SHOP.example:443/tea", "https://shop.example/tea"),
        ("https://m.shop.example", "https://m.shop.example/"),
        ("https://shop.example:8443/tea", "https://shop.example:8443/tea"),
        ("/tea", "https://shop.example/tea"),
        ("/grüner-tee?größe=ß", "https://shop.example/gr%C3%BCner-tee?gr%C3%B6%C3%9Fe=%C3%9F"),
        ("https://täst.example/a", "https://xn--tst-qla.example/a"),
        ("https://xn--tst-qla.example/a", "https://xn--tst-qla.example/a"),
        (
            "https://shop.example/go?to=https://evil.example/",
            "https://shop.example/go?to=https://evil.example/",
        ),
    ],
)
def test_the_shops_own_addresses_are_made_anew_in_ascii(link: str, address: str) -> None:
    assert SHOP.own(link) == address


@pytest.mark.parametrize(
    "link",
    [
        None, "", "tea", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "/\t/evil.example",
        "https://evil.example/", "https://shop.example.evil.example/", "https://evilshop.example/",
        "https://shop.example@evil.example/", "https://shop.example:x@evil.example/", "https://a@shop.example/",
        "https://shop.example\\@evil.example/", "https://shop.example%2f@evil.example/", "https://shop.example%40evil.example",
        "https:evil.example", "https:/evil.example", "https:///evil.example", "javascript:alert(1)", "data:text/html,x",
        "ftp://shop.example/", "https://shop.example:444/", "https://shop.example:0/", "https://shop.example:99999/",
        "https://shop.example:8443x/", " https://shop.example/", "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/a b", "https://shop.example\u3000/", "https://[::1]/", "https://[", "http://shop.example/",
        "https://sub.shop.example/", "https://shop.example/\u2028", "/\u200b/evil.example",
    ],
)  # fmt: skip
def test_whatever_else_a_catalogue_says_leads_nowhere(link: str | None) -> None:
    assert SHOP.own(link) is None


def test_a_path_leads_to_the_shop_however_many_slashes_and_dots_are_in_it() -> None:
    for path in ("/../..//evil.example", "/a//evil.example", "/.//evil.example", "/..//..//evil.example/"):
        address = SHOP.own(path)
        assert address is not None
        assert address.startswith("https://shop.example/")


@pytest.mark.parametrize(
    ("query", "address"),
    [
        (b"", "https://shop.example/tea?v=3#c"),
        (b"&&", "https://shop.example/tea?v=3#c"),
        (b"utm_source=a+b&utm_source=c", "https://shop.example/tea?v=3&utm_source=a+b&utm_source=c#c"),
        (b"v=4&%76=5&V=6", "https://shop.example/tea?v=3&V=6#c"),
        (b'a=\xc3\xa4"<\r\n\\#', "https://shop.example/tea?v=3&a=%C3%A4%22%3C%0D%0A%5C%23#c"),
        (b"a=" + b"x" * MAX_ADDED, "https://shop.example/tea?v=3#c"),
    ],
)
def test_parameters_are_added_to_an_address_and_replace_nothing_in_it(query: bytes, address: str) -> None:
    assert with_parameters("https://shop.example/tea?v=3#c", query) == address
