"""The files of the plug-in: that PHP reads them, and that they say the same of it."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "integrations" / "woocommerce"
FILES = sorted(PLUGIN.rglob("*.php"))


def test_php_reads_each_file(php: str) -> None:
    bad = []
    for file in FILES:
        done = subprocess.run([php, "-n", "-l", str(file)], capture_output=True, text=True, check=False)
        bad += [] if done.returncode == 0 else [done.stdout + done.stderr]
    assert len(FILES) > 25
    assert not bad


def test_no_file_does_anything_when_it_is_called_by_itself() -> None:
    guards = (
        "defined( 'ABSPATH' ) || exit;",
        "defined( 'WP_UNINSTALL_PLUGIN' ) || exit;",
        "PHP_SAPI !== 'cli'",
    )
    pages = [file for file in FILES if ".l10n." not in file.name]
    assert not [file.name for file in pages if not any(guard in file.read_text() for guard in guards)]


def test_the_version_is_that_of_the_service() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    main, readme = (PLUGIN / "recsvc.php").read_text(), (PLUGIN / "readme.txt").read_text()
    said = [
        *re.findall(r"\* Version: (\S+)", main),
        *re.findall(r"const VERSION\s+= '(.+)';", main),
        *re.findall(r"Stable tag: (\S+)", readme),
        json.loads((PLUGIN / "blocks" / "list" / "block.json").read_text())["version"],
    ]
    assert said == [version] * 4


def test_each_text_can_be_translated_and_is_in_german() -> None:
    sources = [*FILES, *PLUGIN.rglob("*.js")]
    pattern = re.compile(r"\b(?:__|esc_html__|esc_attr__)\(\s*'((?:[^'\\]|\\.)*)',\s*'recsvc'\s*\)")
    used = {
        text.replace("\\'", "'")
        for file in sources
        if "tests" not in file.parts
        for text in pattern.findall(file.read_text())
    }
    block = json.loads((PLUGIN / "blocks" / "list" / "block.json").read_text())
    used |= {block["title"], block["description"], *block["keywords"]}
    template, german = (entries(PLUGIN / "languages" / name) for name in ("recsvc.pot", "recsvc-de_DE.po"))
    assert used == template.keys() == german.keys()
    assert all(german.values())
    marks = re.compile(r"%(?:\d\$)?[sd]")
    assert not [
        text for text, said in german.items() if sorted(marks.findall(text)) != sorted(marks.findall(said))
    ]


def entries(path: Path) -> dict[str, str]:
    """Return the texts of a catalogue of gettext, and what they are in its language."""
    found = {}
    for part in path.read_text().split("\n\n"):
        said = {
            name: "".join(json.loads(line) for line in re.findall(r'".*"', text))
            for name, text in re.findall(r'^(msgid|msgstr) (".*"(?:\n".*")*)', part, re.MULTILINE)
        }
        if said.get("msgid"):
            found[said["msgid"]] = said["msgstr"]
    return found


def test_the_archive_is_a_plugin_and_nothing_else(tmp_path: Path) -> None:
    archive = tmp_path / "recsvc.zip"
    subprocess.run(["make", "-s", "plugin", f"PLUGIN={archive}"], cwd=ROOT, check=True, capture_output=True)
    names = ZipFile(archive).namelist()
    assert {name.partition("/")[0] for name in names} == {"recsvc"}
    assert {"recsvc/recsvc.php", "recsvc/readme.txt", "recsvc/LICENSE"} <= set(names)
    assert not [name for name in names if "/tests/" in name or name.endswith(".dist")]
