"""Uses a keychain inside a keyring session and prints what it saw, as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ringlet.domain.errors import RingletError
from ringlet.domain.secret import Secret
from ringlet.store.secrets.choice import choose_store
from ringlet.store.secrets.keychain import Keychain


async def main(action: str, folder: Path) -> dict[str, Any]:
    keychain = Keychain(folder, environ=os.environ)
    match action:
        case "round-trip":
            return await round_trip(keychain, folder)
        case "watched":
            return await watched(keychain)
        case "probe":
            probe = await keychain.probe()
            return {"usable": probe.usable, "detail": probe.detail}
        case "choose":
            return await choose(folder)
        case "fill":
            await keychain.put("kept", Secret("value"))
            return {}
    raise ValueError(action)


async def round_trip(keychain: Keychain, folder: Path) -> dict[str, Any]:
    before = await keychain.get("anthropic-work")
    await keychain.put("anthropic-work", Secret("first"))
    await keychain.put("anthropic-work", Secret("schlüssel\n2"))
    fresh = Keychain(folder, environ=os.environ)
    found = await fresh.get("anthropic-work")
    return {
        "before": before,
        "found": found and found.reveal(),
        "names": await fresh.names(),
        "deleted": [await fresh.delete("anthropic-work"), await fresh.delete("anthropic-work")],
        "after": await Keychain(folder, environ=os.environ).get("anthropic-work"),
        "names_after": await fresh.names(),
    }


async def watched(keychain: Keychain) -> dict[str, Any]:
    """Put and get while every process's arguments and environment are searched."""
    canary = f"sk-canary-{secrets.token_hex(8)}"
    helper_seen, leaks = 0, []
    for step in (keychain.put("canary", Secret(canary)), _reread(keychain)):
        task = asyncio.ensure_future(step)
        while not task.done():
            for path, text in _shown_by_processes():
                helper_seen += b"keychain_process" in text
                if canary.encode() in text:
                    leaks.append(str(path))
            await asyncio.sleep(0)
        await task
    return {
        "canary": canary,
        "helper_seen": helper_seen,
        "leaks": leaks,
        "shown": repr(keychain.__dict__),
    }


async def choose(folder: Path) -> dict[str, Any]:
    chosen = await choose_store(
        setting="auto",
        config_dir=folder,
        state_dir=folder.with_name("state"),
        environ=os.environ,
    )
    values: dict[str, str | None] = {}
    for name in await chosen.store.names():
        try:
            secret = await chosen.store.get(name)
            values[name] = secret.reveal() if secret else None
        except RingletError as error:
            values[name] = error.message
    return {
        "kind": chosen.store.kind,
        "reason": chosen.reason,
        "warning": chosen.warning,
        "values": values,
    }


async def _reread(keychain: Keychain) -> None:
    keychain._known.clear()
    assert await keychain.get("canary") is not None


def _shown_by_processes() -> Iterator[tuple[Path, bytes]]:
    """Arguments and environment of every process, as other programs see them."""
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                yield process / name, (process / name).read_bytes()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], Path(sys.argv[2])))))
