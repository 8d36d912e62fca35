"""Variables in the environment of a process that tell whose it is."""

from __future__ import annotations

RUN_ID = "RINGLET_RUN_ID"  # of the run that it belongs to
SERVICE = "RINGLET_SERVICE"  # "1": the daemon, or what the daemon has started for itself
