from pathlib import Path

from training.orders import REASONS

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "orders.md"


def test_the_guide_lists_every_reason_as_it_is() -> None:
    listed = [line for line in GUIDE.read_text().splitlines() if line.startswith("| `")]
    assert listed == [
        f"| `{reason.code}` | {'yes' if reason.is_damage else ''} | {reason.sentence} |" for reason in REASONS
    ]
