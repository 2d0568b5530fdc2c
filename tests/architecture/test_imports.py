"""What may import what."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "constructs" / "pictory_egress"
FRAMEWORK = {"cdktf", "cdktn", "constructs", "cdktf_cdktf_provider_aws", "cdktn_provider_aws", "jsii"}
SOURCES = sorted(
    path
    for folder in (
        PACKAGE,
        ROOT / "stacks",
        ROOT / "policies",
        ROOT / "sandbox",
        ROOT / "benchmarks",
        ROOT / "tests",
    )
    for path in folder.rglob("*.py")
)


def imports(path: Path) -> set[str]:
    """Full names of the modules that ``path`` imports absolutely."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_when_it_is_not_cdk_then_it_does_not_import_the_framework(path: Path) -> None:
    if path == PACKAGE / "cdk.py":
        return
    assert not {name.split(".")[0] for name in imports(path)} & FRAMEWORK


def test_constructs_folder_when_listed_then_it_has_no_init_that_would_shadow_the_library() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()
    library = importlib.util.find_spec("constructs")
    assert library is not None
    assert library.origin is not None
    assert "site-packages" in library.origin


@pytest.mark.parametrize("area", ["gateway", "credentials"])
def test_runtime_when_it_imports_then_nothing_of_the_infrastructure(area: str) -> None:
    for path in (PACKAGE / area / "runtime").rglob("*.py"):
        assert not {name for name in imports(path) if name.startswith(("pictory_egress", "stacks"))}, path


def test_infrastructure_when_it_imports_then_nothing_of_the_sandbox_or_the_stacks() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & {"sandbox", "stacks", "tests"}, path


def test_files_when_measured_then_none_passes_400_lines() -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}
