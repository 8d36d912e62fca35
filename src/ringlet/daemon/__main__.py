"""`python -m ringlet.daemon`: the process that clients spawn."""

from __future__ import annotations

import sys

from ringlet.daemon.boot import main

sys.exit(main(sys.argv[1:]))
