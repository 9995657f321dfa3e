"""Which encoding a text has that is not UTF-8, by the letters that come out."""

import re
from collections.abc import Iterable

from charset_normalizer import from_bytes

NAMES = {
    "cp1252": "windows-1252",
    "iso8859_15": "iso-8859-15",
    "cp1250": "windows-1250",
    "iso8859_2": "iso-8859-2",
    "cp1254": "windows-1254",
    "cp1257": "windows-1257",
    "mac_roman": "macintosh",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp1251": "windows-1251",
    "koi8_r": "koi8-r",
    "cp866": "cp866",
    "cp1253": "windows-1253",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp932": "shift_jis",
    "euc_jp": "euc-jp",
    "gb18030": "gb18030",
    "big5": "big5",
    "cp949": "euc-kr",
}
"""The encodings that files of shops come in: Python's name and the one for people; the likelier first."""

ALPHABETS = {
    "German": "äöüßé",
    "French": "àâæçèéêëîïôùûüœ",
    "Spanish": "áéíñóúü¿¡ç",
    "Portuguese": "àáâãçéêíóôõúü",
    "Italian": "àèéìíîòóùú",
    "Dutch": "áèéêëïíóöü",
    "Finnish and Swedish": "äåöé",
    "Danish and Norwegian": "åæøéòô",
    "Icelandic": "áæéíðóöúýþ",
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Hungarian": "áéíóöőúüű",
    "Croatian and Slovene": "čćđšž",
    "Romanian": "âîăşţșț",
    "Turkish": "âçğîıöşüû",
    "Lithuanian": "ąčėęįšūųž",
    "Latvian": "āčēģīķļņšūž",
    "Estonian": "äõöšüž",
}
"""The letters of languages beyond A to Z."""

WESTERN = frozenset("".join(list(ALPHABETS.values())[:9]))
MIXED_LANGUAGES = 0.9
"""How much a letter counts that the languages of Western Europe have together, where no one of them has all."""

FREQUENT = {
    **dict.fromkeys(("cp1251", "koi8_r", "cp866"), "оеаинтсрвлкмді"),
    "cp1253": "αοιετσνηυρπκάέόίύ",
    "cp1255": "יוהלאבמרתשנםןחד",
    "cp1256": "اليمنوترةبدسع",
}
"""The letters that make up most of a text in Cyrillic, Greek, Hebrew and Arabic script."""

SIGNS = frozenset("€£¥§©®™°·•–—…‘’‚“”„«»‹›×½¼¾²³ªº±µ´\u00a0")  # noqa: RUF001  as they are
WITHIN_A_WORD = re.compile(r"(?<=[^\W\d_])[€£¥§©®™°•…‚“”„«»‹›×½¼¾²³ªº±µ¿¡](?=[^\W\d_])")  # noqa: RUF001  as they are
"""A sign where a letter must be."""

WORD = re.compile(rb"[^\x00-\x2f\x3a-\x3f]*[\x80-\xff][^\x00-\x2f\x3a-\x3f]*")
"""What stands between bytes that are never the second of a character."""

MOST_WORDS = 2000
CHAOS = 0.2
"""How much of a text may look like none, as the library counts it."""

CLEARER = 0.04
"""By so much less of it one reading has to be clearer than another."""

LEAST_KNOWN = 0.7
"""Share of the letters beyond A to Z that have to be of one alphabet, in Latin script."""


def detect_encoding(lines: Iterable[bytes]) -> str | None:
    """Return Python's name of the encoding of lines that are not UTF-8; None when they make sense in none.

    The library tells scripts apart; of the readings it leaves, the one counts whose letters are of one language:
    it does not tell Western from Central European text.
    """
    words = distinct_words(lines)
    text = b" ".join(words)
    matches = list(from_bytes(text, cp_isolation=list(NAMES), threshold=CHAOS))
    clearest = min((match.chaos for match in matches), default=0.0)
    likely = {
        name for match in matches if match.chaos <= clearest + CLEARER for name in match.could_be_from_charset
    }
    known = {name: known_share(text, name) for name in NAMES if name in likely}
    if signs_only(text, "cp1252"):
        return "cp1252"
    # max() takes the first, which is the likelier, of those that are as good.
    best = max(known, key=lambda name: known[name], default=None)
    return best if best is not None and known[best] >= LEAST_KNOWN else None


def distinct_words(lines: Iterable[bytes]) -> list[bytes]:
    """Return words with bytes beyond ASCII, each once."""
    words: dict[bytes, None] = {}
    for line in lines:
        words.update(dict.fromkeys(WORD.findall(line)))
        if len(words) >= MOST_WORDS:
            break
    return list(words)


def signs_only(text: bytes, encoding: str) -> bool:
    """Return whether all beyond ASCII are signs such as £ and °."""
    return all(character.isascii() or character in SIGNS for character in text.decode(encoding, "replace"))


def known_share(text: bytes, encoding: str) -> float:
    """Return how well what is beyond ASCII goes together, 0 to 1: signs, and letters of one language or script."""
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    letters = [letter for letter in decoded.lower() if not letter.isascii() and letter not in SIGNS]
    if not letters:
        return 1.0
    if encoding in FREQUENT:
        frequent = sum(letter in FREQUENT[encoding] for letter in letters) / len(letters)
        return share_in_case(decoded) * (3 + frequent) / 4
    if min(letters) > "\u2e7f":
        return east_asian_share(letters, encoding)
    n_letters = len(letters) + len(WITHIN_A_WORD.findall(decoded))
    most = max(sum(letter in alphabet for letter in letters) for alphabet in ALPHABETS.values())
    together = MIXED_LANGUAGES * sum(letter in WESTERN for letter in letters)
    return max(most, together) / n_letters


def share_in_case(text: str) -> float:
    """Return the share of the words of one script that are small, capital or capitalised throughout."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    proper = sum(
        word in (word.lower(), word.upper(), word.capitalize()) and not re.search("[A-Za-z]", word)
        for word in words
    )
    return proper / len(words) if words else 1.0


def east_asian_share(letters: Iterable[str], encoding: str) -> float:
    """Return how likely a text is for its encoding: Japanese has kana, Korean hangul, Chinese neither."""
    each = list(letters)
    has_kana = sum("\u3040" <= letter <= "\u30ff" for letter in each) > len(each) / 20
    if encoding in {"cp932", "euc_jp"}:
        return 1.0 if has_kana else 0.8
    if encoding == "cp949":
        return LEAST_KNOWN + (1 - LEAST_KNOWN) * sum("\uac00" <= letter <= "\ud7a3" for letter in each) / len(
            each
        )
    return 0.7 if has_kana else 0.9
