"""The temporary folder of one run: made before its start, removed with all that is in it.

Its path is chosen first, so that the run's record can name the folder before there is one: whatever
happens in between, somebody knows what to remove.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress

from ringlet.store import locations

_log = logging.getLogger(__name__)


def choose(environ: Mapping[str, str]) -> str:
    """A path in the caller's folder for temporary files; "" if that is relative, to whatever.

    It stays short: agents put sockets there, whose paths may have 107 bytes.
    """
    parent = locations.temp_dir(environ)
    return f"{parent}/{locations.RUN_TEMP}{secrets.token_hex(4)}" if os.path.isabs(parent) else ""


def make(folder: str) -> str:
    """Make the folder, for its owner alone; returns its path, or "" if it cannot be made."""
    try:
        if folder:
            os.mkdir(folder, stat.S_IRWXU)
    except OSError as error:
        _log.warning("no temporary folder %s for a run: %s", folder, error.strerror)
        return ""
    return folder


def remove(folder: str) -> None:
    """Remove what `make` has made; folders that a program has closed are opened for it."""
    if not os.path.basename(folder).startswith(locations.RUN_TEMP):
        return
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.isdir(folder):
        for path, _, _ in os.walk(folder):
            with suppress(OSError):
                os.chmod(path, stat.S_IRWXU)
        shutil.rmtree(folder, ignore_errors=True)
