"""Valid inputs with something wrong in them, so that what is wrong is met deep inside a parser."""

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = (
    "", " ", "\0", "\n", "\r\n", "\ufeff", "\ud800", "\udfff", "é", "e\u0301", "\u202e", "☕", "\U0010ffff", "nan",
    "NaN", "-1",
    "0", "1e999", "1.5", "true", "null", "x" * 300, "x" * 3000, "../../etc/passwd", "%00", "'", '"', "{", "[", "\\",
    "9999-12-31T23:59:59Z", "0000-00-00", "2026-02-30", "1" * 5000,
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308, float("nan"),
    float("inf"), float("-inf"), [], {}, [[]], [None], {"a": 1}, {"": {}}, [1, "a"], "x", *ODD_TEXTS,
)  # fmt: skip
ODD_BYTES = (
    b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"[" * 30_000, b'{"a":' * 9_000,
    b"NaN", b"Infinity", b"1e999", b"9" * 5000, b'"', b"'", b",", b"\n", b"\r", b";", b"\t", b"\\u0000", b"\\ud800",
    b"{", b"}", b"[", b"]", b"null", b"-", b"=", b"\x1a", b"\x85", b"\xe2\x80\xa8", b"\x1f\x8b", b"PAR1",
    b"(" * 5000, b"%00", b'"""',
)  # fmt: skip


@st.composite
def mutated_bytes(draw: st.DrawFn, valid: Sequence[bytes]) -> bytes:
    """Return one of ``valid`` with up to four places changed."""
    data = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 1, 2, 4, 8, 64])))
        new = draw(
            st.one_of(
                st.sampled_from(ODD_BYTES),
                st.binary(max_size=4),
                st.just(data[start:end] * 2),
                st.sampled_from(valid).map(lambda other: other[: len(other) // 2]),
            )
        )
        data = data[:start] + new + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 9)) == 0 else data


def odd_values() -> st.SearchStrategy[Any]:
    """Values of JSON that few expect."""
    odd = st.sampled_from(ODD_VALUES).map(copy.deepcopy)
    nested = st.recursive(odd, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
    return st.one_of(odd, st.integers(), st.floats(), st.text(max_size=8), nested)


@st.composite
def mutated_values(draw: st.DrawFn, valid: Sequence[Any]) -> Any:
    """Return one of ``valid`` in which up to three values were replaced, left out, added or doubled."""
    value = copy.deepcopy(draw(st.sampled_from(list(valid))))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(value))
        if not places:
            return draw(odd_values())
        holder, key = draw(st.sampled_from(places))
        change = draw(st.integers(0, 4))
        if change == 0:
            del holder[key]
        elif change == 1 and isinstance(holder, dict):
            holder[draw(st.one_of(st.text(max_size=5), st.sampled_from(ODD_TEXTS)))] = draw(odd_values())
        elif change == 1:
            holder.extend([copy.deepcopy(holder[key])] * draw(st.sampled_from([1, 2, 1500])))
        else:
            holder[key] = draw(odd_values())
    return value


def as_json(value: Any) -> bytes:
    """Return JSON as other programs write it, with NaN, infinities and halves of surrogate pairs."""
    return json.dumps(value).encode()


def _places(value: Any) -> Any:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in list(children)[:50]:
        yield value, key
        yield from _places(child)
