"""Packs the plug-in for WordPress: ``python integrations/pack_plugin.py recsvc-woocommerce.zip``.

Translations are put in as WordPress reads them: a PHP file for the server, JSON for the editor of blocks. Only what
Python itself brings is needed.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "integrations" / "woocommerce"
LEFT_OUT = {"tests", "phpcs.xml.dist"}
EDITOR = "recsvc-editor"
"""The script of the editor, as WordPress knows it."""


def messages(catalogue: str) -> Iterator[tuple[str, str]]:
    """Yield each text of a catalogue of gettext, after its context and a byte 4 where it has one; and what it is."""
    for entry in catalogue.split("\n\n"):
        fields = {
            name: "".join(json.loads(line) for line in re.findall(r'".*"', text))
            for name, text in re.findall(r'^(msg\w+) (".*"(?:\n".*")*)', entry, re.MULTILINE)
        }
        if fields.get("msgid") and fields.get("msgstr"):
            context = f"{fields['msgctxt']}\4" if "msgctxt" in fields else ""
            yield context + fields["msgid"], fields["msgstr"]


def as_php(translated: dict[str, str], language: str) -> str:
    """Return translations as PHP."""
    lines = [f"{quoted(text)}=>{quoted(said)}," for text, said in translated.items()]
    head = f"'domain'=>'recsvc','language'=>{quoted(language)},'plural-forms'=>'nplurals=2; plural=(n != 1);'"
    return f"<?php\nreturn [{head},'messages'=>[\n" + "\n".join(lines) + "\n]];\n"


def quoted(text: str) -> str:
    """Return ``text`` as PHP writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def as_json(translated: dict[str, str], language: str) -> str:
    """Return translations as scripts read them."""
    found = {"": {"domain": "messages", "lang": language, "plural-forms": "nplurals=2; plural=(n != 1);"}}
    told = {text: [said] for text, said in translated.items() if "\4" not in text}
    data = {"domain": "messages", "locale_data": {"messages": {**found, **told}}}
    return json.dumps(data, ensure_ascii=False)


def pack(archive: Path) -> None:
    """Write the archive."""
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        packed.write(ROOT / "LICENSE", "recsvc/LICENSE")
        for file in sorted(PLUGIN.rglob("*")):
            path = file.relative_to(PLUGIN)
            if file.is_file() and path.parts[0] not in LEFT_OUT:
                packed.write(file, f"recsvc/{path}")
            if file.suffix == ".po":
                language = file.stem.removeprefix("recsvc-")
                translated = dict(messages(file.read_text(encoding="utf-8")))
                packed.writestr(f"recsvc/{path.with_suffix('.l10n.php')}", as_php(translated, language))
                packed.writestr(
                    f"recsvc/{path.parent}/{file.stem}-{EDITOR}.json", as_json(translated, language)
                )


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
    print(sys.argv[1])  # noqa: T201 - a program
