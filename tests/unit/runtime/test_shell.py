from __future__ import annotations

import pytest

from ringlet.domain.errors import RingletError
from ringlet.runtime.shell import Shell, export_lines

SHELLS: tuple[Shell, ...] = ("bash", "zsh", "sh", "fish", "powershell")


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_to_export_gives_nothing(shell: Shell) -> None:
    assert export_lines({}, shell) == ""


def test_variables_keep_their_order() -> None:
    assert export_lines({"B": "1", "A": "a b"}, "sh") == "export B=1\nexport A='a b'\n"


def test_powershell_doubles_every_kind_of_single_quote() -> None:
    assert export_lines({"A": "it's $(a) \u2018b\u2019"}, "powershell") == (
        "${env:A} = 'it''s $(a) \u2018\u2018b\u2019\u2019'\n"
    )


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["", "A B", "A;reboot", "1A", "A=$(id)", "A\n", "Ä", "$A"])
def test_a_name_that_is_not_portable_is_refused(shell: Shell, name: str) -> None:
    with pytest.raises(RingletError, match="not the name"):
        export_lines({name: "value"}, shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_nul_is_refused_without_showing_the_value(shell: Shell) -> None:
    with pytest.raises(RingletError) as caught:
        export_lines({"A": "hush\0"}, shell)
    assert "hush" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("name", ["RANDOM", "HISTCMD", "SECONDS", "COLUMNS"])
def test_variables_that_shells_compute_take_numbers_only(name: str) -> None:
    assert export_lines({name: "80"}, "zsh") == f"export {name}=80\n"
    with pytest.raises(RingletError, match=name):
        export_lines({name: "a[$(id)]"}, "zsh")


@pytest.mark.parametrize("name", ["PROMPT_COMMAND", "PS1", "BASH_ENV", "ENV"])
def test_variables_that_shells_run_are_refused(name: str) -> None:
    with pytest.raises(RingletError, match=name):
        export_lines({name: "harmless"}, "bash")
