"""npm, as a program that others wait for."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError

_KEPT_OUTPUT: Final = 4000
# What npm needs of its caller: where it keeps its cache, how it gets out, whom it trusts.
_KEPT: Final = ("HOME", "PATH", "USER", "LOGNAME", "TMPDIR", "LANG", "SSL_CERT_FILE",
                "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS")  # fmt: skip
_KEPT_ANYWHERE: Final = ("npm_config_", "http_proxy", "https_proxy", "no_proxy", "all_proxy")


async def run_npm(
    arguments: list[str], *, environ: Mapping[str, str], folder: Path, limit: float
) -> str:
    """Run npm in `folder` for at most `limit` seconds; returns what it printed.

    When it fails, takes too long or nobody waits any more, all that it started is ended. Raises
    EXECUTION_ERROR with the end of its output.
    """
    program = shutil.which("npm", path=environ.get("PATH") or os.defpath)
    if program is None:
        raise RingletError(
            ErrorCode.EXECUTION_ERROR,
            "npm is not on your PATH",
            hint="Install Node.js 20 or newer, which brings npm, and try again.",
        )
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=folder,
        env=_environment(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limit):
            output, _ = await process.communicate()
    except TimeoutError:
        raise RingletError(
            ErrorCode.TIMEOUT, f"npm took longer than {limit:g} s", hint="Is the network there?"
        ) from None
    finally:
        _end(process)
    text = output.decode(errors="replace")
    if process.returncode != 0:
        raise RingletError(
            ErrorCode.EXECUTION_ERROR,
            f"npm ended with status {process.returncode}",
            hint=text[-_KEPT_OUTPUT:].strip(),
        )
    return text


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environ.items()
        if name in _KEPT or name.lower().startswith(_KEPT_ANYWHERE)
    }
    return kept | {"NO_UPDATE_NOTIFIER": "1", "CI": "true"}


def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
