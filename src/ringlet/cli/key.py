"""What agents run to get their key: `python -m ringlet.cli.key`, in the environment of a run.

The daemon answers processes of the run itself only, over its private socket.
"""

from __future__ import annotations

import json
import os
import sys

from ringlet.cli.link import LinkLost, LinkRefused, connect
from ringlet.store import locations


def main() -> int:
    """Print the key of the run that we are part of; the exit status says whether there is one."""
    endpoint = locations.setting(os.environ, "DAEMON_ENDPOINT")
    endpoint = endpoint or locations.recorded_endpoint(locations.config_dir(os.environ))
    request = {"type": "run_key", "run_id": os.environ.get("RINGLET_RUN_ID", "")}
    try:
        reply = json.loads(connect(endpoint or "").call(json.dumps(request).encode()))
    except (LinkRefused, LinkLost) as error:
        return _fail(str(error))
    if reply["type"] == "error":
        return _fail(reply["data"]["message"])
    print(reply["data"]["key"])
    return 0


def _fail(message: str) -> int:
    print(f"ringlet: no key: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
