"""What agents run to get their key: `python -m ringlet.cli.key`, in the environment of a run.

The daemon answers processes of the run itself only, over its private socket. It is started if
none runs: it may have been stopped since the agent began.
"""

from __future__ import annotations

import json
import os
import sys

from ringlet.cli import start
from ringlet.cli.link import LinkLost, LinkRefused, LinkSilent
from ringlet.cli.output import OutputFailed, close, complain, keep_numbers, say_error, write
from ringlet.store.instance import InstanceError


def main() -> int:
    """Print the key of the run that we are part of; the exit status says whether there is one."""
    keep_numbers()
    try:
        return _print_key()
    except OutputFailed as error:
        return complain(error)


def _print_key() -> int:
    request = {"type": "run_key", "run_id": os.environ.get("RINGLET_RUN_ID", "")}
    try:
        reply = json.loads(start.ensure().call(json.dumps(request).encode()))
    except (InstanceError, LinkRefused, LinkLost, LinkSilent) as error:
        return _fail(str(error))
    if reply["type"] == "error":
        return _fail(reply["data"]["message"])
    write(1, f"{reply['data']['key']}\n".encode())
    close()
    return 0


def _fail(message: str) -> int:
    say_error(f"ringlet: no key: {message}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
