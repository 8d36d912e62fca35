"""Run the demo agent: `python -m ringlet.demo.agent`."""

from __future__ import annotations

import sys

from ringlet.demo.agent.command import main

if __name__ == "__main__":
    sys.exit(main())
