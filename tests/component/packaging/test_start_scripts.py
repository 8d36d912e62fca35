"""The start scripts are ours, whatever installs them: a light script is part of a quick command."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_NAMES = ("ringlet", "ringletd", "clown", "clownd")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment, installed by the pip that comes with Python."""
    folder = tmp_path_factory.mktemp("packaging")
    _run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
         "--disable-pip-version-check", "-w", str(folder), str(_ROOT))  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    _run(str(programs / "python"), "-m", "pip", "install", "-q", "--no-deps", "--no-index",
         "--disable-pip-version-check", str(wheel))  # fmt: skip
    return programs


def _run(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    home = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PIP_NO_INPUT": "1"}
    done = subprocess.run(
        argv, capture_output=True, text=True, env=home | environ, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("name", _NAMES)
def test_a_start_script_imports_nothing_that_the_program_does_not(
    installed: Path, name: str
) -> None:
    script = (installed / name).read_text()
    assert script.splitlines()[0] == f"#!{installed / 'python'}"
    imported = [line for line in script.splitlines() if "import" in line]
    assert imported[0] == "import sys"
    assert len(imported) == 2 and imported[1].startswith("from ringlet.cli.main import")


def test_the_installed_program_starts_without_the_slow_modules(installed: Path) -> None:
    done = _run(str(installed / "ringlet"), "--version", PYTHONPROFILEIMPORTTIME="1")
    assert done.stdout.startswith("ringlet ")
    rows = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    loaded = {row.rpartition("|")[2].strip() for row in rows}
    assert "ringlet.cli.main" in loaded
    assert loaded.isdisjoint({"re", "enum", "socket", "json", "importlib.metadata", "click"})


def test_the_package_runs_as_a_module_too(installed: Path) -> None:
    done = _run(str(installed / "python"), "-m", "ringlet", "--version")
    assert done.stdout.startswith("ringlet ")


def test_uninstalling_removes_every_program(installed: Path) -> None:
    _run(str(installed / "python"), "-m", "pip", "uninstall", "-q", "-y", "ringlet")
    assert [name for name in _NAMES if (installed / name).exists()] == []
