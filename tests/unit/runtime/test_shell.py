from __future__ import annotations

import base64
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.domain.errors import RingletError
from ringlet.runtime.shell import export_lines
from ringlet.runtime.shell_names import Shell

SHELLS: tuple[Shell, ...] = ("bash", "zsh", "sh", "fish", "powershell", "cmd")


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_to_export_gives_nothing(shell: Shell) -> None:
    assert export_lines({}, shell) == ""


def test_variables_keep_their_order() -> None:
    assert export_lines({"B": "1", "A": "a b"}, "sh") == "export B='1'\nexport A='a b'\n"


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


@pytest.mark.parametrize("name", ["OPTIND", "TMOUT", "COLUMNS"])
def test_variables_that_shells_compute_take_numbers_only(name: str) -> None:
    assert export_lines({name: "80"}, "zsh") == f"export {name}='80'\n"
    with pytest.raises(RingletError, match=name):
        export_lines({name: "a[$(id)]"}, "zsh")
    with pytest.raises(RingletError, match=name):
        export_lines({name: "080"}, "zsh")


@pytest.mark.parametrize("name", ["PROMPT_COMMAND", "PS1", "BASH_ENV", "ENV"])
def test_variables_that_shells_run_are_refused(name: str) -> None:
    with pytest.raises(RingletError, match=name):
        export_lines({name: "harmless"}, "bash")


_ANY = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
_HOSTILE = _ANY | st.lists(
    st.sampled_from(['"', "'", "%", "%PATH%", "^", "&", "|", "<", ">", "(", ")", "!", "$(x)", "`",
                     "\u2018", "\u2019", "/?", " ", "=", "\t", "\n", "\r", "ü", "x"]), max_size=12,
).map("".join)  # fmt: skip


@given(_HOSTILE)
def test_powershell_gets_one_quoted_text_in_plain_ascii(value: str) -> None:
    """By its grammar: in '…' nothing but a doubled quote means anything."""
    if not value:
        with pytest.raises(RingletError, match="empty"):
            export_lines({"A": value}, "powershell")
        return
    line = export_lines({"A": value}, "powershell")
    found = re.fullmatch(
        r"\$\{env:A\} = (?:'((?:[ -&(-~]|'')*)'|\[Text\.Encoding\]::UTF8\.GetString\("
        r"\[Convert\]::FromBase64String\('([A-Za-z0-9+/=]+)'\)\))\n",
        line,
    )
    assert found
    plain, encoded = found.groups()
    read = plain.replace("''", "'") if encoded is None else base64.b64decode(encoded).decode()
    assert read == value


@given(_HOSTILE)
def test_cmd_gets_one_command_that_means_the_value_or_a_refusal(value: str) -> None:
    try:
        text = export_lines({"A": value}, "cmd")
    except RingletError:
        assert not value or re.search("[\x00-\x08\x0a-\x1f]", value) or '"' in value
        return
    *head, line = text.removesuffix("\r\n").split("\r\n")
    assert head == ([] if value.isascii() else ["@chcp 65001 >nul"])
    assert _what_cmd_sets(line) == ("A", value)


def _what_cmd_sets(line: str) -> tuple[str, str]:
    """By the phases in which cmd reads a line of a batch file: percents, then quotes and carets."""
    percents = re.findall("%+", line)
    assert all(len(run) % 2 == 0 for run in percents), "a variable would be put in"
    rest, read, quoted = iter(line.replace("%%", "%")), "", False
    for character in rest:
        if character == "^" and not quoted:
            read += next(rest)
            continue
        assert quoted or character not in "&|<>()", "another command would begin"
        quoted ^= character == '"'
        read += character
    words = read.removeprefix("@set ")
    assert words != read
    if words.startswith('"'):
        words = words[1:].rpartition('"')[0]
    name, _, value = words.partition("=")
    return name, value


@pytest.mark.parametrize("shell", ["powershell", "cmd"])
def test_bytes_that_are_no_text_are_refused_where_only_text_can_be(shell: Shell) -> None:
    with pytest.raises(RingletError, match="not text"):
        export_lines({"A": os.fsdecode(b"\xff")}, shell)


def test_cmd_is_spared_what_does_not_fit_into_a_line() -> None:
    with pytest.raises(RingletError, match="too long"):
        export_lines({"A": "x" * 100_000}, "cmd")


@pytest.mark.parametrize("shell", SHELLS)
def test_half_a_character_is_refused(shell: Shell) -> None:
    with pytest.raises(RingletError):
        export_lines({"A": "\ud800"}, shell)
