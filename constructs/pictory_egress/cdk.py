"""The only module that imports the framework and the AWS bindings.

Everything else takes the names from here, so that the framework can be changed in one place and the bindings
are loaded one resource at a time. ``cdktf`` is the default; ``PICTORY_EGRESS_FRAMEWORK=cdktn`` selects its
living fork, which reads the same stacks. The two are never loaded into one process.

The bindings' own ``__init__`` imports some 2,200 submodules. A bare module with the package's path, registered
before the first import, leaves them out until one is asked for, and ``lazy_bindings.cjs`` does the same in jsii's Node;
``PICTORY_EGRESS_STOCK_IMPORT=1`` imports the package as it comes, for comparison. A program that imported the framework
before this module has jsii's Node running already: it works as well, and takes longer.
"""

import contextlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

_FRAMEWORKS: Final = {
    "cdktf": "cdktf_cdktf_provider_aws",
    "cdktn": "cdktn_provider_aws",
}

FRAMEWORK: Final = os.environ.get("PICTORY_EGRESS_FRAMEWORK", "cdktf")
"""Name of the framework in use."""

if FRAMEWORK not in _FRAMEWORKS:
    raise ImportError(
        f"PICTORY_EGRESS_FRAMEWORK is {FRAMEWORK!r}: set it to one of {', '.join(_FRAMEWORKS)}, or leave it unset"
    )


def _prefer_own_node() -> None:
    """Let jsii use the Node of this Python environment, where there is one, over whatever is on PATH."""
    node = Path(sys.executable).parent / "node"
    if node.exists():
        os.environ.setdefault("JSII_NODE", str(node))
    # jsii's own use of an old Node call is not our users' to mend: its warning would stand in every synthesis.
    os.environ.setdefault("NODE_NO_WARNINGS", "1")


def _register_bare(package: str) -> None:
    """Register ``package`` with its real path but without running its ``__init__``."""
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError(f"{package} is not installed: run `make setup`")
    module = ModuleType(package)
    module.__path__ = list(spec.submodule_search_locations)
    module.__spec__ = spec
    sys.modules[package] = module


@contextlib.contextmanager
def _node_loads_lazily() -> Iterator[None]:
    """While jsii starts its Node: no other Node that this process starts has anything to do with it."""
    given = os.environ.get("NODE_OPTIONS")
    script = str(Path(__file__).with_name("lazy_bindings.cjs")).replace("\\", "\\\\").replace('"', '\\"')
    os.environ["NODE_OPTIONS"] = f'--require "{script}" {given or ""}'.rstrip()
    try:
        yield
    finally:
        if given is None:
            del os.environ["NODE_OPTIONS"]
        else:
            os.environ["NODE_OPTIONS"] = given


_prefer_own_node()
if os.environ.get("PICTORY_EGRESS_STOCK_IMPORT") == "1":
    importlib.import_module(_FRAMEWORKS[FRAMEWORK])
else:
    _register_bare(_FRAMEWORKS[FRAMEWORK])
    with _node_loads_lazily():
        importlib.import_module("constructs")


class _Bindings:
    """The AWS bindings by submodule: ``aws.kms_key.KmsKey``. Each is imported when first asked for."""

    def __getattr__(self, name: str) -> Any:
        try:
            module = importlib.import_module(f"{_FRAMEWORKS[FRAMEWORK]}.{name}")
        except ModuleNotFoundError as error:
            raise AttributeError(f"the AWS bindings have no {name!r}") from error
        setattr(self, name, module)
        return module


aws: Final[Any] = _Bindings()

if TYPE_CHECKING:
    from cdktf import (
        App,
        Aspects,
        AssetType,
        Fn,
        IAspect,
        LocalBackend,
        S3Backend,
        TerraformAsset,
        TerraformElement,
        TerraformOutput,
        TerraformResource,
        TerraformStack,
        Testing,
        Token,
    )

    from constructs import Construct, IConstruct, Node
else:
    _framework = importlib.import_module(FRAMEWORK)
    _constructs = importlib.import_module("constructs")
    App = _framework.App
    Aspects = _framework.Aspects
    AssetType = _framework.AssetType
    Fn = _framework.Fn
    IAspect = _framework.IAspect
    LocalBackend = _framework.LocalBackend
    S3Backend = _framework.S3Backend
    TerraformAsset = _framework.TerraformAsset
    TerraformElement = _framework.TerraformElement
    TerraformOutput = _framework.TerraformOutput
    TerraformResource = _framework.TerraformResource
    TerraformStack = _framework.TerraformStack
    Testing = _framework.Testing
    Token = _framework.Token
    Construct = _constructs.Construct
    IConstruct = _constructs.IConstruct
    Node = _constructs.Node

__all__ = [
    "FRAMEWORK",
    "App",
    "Aspects",
    "AssetType",
    "Construct",
    "Fn",
    "IAspect",
    "IConstruct",
    "LocalBackend",
    "Node",
    "S3Backend",
    "TerraformAsset",
    "TerraformElement",
    "TerraformOutput",
    "TerraformResource",
    "TerraformStack",
    "Testing",
    "Token",
    "aws",
]
