"""``operations`` and ``permissions``: what can be granted; and commands that cannot be carried out."""

import pytest

from pictory_egress.api import OPERATIONS, Catalog
from pictory_egress.cli.environments import FOLDER
from tests.cli.conftest import Run


def test_operations_when_listed_name_each_with_method_path_and_permission(run: Run) -> None:
    ended = run("operations")
    rows = [line.split() for line in ended.out.splitlines()[1:]]
    assert ended.status == 0
    assert [row[:4] for row in rows] == [
        [o.id, o.method, f"/pictoryapis{o.path}", o.permission] for o in OPERATIONS
    ]


def test_operations_when_dangerous_say_why(run: Run) -> None:
    danger = {line.split()[0]: line.split()[4:] for line in run("operations").out.splitlines()[1:]}
    assert danger["jobs.clean"] == ["destroys"]
    assert danger["aws-connections.create"] == ["connects"]
    assert danger["templates.create"] == ["not", "inspected"]
    assert danger["jobs.get"] == []


def test_permissions_when_listed_say_which_need_the_flag(run: Run) -> None:
    lines = run("permissions").out.splitlines()[1:]
    flagged = {line.split()[0] for line in lines if "dangerous = true" in line}
    catalog = Catalog.with_additions()
    assert flagged == set(catalog.permissions) - set(catalog.default_permissions)


def test_operations_when_an_environment_adds_one_list_it_too(run: Run, tmp_path_toml: str) -> None:
    ended = run("operations", "--environment", tmp_path_toml)
    assert ended.status == 0
    assert any(line.startswith("presets.list") for line in ended.out.splitlines())


@pytest.fixture
def tmp_path_toml(tmp_path_factory: pytest.TempPathFactory) -> str:
    from tests.cli.conftest import ENVIRONMENTS

    path = tmp_path_factory.mktemp("environments") / "dev.toml"
    extra = '\n[[operation]]\nid = "presets.list"\nmethod = "GET"\npath = "/v1/presets"\npermission = "presets.read"\n'
    path.write_text((ENVIRONMENTS / "dev.toml").read_text(encoding="utf-8") + extra, encoding="utf-8")
    return str(path)


def test_environment_when_unknown_is_refused_with_those_that_exist(run: Run) -> None:
    ended = run("clients", "list", "--environment", "nowhere")
    assert ended.status == 2
    assert str(FOLDER / "nowhere.toml") in ended.err
    assert "dev" in ended.err
    assert ended.err.count("\n") == 1
    assert ended.out == ""


def test_environment_when_its_file_is_missing_is_refused_with_the_file(run: Run) -> None:
    ended = run("clients", "list", "--environment", "elsewhere/dev.toml")
    assert (ended.status, ended.out) == (2, "")
    assert "elsewhere/dev.toml: no such file" in ended.err


@pytest.mark.parametrize("arguments", [(), ("keys",), ("clients", "issue"), ("unknown",)])
def test_command_when_incomplete_or_unknown_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.status == 2
    assert ended.err.startswith("usage: pictory-egress")
