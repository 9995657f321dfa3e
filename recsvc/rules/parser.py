"""Text to expressions, with ``lark``; every refusal says where, what was found and what may stand there."""

import re
from functools import lru_cache
from typing import cast

from lark import Lark
from lark.exceptions import UnexpectedInput, UnexpectedToken

from recsvc.errors import RulesError
from recsvc.rules.expression import Condition
from recsvc.rules.phrases import Phrases, nearest

MAX_LENGTH = 1000
MAX_DEPTH = 20
_N_KEPT = 1024

GRAMMAR = r"""
?start: alternatives
?alternatives: together ("or" together)*
?together: negation ("and" negation)*
?negation: condition | NOT+ condition -> opposite
?condition: "(" alternatives ")" | comparison
?comparison: operand                 -> holds
    | operand COMPARATOR operand     -> compare
    | operand "in" operand           -> member
    | operand NOT "in" operand       -> no_member
?operand: STRING -> text
    | NUMBER     -> number
    | TRUE       -> true
    | FALSE      -> false
    | NAME                       -> name
    | NAME "." NAME              -> name
    | NAME "." STRING            -> quoted_name
    | "[" operand ("," operand)* "]" -> listing

NOT: "not"
TRUE: "true"
FALSE: "false"
COMPARATOR: "==" | "!=" | "<=" | ">=" | "<" | ">"
STRING: /"[^"\x00-\x1f]*"|'[^'\x00-\x1f]*'/
NUMBER: /-?[0-9]+(\.[0-9]+)?/
NAME: /[^\W\d]\w*/
%ignore /[ \t\r\n]+/
"""

_WORDS = {
    "NAME": "a field", "STRING": "a text in quotes", "NUMBER": "a number", "TRUE": "true", "FALSE": "false",
    "NOT": "not", "LPAR": "(", "LSQB": "[", "COMPARATOR": "a comparison (== != < <= > >=)", "IN": "in",
    "AND": "and", "OR": "or", "RPAR": ")", "RSQB": "]", "COMMA": "a comma", "DOT": "a dot", "$END": "the end",
}  # fmt: skip
"""What may stand somewhere, in the order in which it is named."""

_KEYWORDS = ("and", "or", "not", "in")
_HINTS = {
    "=": "equal is written ==", "&": "write and", "|": "write or", "!": "write not, or !=",
    '"': "the text has no end", "'": "the text has no end",
}  # fmt: skip
_QUOTED_OR_BRACKET = re.compile(r"\"[^\"]*\"|'[^']*'|[()\[\]]")

_lark = Lark(GRAMMAR, parser="lalr", transformer=Phrases())


@lru_cache(_N_KEPT)
def parse(text: str) -> Condition:
    """Return the expression that ``text`` is.

    Raises RulesError where it is none, longer than ``MAX_LENGTH`` characters or nested deeper than ``MAX_DEPTH``.
    """
    return parse_with(_lark, text)


def parse_with(language: Lark, text: str) -> Condition:
    """Return the condition that ``text`` is in a language like that of ``GRAMMAR``; errors are those of ``parse``."""
    if len(text) > MAX_LENGTH:
        raise RulesError(f"an expression has at most {MAX_LENGTH:,} characters, this one {len(text):,}")
    _check_depth(text)
    try:
        return cast("Condition", language.parse(text))
    except UnexpectedInput as error:
        raise RulesError(_explain(error, text)) from error


def _check_depth(text: str) -> None:
    depth = 0
    for found in _QUOTED_OR_BRACKET.finditer(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            raise RulesError(f"column {found.start() + 1}: nested deeper than {MAX_DEPTH} brackets")


def _explain(error: UnexpectedInput, text: str) -> str:
    is_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    start = len(text) if is_end else cast("int", error.pos_in_stream)
    found = "the end" if is_end else _found(error, text[start])
    names = error.interactive_parser.accepts()  # type: ignore[no-untyped-call]
    words = [word for name, word in _WORDS.items() if name in names]
    expected = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
    return f"column {start + 1}: found {found}; here may stand {expected}"


def _found(error: UnexpectedInput, character: str) -> str:
    if not isinstance(error, UnexpectedToken):
        hint = _HINTS.get(character)
        return f"{character!r} ({hint})" if hint else repr(character)
    word = str(error.token)
    meant = nearest(word, _KEYWORDS)
    return f"{word:.40} (did you mean {meant}?)" if meant and meant != word else f"{word:.40}"
