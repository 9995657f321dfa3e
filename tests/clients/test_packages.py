"""Both clients are packages that install from the checkout, and need nothing else."""

import ast
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from recsvc_client import shopper_token

ROOM = Path(__file__).parents[2] / "integrations"
VERSION = tomllib.loads((ROOM.parent / "pyproject.toml").read_text())["project"]["version"]


def test_the_python_client_imports_nothing_but_python_and_itself() -> None:
    for path in (ROOM / "python" / "recsvc_client").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            roots = {name.partition(".")[0] for name in names}
            assert roots <= sys.stdlib_module_names | {"recsvc_client", "_typeshed"}, path


def test_the_javascript_client_imports_nothing_but_itself() -> None:
    for path in (ROOM / "javascript").glob("*.js"):
        imported = {
            line.rpartition(" from ")[2].strip('";')
            for line in path.read_text().splitlines()
            if " from " in line and line.startswith(("import", "export"))
        }
        assert {one for one in imported if not one.startswith("./")} <= {"node:crypto"}, path


def test_pip_installs_the_python_client_from_the_checkout(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    shutil.copytree(ROOM / "python", source, ignore=shutil.ignore_patterns("build", "*.egg-info", ".*"))
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    subprocess.run(pip, check=True, timeout=120)
    assert (target / "recsvc_client" / "py.typed").exists()
    (metadata,) = target.glob("recsvc_client-*.dist-info/METADATA")
    assert f"Version: {VERSION}\n" in metadata.read_text()
    assert "Requires-Dist" not in metadata.read_text()
    program = (
        f"import sys; sys.path.insert(0, {str(target)!r}); import recsvc_client; print(recsvc_client.Client)"
    )
    subprocess.run([sys.executable, "-I", "-S", "-W", "error", "-c", program], check=True, timeout=30)


def test_npm_installs_the_javascript_client_from_the_checkout(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("needs npm on the PATH")
    package = json.loads((ROOM / "javascript" / "package.json").read_text())
    assert (package["version"], package.get("dependencies")) == (VERSION, None)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    install = [
        "npm",
        "install",
        "--offline",
        "--no-audit",
        "--no-fund",
        "--install-links",
        str(ROOM / "javascript"),
    ]
    subprocess.run(install, cwd=tmp_path, check=True, timeout=60, capture_output=True)
    program = (
        'import { Recsvc } from "recsvc-client"; import { shopperToken } from "recsvc-client/shopper-token";'
        'new Recsvc("http://127.0.0.1:1"); console.log(shopperToken("17850", "secret", 10, 1000));'
    )
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", program],
        cwd=tmp_path,
        check=True,
        timeout=30,
        capture_output=True,
    )
    assert done.stdout.decode().strip() == shopper_token("17850", "secret", 10, 1000)
