"""Waiting until every task of the gateway uses a version of the key."""

from datetime import UTC, datetime

import pytest

from pictory_egress.cli.tasks import Task, Tasks


def test_wait_when_tasks_follow_one_by_one_ends_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = datetime.now(UTC), list[str]()
    looks = iter([["a", "a"], ["b", "a"], ["b", "a"], ["b", "b"]])
    monkeypatch.setattr(
        Tasks, "now", lambda self: [Task(str(n), version, now) for n, version in enumerate(next(looks))]
    )
    late = Tasks(None, "").wait("b", seconds=60, say=said.append, sleep=lambda _: None)  # type: ignore[arg-type]
    assert (late, said) == ([], ["0 of 2 tasks use it", "1 of 2 tasks use it", "2 of 2 tasks use it"])
