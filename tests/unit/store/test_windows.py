"""What is known of Windows: where things would be, and that nothing runs there yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ringlet.store import locations

_ENVIRON = {
    "USERPROFILE": r"C:\Users\ann",
    "APPDATA": r"C:\Users\ann\AppData\Roaming",
    "LOCALAPPDATA": r"C:\Users\ann\AppData\Local",
}
# The modules that Python has on Unix only.
_UNIX = "fcntl grp pwd resource termios tty pty syslog _posixsubprocess _posixshmem".split()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locations, "IS_WINDOWS", True)


@pytest.mark.usefixtures("windows")
def test_windows_keeps_the_configuration_in_appdata() -> None:
    assert locations.config_dir(_ENVIRON) == r"C:\Users\ann\AppData\Roaming\ringlet"


@pytest.mark.usefixtures("windows")
def test_the_endpoint_of_windows_is_in_localappdata() -> None:
    config = locations.config_dir(_ENVIRON)
    endpoint = locations.default_socket(_ENVIRON, config)
    assert endpoint == r"C:\Users\ann\AppData\Local\ringlet\ringletd.ipc"
    assert locations.events_socket(endpoint).endswith(r"\ringletd.events.ipc")


@pytest.mark.usefixtures("windows")
def test_a_configuration_elsewhere_has_an_endpoint_of_its_own_on_windows() -> None:
    endpoints = {locations.default_socket(_ENVIRON, name) for name in (r"D:\one", r"D:\two")}
    assert len(endpoints) == 2
    assert r"C:\Users\ann\AppData\Local\ringlet\ringletd.ipc" not in endpoints


@pytest.mark.usefixtures("windows")
def test_without_its_variables_windows_uses_the_users_folder() -> None:
    environ = {"USERPROFILE": r"C:\Users\ann", "HOME": "/c/Users/ann"}
    config = locations.config_dir(environ)
    assert config == r"C:\Users\ann\AppData\Roaming\ringlet"
    assert locations.state_dir(environ, config) == r"C:\Users\ann\AppData\Local\ringlet"
    assert locations.runtime_dir(environ) == r"C:\Users\ann\AppData\Local\ringlet"


@pytest.mark.parametrize("entry", ["ringlet", "ringlet.daemon"])
def test_what_does_not_run_on_windows_says_so_before_it_needs_what_is_missing(entry: str) -> None:
    code = f"""
import runpy, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {_UNIX!r}:
            raise ModuleNotFoundError(name)
for name in {_UNIX!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
from ringlet.store import locations
locations.IS_WINDOWS = True
sys.argv = ["ringlet", "profiles", "list"]
runpy.run_module({entry!r}, run_name="__main__", alter_sys=True)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Ringlet does not run on Windows yet")
    assert "WSL" in done.stderr
    assert "Traceback" not in done.stderr
