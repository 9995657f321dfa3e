"""The page as a browser without scripts and without a network reads it."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from markupsafe import Markup
from support.runs import LONG_TITLE, History, a_run, facts_of, manifest, summary_of

from recsvc.errors import ModelError
from recsvc.model.model import Model
from recsvc.model.vocabulary import TextColumn
from training.evaluation.evaluate import EvaluationOptions, evaluate
from training.evaluation.evaluation import Evaluation
from training.gate import Check, Verdict
from training.history.interactions import Interactions
from training.history.split import Split
from training.progress import Silent
from training.questions import Question as OpenQuestion
from training.ranker.fitted import FittedRanker
from training.report import Run, sample_shoppers, sections, write_page
from training.report.page import folded_of, headline_of, render

MAX_BYTES = 1_500_000
VOID = {"meta", "br"}
GOOD, BAD = Check.of("coverage", True, "It is fine."), Check.of("size", False, "Half is gone.")
NOT_APPLYING = Check.without("dates", "There are none.")


class Page(HTMLParser):
    """What a page consists of; an element that is not closed where it should be fails."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.references = re.findall(r'(?:href="#|url\(#)([^")]+)', text)
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture(scope="module")
def run(history: History, model: Model, split: Split, evaluation: Evaluation) -> Run:
    blend = FittedRanker('{"blend": {"als": 0.7, "own_confidence": 0.3}}', "als+own_confidence", {})
    earlier = [manifest(age, evaluation.to_json()) for age in (1, 2)]
    rankers = {"ranker_all": blend, "ranker_new": blend}
    verdict = Verdict((Check.of("coverage", True, "9 % of the catalogue is shown."),))
    return a_run(history, model, split, evaluation, versions=earlier, rankers=rankers, verdict=verdict)


@pytest.fixture(scope="module")
def page(run: Run) -> str:
    return render(run)


def test_every_element_is_closed_and_every_reference_leads_to_one_place(page: str) -> None:
    found = Page(page)
    assert len(set(found.ids)) == len(found.ids)
    assert found.references
    assert set(found.references) <= set(found.ids)


def test_the_page_needs_no_network_no_other_file_and_no_script(page: str) -> None:
    assert re.findall(r"https?:", page) == []
    assert re.findall(r'\b(?:src|href)="(?!#)', page) == []
    assert re.findall(r"@import|url\((?!#)", page) == []
    assert not {"script", "link", "img", "iframe", "object"} & set(Page(page).tags)
    assert re.findall(r"\son\w+=", page) == []


def test_no_shopper_is_named(page: str) -> None:
    assert "secret" not in page
    assert "order-" not in re.sub(r"border-\w+", "", page)


def test_titles_are_escaped_and_long_ones_whole(page: str) -> None:
    assert "<b>Cups" not in page
    assert "&lt;b&gt;Cups&lt;/b&gt; &amp; &#39;saucers&#39;" in page
    assert LONG_TITLE in page


def test_the_same_run_gives_the_same_bytes(run: Run, page: str) -> None:
    assert render(run) == page


def test_what_a_reader_looks_for_is_there(run: Run, page: str) -> None:
    text = Page(page).text
    assert text.startswith("Goes live. 20260304T050607000Z-abcdef")
    for sentence in (
        "4 Mar 2026",
        "returning shoppers found something they then bought among ten suggestions",
        "1 check passed",
        "41 ",  # shoppers
        "How good the lists are",
        "recsvc beats the best baseline",
        "the 28 days after them",
        "What will they buy next? (all)",
        "popular, all time",
        "2\N{EN DASH}4 orders",
        "0% differ from the live version's list",
        "The last versions",
        "so that a step may be the season",
        "fits the shopper's taste 70%",
        "Orders a week",
        "Repeat share",
        "The long tail",
        "Nobody knows who bought it",
        "Shopper 10 (2 orders)",
        "drawn at random",
        "How to read this page",
    ):
        assert sentence in text
    assert len(page) < MAX_BYTES


def test_a_refusal_comes_first_with_its_reasons(run: Run) -> None:
    checks = (
        Check.of("coverage", True, "It is fine."),
        Check.of("size", False, "Half of the <shoppers> are gone."),
    )
    text = Page(render(replace(run, verdict=Verdict(checks)))).text
    start = text.index("Refused. The live version stays.", 40)
    why = text.index(
        "1 check of 2 failed. Shoppers keep seeing the live version. size Half of the <shoppers> are gone."
    )
    assert start < why < text.index("What the refused version was worth: 4") < text.index("It is fine.")


def test_a_refusal_says_which_version_shoppers_keep_seeing(run: Run) -> None:
    refused = replace(run, verdict=Verdict((BAD,)), live="v-1")
    assert (
        "1 check of 1 failed. Shoppers keep seeing version v-1 of 25 Feb 2026." in Page(render(refused)).text
    )
    assert "Shoppers keep seeing version gone." in Page(render(replace(refused, live="gone"))).text


def test_what_passed_and_what_does_not_apply_is_folded_and_what_failed_is_open(run: Run) -> None:
    def folded(*checks: Check) -> tuple[str, str]:
        page = render(replace(run, verdict=Verdict(checks, forced=True)))
        before, _, rest = str(page).partition('<details class="folded">')
        within, _, after = rest.partition("</details>")
        return Page(before + after).text, Page(within).text

    outside, inside = folded(GOOD, BAD, NOT_APPLYING)
    assert "Half is gone." in outside
    assert "It is fine." not in outside
    assert inside.startswith(
        "1 check passed, 1 does not apply dates does not apply There are none. coverage It is fine."
    )
    assert "<details" not in render(replace(run, verdict=Verdict(()))).partition("</header>")[0]


@pytest.mark.parametrize(
    ("checks", "line"),
    [
        ((GOOD, GOOD), "2 checks passed"),
        ((NOT_APPLYING,), "1 check does not apply"),
        ((NOT_APPLYING, NOT_APPLYING), "2 checks do not apply"),
        ((GOOD, GOOD, NOT_APPLYING, NOT_APPLYING), "2 checks passed, 2 do not apply"),
        ((), ""),
    ],
)
def test_the_line_of_the_fold_counts(checks: tuple[Check, ...], line: str) -> None:
    assert folded_of(Verdict(checks)) == line


def test_what_the_orders_leave_open_is_named_without_its_values(run: Run) -> None:
    asked = (
        OpenQuestion(
            "who_is_nobody", "User secret-3 has many lines.", 'Say guests = ["secret-3"].', stops=False
        ),
    )
    page = render(replace(run, summary=replace(run.summary, questions=asked)))
    assert "The orders leave open: who is nobody." in Page(page).text
    assert "secret-3" not in page
    assert "leave open" not in render(run)


def test_damage_stands_out_from_ordinary_shop_life(run: Run, history: History) -> None:
    assert "None is damage in the export." in Page(render(run)).text
    damaged = render(replace(run, summary=summary_of(history, damaged=3)))
    assert "damage in the export, 0.7% of all rows" in Page(damaged).text
    assert '<li class="ours"><span>The row names no item.</span>' in damaged


def test_without_a_measurement_the_reason_is_given(run: Run) -> None:
    bare = replace(
        run,
        evaluation=None,
        not_measured="only 3 known shoppers came back",
        shoppers=(),
        versions=(),
        rankers={},
    )
    text = Page(render(bare)).text
    assert "Not measured: only 3 known shoppers came back." in text
    assert "How good the lists are could not be measured: only 3 known shoppers came back." in text
    assert "No earlier version was measured" in text
    assert "There was no past to learn from" in text
    assert "one by one" not in text


def test_earlier_versions_are_drawn_where_this_one_was_not_measured(run: Run) -> None:
    text = Page(render(replace(run, evaluation=None, not_measured="too few"))).text
    assert "Recall@20, all" in text
    assert "this one in colour" not in text


def test_without_dates_nothing_is_drawn_over_time(run: Run, history: History) -> None:
    undated = history.lines.with_columns(pl.lit(None, pl.Int64).alias("ordered_at"))
    summary = replace(run.summary, first_ordered_at=None, last_ordered_at=None)
    facts = facts_of(undated, undated.clear())
    bare = replace(run, facts=facts, summary=summary, evaluation=None)
    text = Page(render(bare)).text
    assert "orders without dates" in text
    assert "The orders carry no dates" in text
    assert "Orders a week" not in text
    assert "The long tail" in text


def test_a_measurement_without_baselines_or_live_version(run: Run, model: Model, split: Split) -> None:
    known = Interactions.of(split.train_lines, split.train_guest_lines)
    alone = evaluate(model, known, split, EvaluationOptions((), n_resamples=10, threads=1), Silent())
    text = Page(render(replace(run, evaluation=alone))).text
    assert "has nothing to be compared with" in text
    assert "live version's list" not in text


def test_one_item_of_one_shopper(run: Run, history: History) -> None:
    facts = facts_of(history.lines.head(1), history.lines.clear())
    one = replace(run, facts=facts, evaluation=None, shoppers=())
    text = Page(render(one)).text
    assert "100% ordered only once" in text
    assert "1 of 1 item makes half of the sales" in text


def test_titles_may_be_missing(run: Run, model: Model, split: Split) -> None:
    untitled = replace(model, titles=TextColumn.of([""] * model.n_items))
    text = Page(render(replace(run, shoppers=sample_shoppers(untitled, split)))).text
    assert "because of i" in text


def test_the_page_is_written_where_the_report_lies(run: Run, page: str, tmp_path: Path) -> None:
    path = write_page(run, tmp_path / "reports" / run.version)
    assert path == tmp_path / "reports" / run.version / "report.html"
    assert path.read_text(encoding="utf-8") == page


def test_a_directory_that_cannot_be_made_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"report\.html"):
        write_page(run, tmp_path / "file")


@pytest.mark.parametrize(
    ("verdict", "activate", "title", "sentence"),
    [
        (Verdict((GOOD, GOOD)), True, "Goes live.", ""),
        (Verdict((GOOD,)), False, "Published, not yet live.", ""),
        (
            Verdict((GOOD, BAD)),
            True,
            "Refused. The live version stays.",
            "1 check of 2 failed. Shoppers keep seeing the live version.",
        ),
        (
            Verdict((GOOD, BAD), forced=True),
            True,
            "Goes live by force.",
            "1 of 2 checks speaks against it; --force was given.",
        ),
        (
            Verdict((BAD, BAD), forced=True),
            False,
            "Published, not yet live.",
            "2 of 2 checks speak against it; --force was given.",
        ),
        (Verdict((GOOD,), forced=True), True, "Goes live.", ""),
        (Verdict(()), True, "Goes live.", ""),
    ],
)
def test_the_verdict_in_words(run: Run, verdict: Verdict, activate: bool, title: str, sentence: str) -> None:
    headline = headline_of(replace(run, verdict=verdict, activate=activate))
    assert (headline.title, headline.sentence) == (title, sentence)


def test_a_section_from_outside_stands_on_the_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def weather(run: Run) -> Markup:
        return Markup("<section><h2>Weather</h2><p>{} days</p></section>").format(run.created.day)

    monkeypatch.setattr(sections, "SECTIONS", (*sections.SECTIONS[:1], weather))
    text = Page(render(run)).text
    assert text.endswith("Weather 4 days")
    assert "How good the lists are" in text
    assert "The last versions" not in text
