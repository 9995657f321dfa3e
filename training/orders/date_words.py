"""The words, signs and spellings in dates, brought to the few notations that `dates` reads."""

import unicodedata

import polars as pl

MONTH_NAMES: tuple[tuple[str, int], ...] = (
    # Those that begin like another month stand before it.
    ("marras", 11),
    ("červenc", 7),
    *((name, 1) for name in ("jan", "ene", "jän", "jae", "gen", "tam", "sty", "led", "янв", "oca")),
    *((name, 2) for name in ("feb", "fev", "fév", "hel", "lut", "úno", "фев", "şub")),
    *((name, 3) for name in ("mar", "mär", "mae", "mrz", "mrt", "maa", "bře", "мар", "már")),
    *((name, 4) for name in ("apr", "avr", "abr", "huh", "kwi", "dub", "апр", "nis", "ápr")),
    *((name, 5) for name in ("may", "mai", "mag", "mei", "maj", "tou", "kvě", "мая", "май", "máj")),
    *((name, 6) for name in ("jun", "juin", "giu", "kes", "cze", "červ", "июн", "haz", "jún")),
    *((name, 7) for name in ("jul", "juil", "lug", "hei", "lip", "июл", "tem", "júl")),
    *((name, 8) for name in ("aug", "aou", "aoû", "ago", "elo", "sie", "srp", "авг", "ağu")),
    *((name, 9) for name in ("sep", "set", "syy", "wrz", "zář", "сен", "eyl", "sze")),
    *((name, 10) for name in ("oct", "okt", "ott", "out", "lok", "paź", "říj", "окт", "eki")),
    *((name, 11) for name in ("nov", "lis", "ноя", "kas")),
    *((name, 12) for name in ("dec", "dez", "dic", "déc", "des", "jou", "gru", "pro", "дек", "ara")),
)
"""How the names of months begin (lower case), in English, German, French, Spanish, Italian, Portuguese, Dutch, Finnish,
Swedish, Danish, Norwegian, Polish, Czech, Russian, Turkish and Hungarian; the first that fits counts."""

ZONE_HOURS: dict[str, float] = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("BST", "WEST", "CET", "MEZ"), 1),
    **dict.fromkeys(("CEST", "MESZ", "EET", "SAST"), 2),
    **dict.fromkeys(("EEST", "MSK", "TRT"), 3),
    **{"GST": 4, "PKT": 5, "IST": 5.5, "WIB": 7, "ACST": 9.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
    **dict.fromkeys(("HKT", "SGT", "AWST", "PHT"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    **{"BRT": -3, "ART": -3, "EDT": -4, "CLT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6},
    **{"MST": -7, "PDT": -7, "PST": -8, "AKDT": -8, "AKST": -9, "HST": -10},
}
"""Hours by which the time of a zone is ahead of UTC; names that several zones share mean that of most shops."""

ZONE_NAMES = "|".join(sorted(ZONE_HOURS, key=len, reverse=True))

DIGITS = {
    chr(code): str(unicodedata.decimal(chr(code))) for code in range(128, 0x10000) if chr(code).isdecimal()
}
"""The digits of other scripts, and what they are."""

_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?"

SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"^\\?/Date\((\d+)(?:[+-]\d{4})?\)\\?/$", "$1"),
    (r"^ISODate\(\"(.*)\"\)$", "$1"),
    (r"^['\"]+(.*?)['\"]*$", "$1"),
    (r"^new Date\((\d+)\)$", "$1"),
    (r"\[[^\]]*\]$", ""),
    (r"\([^)]*\)", " "),
    (r"^(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日号號일]?", "$1-$2-$3 "),
    (r"^(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?", "$1-$2-$3 "),
    (r"(\d{1,2}) ?[时時시点點] ?(\d{1,2}) ?[分분] ?(\d{1,2}) ?[秒초]", "$1:$2:$3"),
    (r"(\d{1,2}) ?[时時시点點] ?(\d{1,2}) ?[分분]", "$1:$2"),
    (rf"(?:上午|午前|오전) ?({_CLOCK})", "$1 AM"),
    (rf"(?:下午|午後|오후) ?({_CLOCK})", "$1 PM"),
    (r"^(\d{4})(\d{2})(\d{2})[T _-](\d{2}):?(\d{2}):?(\d{2})", "$1-$2-$3 $4:$5:$6"),
    (r"^(\d{4})(\d{2})(\d{2})[T _-](\d{2}):?(\d{2})", "$1-$2-$3 $4:$5"),
    (r"^(\d{4}-\d{2}-\d{2})-(\d{2}\.\d{2})", "$1 $2"),
    (r"^(\d{1,2}\p{L}{3}\d{2,4}):(\d{2}:)", "$1 $2"),
    (r"^(\d{1,2}/\p{L}{3}/\d{4}):(\d{2}:)", "$1 $2"),
    (r"^(\d{4}-\d{2}-\d{2})_(\d{2}[:.-]?\d{2})", "$1 $2"),
    (r"(\d{1,2}) ?[hH] ?(\d{2})(?: ?min)?", "$1:$2"),
    (r"(?i)(\d{2}) ?(?:uhr|uur|hrs|hs|h)\b\.?", "$1 "),
    (rf"(?i)[\s,]+(?:at|um|à|às|alle ore|alle|ore|om|kl\.?|klo|a las) +({_CLOCK})", " $1"),
    (rf"\s*[·•|–—-] +({_CLOCK})", " $1"),  # noqa: RUF001  dashes
    (r" ?г\.?(,? |$)", "$1"),  # noqa: RUF001  Russian for year
    # 17:56 2/7/2026
    (r"^(\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?),? +(\D{0,12}\d.*\d{2})$", "$2 $1"),
    # Thu 2/7/2026
    (r"^\p{L}[\p{L}-]{0,12}\p{L}[.,]* *(\d{1,4}[./-] ?\d)", "$1"),
    # Thu Jul 2 17:56:00 CEST 2026
    (
        r"^(?:\p{L}{2,14}[.,]* +)?(\p{L}{3,12}) +(\d{1,2}) +(\d{1,2}:\d{2}(?::\d{2})?)"
        r"( [A-Z]{1,4}| [+-]\d{4})? (\d{4})$",
        "$1 $2 $5 $3$4",
    ),
    # 2026-Jul-02
    (r"^(\d{4})[\s.,/-]+(\p{L}{3,12})\.?[\s./-]+(\d{1,2})\.?(?:$|[T ,]+)", "$3 $2 $1 "),
)
"""What stands in a date instead of what, one after the other."""


OF_A_REGION = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<clock>\d{2}:\d{2})(?P<seconds>:\d{2})?(?:\.\d+)?\s*\[?"
    r"(?P<region>[A-Z][A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?)\]?$"
)
MOST_REGIONS = 40
"""Of more regions in one file the dates are not read."""


def with_plain_digits(texts: pl.Series) -> pl.Series:
    """Return distinct texts with the digits 0 to 9, and without full-width characters."""
    at = texts.str.contains(r"[^\x00-\x7f]").fill_null(value=False).arg_true()
    if not len(at):
        return texts
    plain = texts.gather(at).str.normalize("NFKC").to_frame("text")
    digits = plain.select(pl.col("text").str.replace_many(DIGITS)).to_series()
    return texts.scatter(at, digits)


def respelled(texts: pl.Series) -> pl.Series:
    """Return distinct tidy texts with what people and programs of many countries write in the usual spelling."""
    texts = _in_regions(texts)
    for pattern, spelling in SPELLINGS:
        texts = texts.str.replace(pattern, spelling)
    return texts.str.replace_all(r"\s+", " ").str.strip_chars()


def _in_regions(texts: pl.Series) -> pl.Series:
    """Return times of a region, as ``2026-07-02 17:56:00 Europe/Berlin``, in UTC; of an unknown one as they are."""
    parts = texts.str.extract_groups(OF_A_REGION).struct.unnest()
    regions = parts["region"].drop_nulls().unique().to_list()
    if not regions or len(regions) > MOST_REGIONS:
        return texts
    local = (parts["day"] + " " + parts["clock"] + parts["seconds"].fill_null(":00")).str.to_datetime(
        "%Y-%m-%d %H:%M:%S", strict=False
    )
    for region in regions:
        try:
            zoned = local.dt.replace_time_zone(region, ambiguous="earliest", non_existent="null")
        except pl.exceptions.PolarsError:
            continue
        there = (parts["region"] == region).fill_null(value=False) & zoned.is_not_null()
        texts = zoned.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%SZ").zip_with(there, texts)
    return texts


def month_number(name: pl.Expr) -> pl.Expr:
    """Return the number of the month of which this is the name or its beginning, as text; else null."""
    lower = name.str.to_lowercase()
    return pl.coalesce(
        pl.when(lower.str.starts_with(start)).then(pl.lit(str(number))) for start, number in MONTH_NAMES
    )


def zone_seconds(zone: pl.Expr) -> pl.Expr:
    """Return seconds by which a zone, +01:00 or CET, is ahead of UTC; 0 without one."""
    parts = zone.str.extract_groups(r"(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?$").struct
    size = (
        parts.field("hours").cast(pl.Int64) * 3600 + parts.field("minutes").cast(pl.Int64).fill_null(0) * 60
    )
    signed = pl.when(parts.field("sign") == "-").then(-size).otherwise(size)
    seconds = {name: int(hours * 3600) for name, hours in ZONE_HOURS.items()}
    named = zone.str.to_uppercase().replace_strict(seconds, default=0, return_dtype=pl.Int64)
    return pl.coalesce(signed, named).fill_null(0)
