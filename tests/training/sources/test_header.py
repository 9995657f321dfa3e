"""The header may stand below a title and remarks; what stands above is said."""

from pathlib import Path

import pytest
from support.order_files import read, values

ROWS = "user_id,item_id,quantity\nada,milk,1\nbob,tea,2\n"


@pytest.mark.parametrize(
    "above",
    [
        "Sales report\n",
        '"All amounts in EUR, unless specified"\n\nDefinitions:\nTax: what was paid\n',
        "Sales report,,\n,,\n",
        "Report;2026\n",
        "Sales,,\nid,code,pcs\n",
    ],
)
def test_header_below_a_title_is_found(tmp_path: Path, above: str) -> None:
    raw = read(tmp_path, above + ROWS)
    assert values(raw, "user_id", "item_id", "quantity") == [("ada", "milk", "1"), ("bob", "tea", "2")]
    n_above = above.count("\n")
    assert raw.lines["row"].to_list() == [n_above + 2, n_above + 3]
    assert [(question.code, question.stops) for question in raw.questions] == [
        ("lines_above_the_header", False)
    ]


def test_header_in_the_first_line_is_taken(tmp_path: Path) -> None:
    raw = read(tmp_path, "user_id,item_id,remark\nuser_id,item_id,quantity\nada,milk,x\n")
    assert values(raw, "user_id") == [("user_id",), ("ada",)]
    assert raw.questions == ()
