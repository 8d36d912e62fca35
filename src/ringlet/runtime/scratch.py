"""The temporary folder of one run: made before its start, removed with all that is in it."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress

from ringlet.store import locations

_log = logging.getLogger(__name__)


def make(environ: Mapping[str, str]) -> str:
    """A private folder in the caller's folder for temporary files; "" if none can be made.

    Its path stays short: agents put sockets there, whose paths may have 107 bytes.
    """
    parent = locations.temp_dir(environ)
    try:
        return tempfile.mkdtemp(prefix=locations.RUN_TEMP, dir=parent)
    except OSError as error:
        _log.warning("no temporary folder for a run in %s: %s", parent, error.strerror)
        return ""


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
