"""Being woken when an agent writes, with inotify and without: real folders, the real observers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ringlet.engine.usage import waking

ROOT = ".agent/sessions"


def without_inotify(woken: Callable[[], None]) -> None:
    raise OSError("this system has no inotify")


ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")


@pytest.mark.parametrize("has_inotify", [pytest.param(True, marks=ONLY_LINUX), False])
async def test_whoever_waits_is_woken_in_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_inotify: bool
) -> None:
    if not has_inotify:
        monkeypatch.setattr(waking, "Noticer", without_inotify)
    (tmp_path / ROOT).mkdir(parents=True)
    woken = asyncio.Event()
    watching = waking.start_watching(woken.set)
    assert watching.many is has_inotify
    await asyncio.to_thread(watching.watch, [(tmp_path, ROOT)])
    assert await asyncio.to_thread(watching.news, tmp_path, ROOT) is None
    (tmp_path / ROOT / "a.jsonl").write_text("{}\n")
    await asyncio.wait_for(woken.wait(), 20)
    await asyncio.to_thread(watching.watch, [(tmp_path, ROOT)])
    news = await asyncio.to_thread(watching.news, tmp_path, ROOT)
    assert news == ({f"{ROOT}/a.jsonl"} if has_inotify else None)
    await watching.close()
