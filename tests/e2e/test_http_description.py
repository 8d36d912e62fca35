"""The OpenAPI document and the daemon say the same, as an independent program finds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.e2e.site import Site

_CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
# What ends the daemon, never ends, runs the programs of all agents, or really installs them.
_LEFT_OUT = (
    "/api/shutdown",
    "/api/events",
    "/api/agents/refresh",
    "/api/agents/{id}/install",
)


def test_generated_requests_are_answered_as_described(site: Site, tmp_path: Path) -> None:
    argv = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{site.url}/api/openapi.json",
    ]
    argv += ["--header", f"Authorization: Bearer {site.token}", "--checks", _CHECKS]
    argv += ["--phases", "fuzzing", "--max-examples", "8", "--seed", "1", "--no-color"]
    argv += ["--request-timeout", "90"]  # the doctor runs programs, and machines are busy
    for path in _LEFT_OUT:
        argv += ["--exclude-path", path]
    done = subprocess.run(
        argv, cwd=tmp_path, env=site.world.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-60000:]
    assert site.ask("GET", "/api/ping").status_code == 200
