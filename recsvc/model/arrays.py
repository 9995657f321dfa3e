"""The table of all that a model holds: what each array is called, its dtype and shape, and what it is.

``Model`` checks itself by this table, the artifact is written and read by it, and ``docs/reference/artifact.md``
shows it.
"""

from recsvc.model.array_rows import Array, ArrayRow, ColumnGroup, LearnedArray, Matrix, Texts
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary

ITEM_STATISTICS = (
    "buyers",
    "new_buyers",
    "age_days",
    "last_age_days",
    "log_price",
    "log_quantity",
    "repeat_share",
    "interval_days",
    "basket_size",
)
"""Columns of ``Model.item_statistics``.

Distinct buyers, and those of them who are new to the item in the last four weeks; days since its first and
last sale; mean log price and log quantity; share of buyers who bought it again, and after how many days; mean
log size of the orders it is in. Shares and intervals of rare items are drawn towards those of all.
"""


COLD_START_WEIGHTS = ("taste", "mean_taste")
"""Columns of ``Model.cold_start_weights``.

What the taste that the content of an item foretells counts, beside what is like it in a user's history; and the mean
product of such a taste with the direction of a user's factors.
"""

RHYTHM = ("orders", "tenure_days", "age_days", "log_gaps", "log_gaps_squared", "recent_log_gap")
"""Columns of ``Model.user_rhythm``.

Days with an order; days from the first to the last of them; days from the last of them to the newest order of all;
sums of the logs of the days between one and the next, and of their squares; and a mean of these logs that halves the
weight of each older one.
"""

_OF_PURCHASES = ("n_purchases",)

HISTORY_COLUMNS = (
    Array("recent", "float32", _OF_PURCHASES, "number of orders, decayed with a short half-life"),
    Array("orders", "int32", _OF_PURCHASES, "in how many orders the user bought the item"),
    Array("age_days", "float32", _OF_PURCHASES, "days from the last of them to the newest of all; 0 undated"),
    Array("first_age_days", "float32", _OF_PURCHASES, "the same of the first of them"),
    Array("orders_ago", "int32", _OF_PURCHASES, "orders that the user has placed since the last of them"),
    Array("first_orders_ago", "int32", _OF_PURCHASES, "the same since the first of them"),
    Array("quantity", "float32", _OF_PURCHASES, "pieces of the item in all of them"),
    Array("last_quantity", "float32", _OF_PURCHASES, "pieces of the item in the last of them"),
)
"""What is counted of each pair of a user and an item, beside the confidence that ALS gives it."""

ARRAYS: tuple[ArrayRow, ...] = (
    Texts("users", "user_id", "n_users", "ids, ascending by their UTF-8 bytes", ids_as=Vocabulary),
    Texts("items", "item_id", "n_items", "ids, ascending by their UTF-8 bytes", ids_as=ItemVocabulary),
    Texts("titles", "title", "n_items", "one title an item, empty where none is known", is_counted=False),
    Texts(
        "categories", "category", "n_categories", "names with those above them, ascending: `Food > Drinks`"
    ),
    Array("user_factors", "float32", ("n_users", "n_factors"), "ALS on confidence with a long half-life"),
    Array("item_factors", "float32", ("n_items", "n_factors"), "ALS", has_head=True),
    Array(
        "item_gramian",
        "float32",
        ("n_factors", "n_factors"),
        "`item_factorsᵀ · item_factors + λI`, the part of the ALS equations that all users share",
    ),
    Array(
        "user_neighbours",
        "float32",
        ("n_items", "n_factors"),
        "summed unit factors of those who bought the item lately (without dates: ever): its product with a user's unit "
        "factors says how many users like them did",
        has_head=True,
    ),
    Array(
        "forward_all",
        "float32",
        ("n_items", "n_factors + 1"),
        "linear map from a user's unit factors, and a 1, to what such users bought in the weeks after (without dates: "
        "to what else they bought)",
        has_head=True,
    ),
    Array(
        "forward_new",
        "float32",
        ("n_items", "n_factors + 1"),
        "the same, to what was new to them",
        has_head=True,
    ),
    Array("user_orders", "int32", ("n_users",), "number of orders of each user"),
    LearnedArray(
        "user_rhythm",
        "float32",
        ("n_users", "n_rhythm"),
        "the columns of `RHYTHM` in `recsvc/model/arrays.py`: when each user ordered; zeros for one without a date",
    ),
    Matrix("history", "confidence", ("n_users", "n_items"), "what each user bought, and how ALS weighs it"),
    ColumnGroup("history_columns", "history_", HISTORY_COLUMNS, "as long as `history_indices`"),
    Matrix(
        "item_neighbours",
        "scores",
        ("n_items", "n_items"),
        "item-item neighbours over users' whole histories, best first",
    ),
    Matrix(
        "basket_neighbours",
        "scores",
        ("n_items", "n_items"),
        "neighbours of each item within one order by added value, best first",
    ),
    Matrix(
        "alternatives",
        "scores",
        ("n_items", "n_items"),
        "items that are alike by title, categories and price, those first that shoppers turn to instead",
    ),
    Array(
        "variant_groups",
        "int32",
        ("n_items",),
        "the product that the item is a variant of, by its title; below 0 for none",
    ),
    Array(
        "product_digests",
        "int64",
        ("n_items",),
        "a number for what title and narrowest categories say the product is, the same for variants; 0 for nothing",
        is_optional=True,
    ),
    Texts(
        "variant_words",
        "variant_word",
        "n_variant_words",
        "words in which titles of variants differ: colours, sizes and the like; ascending",
        ids_as=Vocabulary,
        is_optional=True,
    ),
    Texts(
        "content_features",
        "content_feature",
        "n_content",
        "what items are: `c:` and a category, `w:` and a word of titles, `t:` and one of what else is said; ascending",
        ids_as=Vocabulary,
    ),
    Array("content_rarity", "float32", ("n_content",), "how much each feature counts: the rarer, the more"),
    Array(
        "content_factors",
        "float32",
        ("n_content", "n_factors"),
        "linear map from the features of an item, as a vector of length 1, to its factors",
    ),
    Array("content_sold", "float32", ("n_content",), "the mean of such vectors over all purchases"),
    Matrix("item_content", "weights", ("n_items", "n_content"), "the features of each item, of length 1"),
    Array(
        "cold_start_weights",
        "float32",
        ("n_cold_start_weights",),
        "the columns of `COLD_START_WEIGHTS` in `recsvc/model/arrays.py`",
    ),
    Array("popularity_windows_days", "int32", ("n_windows",), "0 for all time first, then descending"),
    Array("popularity", "float32", ("n_windows", "n_items"), "orders with the item in each window"),
    Array(
        "trending",
        "float32",
        ("n_items",),
        "by how many standard deviations the item outsells the weeks before; at least 0",
    ),
    Array(
        "item_statistics",
        "float32",
        ("n_items", "n_statistics"),
        "the columns of `ITEM_STATISTICS` in `recsvc/model/arrays.py`",
    ),
    LearnedArray(
        "item_appeal",
        "float32",
        ("n_items",),
        "log of how many times as often the item is clicked as the mean one would be in the same places of lists; 0 "
        "where nothing is known. Only where learning from clicks is on",
    ),
    Array("category_levels", "int32", ("n_categories",), "1 for the broadest"),
    Matrix(
        "item_categories",
        "shares",
        ("n_items", "n_categories"),
        "the share of the item in the recent sales of each of its categories",
    ),
    Matrix("category_items", "shares", ("n_categories", "n_items"), "the same by category, best first"),
)
"""All that a model holds beside its rankers."""

OPTIONAL = frozenset(
    stem for row in ARRAYS if isinstance(row, Array | Texts) and row.is_optional for stem in row.dtypes()
)
"""Stems of files that an artifact may lack, all those of a field together: versions before had none of them."""

ITEM_TABLES = tuple(row for row in ARRAYS if isinstance(row, Array) and row.has_head)
"""Arrays of which a head may be kept."""


def head_dtypes(table: Array) -> dict[str, str]:
    """Return the dtypes of the two files of a head: which rows, and the rows themselves."""
    return {f"{table.name}_head_items": "int32", f"{table.name}_head": table.dtype}


def as_markdown() -> str:
    """Return the table as ``docs/reference/artifact.md`` shows it."""
    lines = ["| file | dtype | shape | what it is |", "|---|---|---|---|"]
    for row in ARRAYS:
        whats = _whats(row)
        for stem, dtype in row.dtypes().items():
            finite = ", finite" if dtype == "float32" else ""
            missing = "; may be missing" if stem in OPTIONAL else ""
            lines.append(f"| `{stem}` | {dtype}{finite} | {row.shapes()[stem]} | {whats[stem]}{missing} |")
    for table in ITEM_TABLES:
        items, rows = head_dtypes(table)
        lines.append(f"| `{items}` | int32 | (n_head) | ascending: which rows its head has; may be missing |")
        shape = ", ".join(("n_head", *table.shape[1:]))
        lines.append(f"| `{rows}` | {table.dtype}, finite | ({shape}) | a copy of these rows |")
    return "\n".join(lines)


def _whats(row: ArrayRow) -> dict[str, str]:
    if isinstance(row, ColumnGroup):
        return {f"{row.prefix}{array.name}": array.what for array in row.arrays}
    first, *others = row.dtypes()
    return {first: row.what} | dict.fromkeys(others, f"belongs to `{first}`")
