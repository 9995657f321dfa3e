"""The page of the exports that are read, from the shapes that the tests write and read."""

from docs.tables import table
from tests.support.shapes.kinds import KINDS
from tests.support.shapes.not_met import NOT_MET
from tests.support.shapes.shape import ARRANGEMENTS, ROLES, Shape

EXPORTS = """# Exports
These are the shapes of order exports that the tests read. The columns, dates, numbers and statuses are those of the
platform, the lines are made up, and what is read is compared line by line. Columns are recognised by their names and by
what is in them, so a file that is not listed is read as well where it resembles one that is. `recsvc-train look` shows
what a file was taken for; [orders](../guides/orders.md) says what to do where a column is not recognised.

{kinds}

## Asked about
Here the names say too little, or a status is one of that system alone. The run stops with a question or prints one;
these columns answer it with `--column`, and `statuses` in `recsvc.toml` says what a status means.

{asked}

## Never read
Nobody can say what these mean; a run stops and says why.

{never}

## Not read rightly yet
Look at these with `recsvc-train look`, and name the columns by hand.

{not_met}
"""


def exports() -> str:
    """Return the page of the exports that are read."""
    shapes = [shape for one in KINDS.values() for shape in one]
    wrong = [shape for shape in shapes if shape.name in NOT_MET]
    asked = [shape for shape in shapes if shape.may_ask and shape not in wrong]
    never = [shape for shape in shapes if shape.must_ask]
    unread = {shape.name for shape in (*wrong, *asked, *never)}
    kinds = [
        f"## {kind}\n"
        + table(
            ("export", "lines of an order", "what is read"),
            (
                (_name(one), ARRANGEMENTS[one.arrangement], _columns(one))
                for one in known
                if one.name not in unread
            ),
        )
        for kind, known in KINDS.items()
    ]
    return EXPORTS.format(
        kinds="\n\n".join(kinds),
        asked=table(
            ("export", "why", "what is what"), ((_name(one), one.may_ask, _columns(one)) for one in asked)
        ),
        never=table(("shape", "why"), ((_name(one), one.must_ask) for one in never)),
        not_met=table(("export", "what is wrong"), ((_name(one), NOT_MET[one.name]) for one in wrong)),
    )


def _name(shape: Shape) -> str:
    return f"{shape.platform}, *{shape.export}*"


def _columns(shape: Shape) -> str:
    columns = {role: column.name for role in ROLES if (column := shape.column_of(role))}
    words = [f"{'shopper' if role == 'user' else role} `{name}`" for role, name in columns.items()]
    words += [f"items in `{column.name}`" for column in shape.table if "{things}" in column.template]
    words += [f"`{column.name}`" for column in shape.table if "{n}" in column.name]
    return ", ".join(words)
