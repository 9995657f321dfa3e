"""Conditions over shoppers, in the language of rules: ``orders >= 3 and "Garden" in categories``.

What may be asked of a shopper is given as fields; ``=`` is taken for ``==``, as whoever knows SQL writes it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from lark import Lark, Token
from numpy.typing import NDArray

from recsvc.errors import RulesError
from recsvc.rules.columns import Column, Columns
from recsvc.rules.dictionary import Dictionary
from recsvc.rules.evaluation import ConditionEvaluation, Truth
from recsvc.rules.expression import Condition, Field, Operand, Scalar
from recsvc.rules.parser import GRAMMAR, parse_with
from recsvc.rules.phrases import Phrase, Phrases, nearest, phrase_of

Kind: TypeAlias = Literal["number", "flag", "text", "list"]
Among: TypeAlias = Callable[[Sequence[Scalar]], NDArray[np.bool_]]
"""Returns which shoppers have one of these values in a list of theirs; bool, shape (n_users,)."""

_GRAMMAR = GRAMMAR.replace('COMPARATOR: "=="', 'COMPARATOR: "==" | "="')


class _ShopperPhrases(Phrases):
    """Phrases whose names are fields of shoppers."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        super().__init__()
        self._kinds = kinds

    def name(self, parts: list[Token]) -> Phrase:
        """Take a field."""
        return self._field(parts, ".".join(parts))

    def quoted_name(self, parts: list[Token]) -> Phrase:
        """Refuse an attribute: shoppers have none."""
        return self._field(parts, f"{parts[0]}.{parts[1]}")

    def compare(self, parts: list[Any]) -> Condition:
        """Take two operands and what is between them."""
        left, operator, right = parts
        return super().compare([left, Token("COMPARATOR", "==") if operator == "=" else operator, right])

    def _field(self, parts: list[Token], name: str) -> Phrase:
        if name in self._kinds:
            return Phrase(Field(name), name, phrase_of(parts, Field(name)).column, self._kinds[name])
        meant = nearest(name, self._kinds)
        hint = f"did you mean {meant}? " if meant else ""
        known = ", ".join(self._kinds)
        column = phrase_of(parts, Field(name)).column
        raise RulesError(f"column {column}: there is no {name:.80}; {hint}a segment may ask for {known}")


def parse_segment(text: str, kinds: Mapping[str, Kind]) -> Condition:
    """Return the condition that ``text`` is; ``kinds`` says what may be asked of a shopper. Raises RulesError."""
    return parse_with(Lark(_GRAMMAR, parser="lalr", transformer=_ShopperPhrases(kinds)), text)


@dataclass(frozen=True, eq=False)
class ShopperFields:
    """What is known of all shoppers.

    Attributes:
        n_users: how many there are.
        numbers: by field; float64, shape (n_users,), NaN where unknown.
        texts: by field; of length n_users, None where unknown.
        lists: by field, what finds values in it.
    """

    n_users: int
    numbers: Mapping[str, NDArray[np.float64]]
    texts: Mapping[str, Sequence[str | None]]
    lists: Mapping[str, Among]

    def meeting(self, condition: Condition) -> NDArray[np.bool_]:
        """Return which shoppers meet ``condition``, all of whose fields are known here; bool, shape (n_users,)."""
        dictionary, columns = Dictionary(), dict[str, Column]()
        for name, numbers in self.numbers.items():
            columns[name] = Column(numbers, Column.constant(self.n_users).codes)
        for name, texts in self.texts.items():
            codes = [-1 if text is None else dictionary.add(text, name) for text in texts]
            columns[name] = Column(Column.constant(self.n_users).numbers, np.asarray(codes, dtype=np.int32))
        made = Columns(self.n_users, dictionary, columns)
        return _Evaluation(made, lambda _id: None, lists=self.lists).items(condition)


@dataclass(frozen=True, eq=False)
class _Evaluation(ConditionEvaluation):
    """Evaluates conditions over shoppers; what is in lists, these find themselves."""

    lists: Mapping[str, Among] = field(default_factory=dict)

    def _member(self, left: Operand, right: Operand) -> tuple[Truth, Truth]:
        if isinstance(left, Field) and left.name in self.lists:
            return self._among(left.name, self._values(right)), np.True_
        return super()._member(left, right)

    def _among(self, name: str, values: Sequence[Scalar]) -> NDArray[np.bool_]:
        if name in self.lists:
            return self.lists[name](values)
        return super()._among(name, values)
