"""Pages stay as short as they were meant to be, and say which version they are of."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs/internals/architecture.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()


def test_the_readme_has_at_most_120_lines_and_begins_with_a_picture() -> None:
    assert len(README.splitlines()) <= 120
    picture = README.index("![")
    assert picture < README.index("```")
    assert picture < README.index("##")


def test_the_architecture_has_at_most_2000_words_and_two_diagrams() -> None:
    assert len(ARCHITECTURE.split()) <= 2000
    diagrams = re.findall(r"!\[[^]]+\]\(\.\./images/(\w+\.svg)\)", ARCHITECTURE)
    assert len(diagrams) == 2
    assert all((ROOT / "docs/images" / name).is_file() for name in diagrams)


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = re.findall(r"^## \[([\d.]+)\] - \d{4}-\d{2}-\d{2}$", CHANGELOG, re.MULTILINE)
    assert versions[0] == project["version"]


def test_the_changelog_stays_short() -> None:
    for version in CHANGELOG.split("\n## [")[1:]:
        assert len(re.findall(r"^- ", version, re.MULTILINE)) <= 30
