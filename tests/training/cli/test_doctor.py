"""A diagnosis as a person reads it."""

from io import StringIO

from rich.console import Console

from training.cli.doctor import diagnosis_table
from training.doctor import Diagnosis, Finding, Severity


def printed(diagnosis: Diagnosis) -> list[str]:
    text = StringIO()
    Console(file=text, width=120).print(diagnosis_table(diagnosis))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_findings_stand_by_severity_and_the_verdict_last() -> None:
    findings = (
        Finding("bad", Severity.ERROR, "It is bad.", "Mend it."),
        Finding("odd", Severity.WARNING, "It is odd.", "Look at it.", ("a.csv row 2",)),
        Finding("fine", Severity.NOTE, "It is fine.", "Leave it."),
    )
    lines = [line.strip() for line in printed(Diagnosis(findings)) if line]
    assert lines == [
        "1 error",
        "bad  It is bad.",
        "→ Mend it.",
        "1 warning",
        "odd  It is odd.",
        "→ Look at it.",
        "a.csv row 2",
        "1 note",
        "fine  It is fine.",
        "→ Leave it.",
        Diagnosis(findings).verdict,
    ]


def test_long_sentences_are_broken_and_keep_clear_of_the_code() -> None:
    finding = Finding("too_few_for_bought_together", Severity.NOTE, "word " * 60, "Do it.")
    lines = printed(Diagnosis((finding,)))
    assert max(map(len, lines)) <= 120
    assert lines[2].startswith(" " * 30)


def test_brackets_of_titles_and_files_are_no_markup() -> None:
    finding = Finding("odd", Severity.NOTE, "Odd [red] one.", "Look.", ("item [bold]: a[1].csv row 2",))
    assert any("item [bold]: a[1].csv row 2" in line for line in printed(Diagnosis((finding,))))


def test_nothing_found_is_one_sentence() -> None:
    assert printed(Diagnosis(())) == ["Good to train from: nothing was found that would hurt."]
