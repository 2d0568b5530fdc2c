"""Runbooks: whoever follows an alarm's link finds a section that says what to do."""

import re
from pathlib import Path

import pytest

from pictory_egress.monitoring.infrastructure import Monitoring
from pictory_egress.monitoring.notices import notices
from tests.monitoring.synthesis import NAME, Parts, Synthesized

TEXT = (Path(__file__).parents[2] / "docs" / "runbooks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
FILED = sorted(SECTIONS)


def _slugs(monitoring: Monitoring) -> list[str]:
    parts = Parts()
    told = [notice.slug for notice in notices(gateway=parts, credentials=parts, secret_readers=())]
    return [name.removeprefix(f"{NAME}-") for name in monitoring.alarm_names] + told


def test_runbooks_when_an_alarm_or_notice_exists_have_its_section_and_no_other(
    made: tuple[Synthesized, Monitoring],
) -> None:
    assert sorted(_slugs(made[1])) == FILED


@pytest.mark.parametrize("slug", FILED)
def test_section_when_opened_says_meaning_first_look_and_mend(slug: str) -> None:
    for word in ("**Meaning.** ", "**First look", "end.** "):
        assert word in SECTIONS[slug]


def test_links_when_followed_lead_to_a_section() -> None:
    linked = re.findall(r"\]\(#([\w-]+)\)", TEXT)
    assert linked
    assert set(linked) <= set(FILED)
