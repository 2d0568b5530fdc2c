"""What jsii's Node loads of the bindings: what is asked for, and no more."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "constructs" / "pictory_egress" / "lazy_bindings.cjs"
NODE = Path(sys.executable).parent / "node"


def loaded(directory: Path, index: str, ask: str) -> dict[str, object]:
    """What a program prints that asks the index for ``ask``: that, all names, and which modules were loaded."""
    library = directory / "node_modules" / "@cdktf" / "provider-aws" / "lib"
    library.mkdir(parents=True)
    (library / "index.js").write_text(index, encoding="utf-8")
    for name in ("one", "two"):
        (library / f"{name}.js").write_text(f'exports.value = "{name}";\n', encoding="utf-8")
    program = (
        f"const bindings = require({json.dumps(str(library / 'index.js'))});"
        f"const asked = bindings.{ask}.value;"
        "const files = Object.keys(require.cache).map((path) => require('path').basename(path)).sort();"
        "console.log(JSON.stringify({ asked, names: Object.keys(bindings), files }));"
    )
    done = subprocess.run(
        [NODE, "--require", SCRIPT, "--eval", program], capture_output=True, text=True, check=True, timeout=60
    )
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("form", ['require("./{}")', '__importStar(require("./{}"))'])
def test_index_when_one_module_is_asked_for_then_only_that_is_loaded(tmp_path: Path, form: str) -> None:
    lines = [f"exports.{name} = {form.format(name)};\n" for name in ("one", "two")]
    found = loaded(tmp_path, '"use strict";\n' + "".join(lines), "one")
    assert found["asked"] == "one"
    assert found["names"] == ["one", "two"]
    assert found["files"] == ["index.js", "lazy_bindings.cjs", "one.js"]


def test_index_when_it_is_of_another_make_then_it_is_loaded_as_it_is(tmp_path: Path) -> None:
    index = 'exports.one = require("./one");\nconst other = require("./two");\nexports.two = other;\n'
    found = loaded(tmp_path, index, "two")
    assert found["asked"] == "two"
    assert found["files"] == ["index.js", "lazy_bindings.cjs", "one.js", "two.js"]


@pytest.mark.slow
def test_bindings_when_one_resource_is_made_then_node_has_loaded_hardly_any_of_them(tmp_path: Path) -> None:
    probe, counted = tmp_path / "probe.cjs", tmp_path / "counted"
    probe.write_text(
        "process.on('exit', () => {"
        " const files = Object.keys(require.cache).filter((path) => path.includes('provider-aws'));"
        f" require('fs').appendFileSync({json.dumps(str(counted))}, files.length + '\\n');"
        "});",
        encoding="utf-8",
    )
    program = (
        "from pictory_egress import cdk\nstack = cdk.TerraformStack(cdk.App(), 'one')\n"
        "cdk.aws.kms_key.KmsKey(stack, 'Key')"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "constructs"),
        "NODE_OPTIONS": f'--require "{probe}"',
    }
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=120)
    # jsii's Node is two processes, of which one has the bindings: their index, the provider's own and the key's.
    most = max(int(line) for line in counted.read_text().split())
    assert 1 < most < 20


@pytest.mark.slow
def test_node_of_jsii_when_cdk_is_imported_then_only_its_start_has_the_script(tmp_path: Path) -> None:
    program = (
        "import os, json\nfrom pathlib import Path\nfrom pictory_egress import cdk\n"
        "lines = [p.read_bytes() for p in Path('/proc').glob('[0-9]*/environ') if p.parent.name in "
        "Path(f'/proc/{os.getpid()}/task/{os.getpid()}/children').read_text().split()]\n"
        "print(json.dumps([os.environ.get('NODE_OPTIONS'), [b'lazy_bindings.cjs' in line for line in lines]]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs"), "NODE_OPTIONS": "--no-deprecation"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) == ["--no-deprecation", [True]]
