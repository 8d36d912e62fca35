"""The documentation is built in such a way that a broken link fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_PAGE = "# A page\n\nSee [the other](other.md), [a part](other.md#a-part).\n"
_OTHER = "# The other\n\n## A part\n\nText.\n"


def _build(folder: Path, page: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A site of two pages and `more`, built with the project's settings as `make docs` does."""
    settings = (_ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
    found = re.search(r"^\t@\$\(BIN\)/(mkdocs build.*)$", (_ROOT / "Makefile").read_text(), re.M)
    assert found
    command = found[1]
    (folder / "mkdocs.yml").write_text(f"{settings}\nnav: [index.md, other.md]\n")
    (folder / "docs").mkdir()
    for name, text in {"index": page, "other": _OTHER, **more}.items():
        (folder / "docs" / f"{name}.md").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_site_whose_links_are_right_is_built(tmp_path: Path) -> None:
    done = _build(tmp_path, _PAGE)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "other" / "index.html").is_file()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("other.md)", "missing.md)"), ("#a-part", "#no-part"), ("other.md)", "/other.md)")],
)
def test_a_broken_link_fails_the_build(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in _PAGE
    done = _build(tmp_path, _PAGE.replace(right, wrong, 1))
    assert done.returncode != 0
    assert wrong.strip(")") in done.stderr


def test_a_page_that_the_navigation_leaves_out_fails_the_build(tmp_path: Path) -> None:
    done = _build(tmp_path, _PAGE, forgotten="# Forgotten\n")
    assert done.returncode != 0
    assert "forgotten.md" in done.stderr
