"""The page of refusals says what the gateway says."""

from pathlib import Path

from pictory_egress.gateway.refusals import REFUSALS

PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"


def test_page_when_read_then_its_table_is_that_of_the_code() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{refusal.code}` | {refusal.status} | {refusal.message} |" for refusal in REFUSALS]
