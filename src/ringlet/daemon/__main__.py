"""`python -m ringlet.daemon`: the process that clients spawn."""

from __future__ import annotations

import gc
import sys

# Nearly everything that is loaded now stays; looking for garbage in it costs a tenth of the start.
# The daemon switches the collector on again when it has settled.
gc.disable()
# asyncio loads `ssl` only in case somebody serves TLS, which nobody does on loopback.
sys.modules["ssl"] = None  # type: ignore[assignment]  # makes the import fail, as documented
import asyncio  # noqa: E402, F401

del sys.modules["ssl"]

from ringlet.daemon.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
