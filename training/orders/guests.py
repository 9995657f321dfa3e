"""Who is nobody in a history: by name, by what they buy, and because the shop says so."""

from dataclasses import dataclass

import polars as pl

from recsvc.identity.nobody import NUMBERS, Guests, is_placeholder
from recsvc.identity.spelling import canonical_user_id
from training.orders.rules import CleaningRules
from training.orders.typed_lines import TypedLines
from training.questions import Question
from training.sources.identifiers import are_placeholders
from training.sources.raw_orders import Coded

FEWEST_SHOPPERS = 10
"""With fewer others, nobody can tell what is usual; names alone decide."""

FEWEST_LINES = 100
TIMES_ANYBODY = 10
"""One id with so many times the lines of the shopper who comes next is unlike all shoppers."""

TIMES_THE_NEXT = 5
"""Ids with so many times the lines of everybody after them may be tills: each a good deal above the best customers."""

MOST_LINES = 0.5
MANY_LINES = 0.1
MOST_TILLS = 4


def recognise_guests(typed: TypedLines, rules: CleaningRules) -> None:
    """Let lines of nobody name no user in ``typed``, and note there what is not certain.

    - ``rules.guests`` are nobody, ``rules.shoppers`` are somebody, whatever else speaks for or against it.
    - A name such as ``guest`` or ``guest@…`` is nobody. ``0`` and ``-1`` may be the number of a shopper: they are one
      where at least ten others have numbers of this kind, and one of these has as many lines.
    - An id with ten times the lines of anybody else is nobody where it has more than half of all lines, which is
      printed: no shopper buys more than all others together. One to four ids with a tenth of the lines or more each,
      and five times those of everybody after them, may be tills, or large customers; another answer would change what
      is learned, so that the run stops and asks.
    """
    users = typed.ids["user_id"]
    if typed.decided.nobody is None:
        counts = pl.DataFrame({"id": users.values, "lines": users.counts()}).drop_nulls("id")
        shoppers = counts.group_by("id").agg(pl.col("lines").sum())
        found = nobody_among(shoppers, int(shoppers["lines"].sum()), rules)
        typed.decided.nobody, typed.guests = found.ids, found.guests
        typed.questions += found.questions
    if typed.decided.nobody:
        is_nobody = users.values.is_in(list(typed.decided.nobody)).fill_null(value=False)
        typed.ids["user_id"] = Coded(users.codes, users.values.set(is_nobody, None))


@dataclass(frozen=True)
class Nobody:
    """The ids of a history that name no shopper, which names do not say so or are a shopper's, and what is open."""

    ids: frozenset[str]
    guests: Guests
    questions: tuple[Question, ...]


def nobody_among(shoppers: pl.DataFrame, n_lines: int, rules: CleaningRules) -> Nobody:
    """Return who of the shoppers is nobody.

    Args:
        shoppers: cleaned `id`, each once, and its `lines`; of a very large history those with the most lines are
            enough, with those that are called like nobody.
        n_lines: of all shoppers.
        rules: say of some ids whose they are.
    """
    shoppers = shoppers.sort("lines", "id", descending=[True, False])
    questions: list[Question] = []
    said = {canonical_user_id(one) for one in rules.shoppers}
    named = shoppers.filter(are_placeholders(shoppers["id"]) & ~shoppers["id"].is_in(list(said)))["id"]
    nobody = {*named.to_list(), *(canonical_user_id(one) for one in rules.guests)}
    for number in sorted(nobody & NUMBERS - {canonical_user_id(one) for one in rules.guests}):
        if _buys_like_others(shoppers, number, nobody):
            nobody.remove(number)
            questions.append(_taken_for_a_shopper(number))
    others = shoppers.filter(~pl.col("id").is_in(list(nobody | said)))
    nobody |= _by_evidence(questions, others, n_lines)
    somebody = {one for one in {*said, *named.to_list()} - nobody if is_placeholder(one)}
    guests = Guests(frozenset(one for one in nobody if not is_placeholder(one)), frozenset(somebody))
    return Nobody(frozenset(nobody), guests, tuple(questions))


def _buys_like_others(shoppers: pl.DataFrame, number: str, nobody: set[str]) -> bool:
    sign = "-" if number.startswith("-") else ""
    others = shoppers.filter(~pl.col("id").is_in(list(nobody)))
    alike = others.filter(pl.col("id").str.contains(f"^{sign}[0-9]+$"))
    if alike.height < FEWEST_SHOPPERS or 2 * alike.height < others.height:
        return False
    lines = shoppers.filter(pl.col("id") == number)["lines"].sum()
    return bool(lines <= alike["lines"].head(1).sum())


def _by_evidence(questions: list[Question], others: pl.DataFrame, n_lines: int) -> set[str]:
    """Return the one id that cannot be a shopper, if there is one; ask where that is not certain."""
    if n_lines < FEWEST_LINES:
        return set()
    counts = list(others.head(MOST_TILLS + 1).iter_rows())
    n_large = sum(lines >= MANY_LINES * n_lines for _, lines in counts[:MOST_TILLS])
    large = counts[:n_large]
    if not large or others.height < n_large + FEWEST_SHOPPERS:
        return set()
    next_most = counts[n_large][1]
    if large[-1][1] < TIMES_THE_NEXT * next_most:
        return set()
    first, most = large[0]
    is_certain = n_large == 1 and most > MOST_LINES * n_lines and most >= TIMES_ANYBODY * next_most
    questions.append(_not_like_a_shopper(large, n_lines, next_most, is_certain))
    return {first} if is_certain else set()


def _not_like_a_shopper(
    large: list[tuple[str, int]], n_lines: int, next_most: int, is_certain: bool
) -> Question:
    has = " and ".join(
        f"{one} has {most:,} of {n_lines:,} lines ({most / n_lines:.0%})" for one, most in large
    )
    taken = "was taken for nobody in particular" if is_certain else "may be the till, or a large customer"
    each = "it" if len(large) == 1 else "each of them"
    ids = ", ".join(f'"{one}"' for one, _ in large)
    return Question(
        "who_is_nobody",
        f"User {has}, the next one {next_most:,}: {each} {taken}.",
        f"Say guests = [{ids}] in recsvc.toml, or shoppers = [{ids}] if it is one shopper.",
        stops=not is_certain,
    )


def _taken_for_a_shopper(number: str) -> Question:
    return Question(
        "who_is_nobody",
        f"User {number} buys like any other number here, so it was taken for a shopper, and the service takes it for "
        f"one with this version: whoever sends {number} sees what {number} bought.",
        f'Say guests = ["{number}"] in recsvc.toml if it stands for guests.',
        stops=False,
    )
