"""Run the demo agent: `python -m ringlet.demo.agent`."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from ringlet.demo.agent.command import main


def _leave(number: int, _: FrameType | None) -> None:
    """End by way of an exception, so that a running tool is ended too."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(main(sys.argv[1:]))
