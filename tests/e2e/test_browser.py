"""A real browser: it gets in by the code, and pages of others do not, not even with the token."""

from __future__ import annotations

import html
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.components import find, needs
from tests.e2e.site import SECONDS, Site

_FOREIGN = """
<!doctype html><pre id="seen"></pre><iframe id="frame" src="URL/"></iframe>
<script>
const seen = {};
const note = (name, what) => {
  seen[name] = what;
  document.getElementById("seen").textContent = JSON.stringify(seen);
  if (Object.keys(seen).length === 3) fetch("/release");
};
fetch("/hold");
const bearer = { headers: { Authorization: "Bearer TOKEN" } };
for (const [name, options] of Object.entries({ simple: { mode: "no-cors" }, bearer }))
  fetch("URL/api/ping", options).then(
    (answer) => note(name, answer.type === "opaque" ? "opaque" : "read"),
    () => note(name, "failed"));
const socket = new WebSocket("URL/ws".replace("http", "ws"), ["bearer", "TOKEN"]);
socket.onopen = () => note("socket", "open");
socket.onerror = () => note("socket", "failed");
</script>
"""


@contextmanager
def page(text: str) -> Iterator[str]:
    """A page on a port of its own, which makes it another origin.

    The browser's virtual time stands still while an answer is due, so a page that asks for `/hold`
    has as much real time as it needs until it asks for `/release`.
    """
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/hold":
                released.wait(SECONDS)
            elif self.path == "/release":
                released.set()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def browse(url: str, folder: Path) -> tuple[str, str]:
    """The document as it is after the scripts have run, and what the console says."""
    argv = [find("chromium") or "", "--headless=new", "--no-sandbox", "--disable-gpu"]
    argv += [f"--user-data-dir={folder}", "--virtual-time-budget=8000"]
    argv += ["--enable-logging=stderr", "--dump-dom", url]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout, done.stderr


@needs("chromium")
def test_the_page_signs_in_by_the_code_under_its_own_policy(site: Site, tmp_path: Path) -> None:
    document, console = browse(site.world.json("ui")["url"], tmp_path)
    assert '"status": "running"' in document
    assert f'"pid": {site.world.daemon_pid()}' in document
    assert "CONSOLE" not in console
    assert site.token not in document


@needs("chromium")
def test_a_used_code_signs_nobody_in(site: Site, tmp_path: Path) -> None:
    url = site.world.json("ui")["url"]
    browse(url, tmp_path / "first")
    document, _ = browse(url, tmp_path / "second")
    assert "was used before" in document
    assert '"pid"' not in document


@needs("chromium")
def test_a_foreign_page_gets_nothing_even_with_the_token(site: Site, tmp_path: Path) -> None:
    text = _FOREIGN.replace("URL", site.url).replace("TOKEN", site.token)
    with page(text) as url:
        document, _ = browse(url, tmp_path)
    seen = json.loads(html.unescape(document.partition('id="seen">')[2].partition("</pre>")[0]))
    assert seen.pop("simple") in ("failed", "opaque")
    assert seen == {"bearer": "failed", "socket": "failed"}
    # It was our answer, and not that the browser kept it back.
    assert 'ringlet_http_responses_total{status="403"}' in site.ask("GET", "/metrics").text
