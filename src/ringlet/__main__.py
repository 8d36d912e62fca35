"""`python -m ringlet`, where the start script is not on the PATH."""

from __future__ import annotations

import sys

from ringlet.cli.main import main

sys.exit(main())
