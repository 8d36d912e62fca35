"""`python -m ringlet.daemon`: the process that clients spawn."""

from __future__ import annotations

import gc
import os
import sys

from ringlet.store import locations

if locations.IS_WINDOWS:  # before anything is loaded that is not there
    sys.exit(f"Error: {locations.complaint(os.environ)}")

# Nearly everything that is loaded now stays; looking for garbage in it costs a tenth of the start.
# The collector is switched on again when the daemon has settled.
gc.disable()

from ringlet.daemon.slim import without  # noqa: E402

# The standard library has all that msgspec takes from it, where both are there.
with without("typing_extensions"):
    import msgspec  # noqa: F401

from ringlet.daemon.boot import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
