import pytest

from recsvc.settings.host_names import host_name


@pytest.mark.parametrize(
    ("spelled", "host"),
    [
        ("shop.example", "shop.example"),
        ("Shop.EXAMPLE:8000", "shop.example"),
        ("shop.example.", "shop.example"),
        ("shop.example.:443", "shop.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),  # as browsers send it; strasse.example is another one
        ("STRAßE.bücher.example", "xn--strae-oqa.xn--bcher-kva.example"),
        ("[::1]:80", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_host_has_one_spelling(spelled: str, host: str) -> None:
    assert host_name(spelled) == host


@pytest.mark.parametrize(
    "spelled",
    [
        "",
        ".",
        "a..example",
        "-a.example",
        "a.example/x",
        "a.example:x",
        "a b",
        "[::1",
        "[x]",
        "a" * 300,
        "a\0b",
        "a@b",
    ],
)
def test_what_is_no_host_has_none(spelled: str) -> None:
    assert host_name(spelled) is None
