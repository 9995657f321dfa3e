"""The list of languages: whoever adds one adds its file to this room and a line here."""

from recsvc.ranking.explain.languages.de import GERMAN
from recsvc.ranking.explain.languages.en import ENGLISH
from recsvc.ranking.explain.languages.fi import FINNISH
from recsvc.ranking.explain.languages.language import Language
from recsvc.ranking.explain.languages.sv import SWEDISH

Languages = tuple[Language, ...]

LANGUAGES: Languages = (
    ENGLISH,
    GERMAN,
    FINNISH,
    SWEDISH,
)

MAX_TAG_LENGTH = 35
"""BCP 47 promises that a tag of any registered language and region fits (RFC 5646, section 4.4.1)."""


def language_of(tag: str, languages: Languages = LANGUAGES) -> Language | None:
    """Return the language that ``tag`` names, as in BCP 47, else that of a shorter tag: of ``de-AT`` that of ``de``.

    None where there is none: RFC 4647, section 3.4, has the look-up.
    """
    by_tag = {language.tag.lower(): language for language in languages}
    subtags = tag[:MAX_TAG_LENGTH].lower().replace("_", "-").split("-")
    tags = ("-".join(subtags[:length]) for length in range(len(subtags), 0, -1))
    return next((by_tag[shorter] for shorter in tags if shorter in by_tag), None)
