"""Whoever adds a language to ``LANGUAGES`` has it tested here."""

from dataclasses import replace

import pytest
from support.languages import check_fields, check_sentences, check_use, check_words

from recsvc.ranking.explain.languages.all import LANGUAGES, language_of
from recsvc.ranking.explain.languages.language import Language
from recsvc.ranking.query import Placement

each_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)


@each_language
def test_a_language_has_words_for_everything(language: Language) -> None:
    check_words(language)


@each_language
def test_a_language_has_the_fields_of_english_in_each_text(language: Language) -> None:
    check_fields(language)


@each_language
def test_all_that_can_be_said_is_whole_sentences_of_the_language(language: Language) -> None:
    check_sentences(language)


@each_language
def test_every_word_of_a_language_is_used(language: Language) -> None:
    check_use(language)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("sv-Latn-FI", "sv"),
        ("fr", None),
        ("d", None),
        ("", None),
    ],
)
def test_a_region_is_told_in_the_language_that_it_speaks(tag: str, language: str | None) -> None:
    found = language_of(tag)
    assert (found.tag if found else None) == language


def test_the_longest_tag_that_there_is_words_for_is_taken() -> None:
    austrian = replace(next(one for one in LANGUAGES if one.tag == "de"), tag="de-AT")
    assert language_of("de-AT-1901", (*LANGUAGES, austrian)) is austrian
    assert language_of("de-CH", (*LANGUAGES, austrian)) is not austrian


@each_language
def test_each_list_is_called_something_else(language: Language) -> None:
    assert len(set(language.lists.values()) | {language.other_list}) == len(Placement) + 1


def test_no_two_languages_have_one_tag() -> None:
    assert len({language.tag for language in LANGUAGES}) == len(LANGUAGES)
