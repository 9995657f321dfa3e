"""The same orders exported twice."""


def test_a_file_that_repeats_another_is_named(shop, examined) -> None:
    rows = shop.history()
    found = examined(rows, rows[::-1])
    assert found["repeated_files"].examples == ("a.csv = b.csv",)
    assert found["repeated_files"].severity == "note"
    assert "overlapping_files" not in found


def test_a_repeated_file_that_cleaning_cannot_recognise_is_a_warning(shop, examined) -> None:
    days = [{**row, "ordered_at": row["ordered_at"][:10], "order_id": ""} for row in shop.history()]
    finding = examined(days, days[::-1])["repeated_files"]
    assert finding.severity == "warning"
    assert "counts several times" in finding.sentence


def test_two_halves_of_a_history_are_no_finding(shop, examined) -> None:
    rows = shop.history()
    assert examined(rows[:800], rows[800:]) == {}


def test_exports_that_overlap_and_differ_count_twice(shop, examined) -> None:
    rows = shop.history()
    later = [{**row, "title": row["title"].upper()} for row in rows[700:]]
    finding = examined(rows[:900], later)["overlapping_files"]
    assert finding.sentence == (
        "200 order lines stand in more than one file; 0 exact copies are left out, 200 others count again."
    )
    assert finding.severity == "warning"
    assert finding.examples == ("a.csv and b.csv: 200 in both",)


def test_exports_that_overlap_exactly_are_a_note(shop, examined) -> None:
    rows = shop.history()
    finding = examined(rows[:900], rows[700:])["overlapping_files"]
    assert finding.sentence.endswith("; 200 exact copies are left out.")
    assert finding.severity == "note"


def test_two_channels_at_the_same_time_do_not_overlap(shop, examined) -> None:
    rows = shop.history()
    web = [row for row in rows if int(row["order_id"][1:]) % 3]
    till = [row for row in rows if row not in web]
    assert examined(web, till) == {}


def test_copies_within_a_file_are_counted(shop, examined) -> None:
    rows = shop.history()
    finding = examined(rows + rows[:84])["exact_copies"]
    assert finding.sentence.startswith("84 rows (4.8%) repeat an earlier row exactly; they are left out")
    assert finding.examples[0] == "a.csv row 1,682"


def test_many_copies_are_a_warning(shop, examined) -> None:
    rows = shop.history()
    assert examined(rows + rows[:200])["exact_copies"].severity == "warning"


def test_pairs_without_dates_repeat_as_shoppers_do(shop, examined) -> None:
    pairs = [{"user_id": row["user_id"], "item_id": row["item_id"]} for row in shop.history()]
    assert "exact_copies" not in examined(pairs)
