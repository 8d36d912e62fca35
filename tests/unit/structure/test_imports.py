"""The shape of the program: which package may import which."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ringlet

_ROOT = Path(ringlet.__file__).parent
# From the top down: a package may import those below it, never those above.
_LAYERS = (
    "cli", "daemon", "commands", "engine", "agents", "scripting", "registry", "runtime", "proxy",
    "demo", "store", "wire", "domain",
)  # fmt: skip
_FAST_PATH = {"ringlet", "ringlet.cli", "ringlet.cli.main", "ringlet.cli.relay",
              "ringlet.cli.link", "ringlet.cli.output", "ringlet.store",
              "ringlet.store.locations"}  # fmt: skip


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules() -> list[Path]:
    return sorted(_ROOT.rglob("*.py"))


def test_every_package_has_its_place_in_the_order() -> None:
    found = {path.name for path in _ROOT.iterdir() if (path / "__init__.py").exists()}
    assert found - {"data"} <= set(_LAYERS)


def test_imports_point_downward_only() -> None:
    upward = []
    for path in _modules():
        parts = path.relative_to(_ROOT).parts
        if parts[0] not in _LAYERS:
            continue
        for name in _imports(path):
            target = name.split(".")[1:2] if name.startswith("ringlet.") else []
            if target and target[0] in _LAYERS:
                if _LAYERS.index(target[0]) < _LAYERS.index(parts[0]):
                    upward.append(f"{'/'.join(parts)} imports {name}")
    assert upward == []


def test_the_script_interpreter_knows_nothing_of_the_program() -> None:
    for path in (_ROOT / "scripting" / "rhai").rglob("*.py"):
        outside = {
            name
            for name in _imports(path)
            if name.startswith("ringlet") and not name.startswith("ringlet.scripting.rhai")
        }
        assert outside == set(), path


def test_the_domain_does_no_input_or_output() -> None:
    for path in (_ROOT / "domain").rglob("*.py"):
        assert not set(_imports(path)) & {"os", "pathlib", "asyncio", "time", "subprocess", "io"}


def test_a_forwarded_command_loads_nothing_but_the_tiny_client() -> None:
    """Each standard module left out here costs more than the whole request."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import ringlet.cli.main, ringlet.cli.relay\n"
        "print('\\n'.join(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert loaded - _FAST_PATH <= {"_socket", "__future__"}
