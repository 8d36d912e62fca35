from __future__ import annotations

import pytest

from ringlet.agents.documents import parse_document
from ringlet.agents.manifests import parse_agent
from ringlet.agents.problems import ManifestError, ManifestProblem
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode
from ringlet.domain.providers import Api

GOOD = """\
id = "mine"
name = "My agent"
binary = "mine"

[profile]
strategy = "home-wrapper"
source_home = "~/.mine-profiles/{alias}"
script = "mine.rhai"
"""

GOOD_YAML = """\
id: mine
name: My agent
binary: mine
apis: [chat]
profile:
  source_home: ~/.mine-profiles/{alias}
  script: mine.rhai
detect:
  commands:
    - mine --version
"""

TASKS = GOOD + "[setup_tasks.ok]\ncommand = 'x'\n"


def parse(text: str, path: str = "mine.toml") -> Agent:
    return parse_agent(parse_document(path, text.encode()), source="here")


def problem_of(text: str, path: str = "mine.toml") -> ManifestProblem:
    with pytest.raises(ManifestError) as caught:
        parse(text, path)
    assert caught.value.code is ErrorCode.BAD_MANIFEST
    assert caught.value.problems[0].path == path
    return caught.value.problems[0]


def test_a_short_manifest_gets_the_defaults() -> None:
    agent = parse(GOOD)
    assert (agent.version_flag, agent.apis, agent.supports_hooks) == ("--version", (), False)
    assert agent.detect.timeout_secs == 20
    assert agent.source == "here"


def test_yaml_says_the_same_as_toml() -> None:
    agent = parse(GOOD_YAML, "mine.yaml")
    assert agent.apis == (Api.CHAT,)
    assert agent.detect.commands == ("mine --version",)
    assert agent.profile == parse(GOOD).profile


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n")
    assert parse(text).id == "mine"


@pytest.mark.parametrize("position", ["[hooks]\nsupports_hooks = true\n", "[hooks]\ncreate = []\n"])
def test_supports_hooks_is_accepted_after_the_hooks_table_too(position: str) -> None:
    assert parse(GOOD + position).supports_hooks is ("supports_hooks" in position)


def test_supports_hooks_at_the_top_makes_the_one_below_hooks_an_error() -> None:
    problem = problem_of("supports_hooks = true\n" + GOOD + "[hooks]\nsupports_hooks = true\n")
    assert problem.key == "hooks.supports_hooks"


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ('id = "mine"\nname = ', 2, None, "Invalid value"),
        ('id = "mine"\nname = "My', 2, None, "Unterminated string"),
        (GOOD + "[detect\ncommands = []\n", 9, None, "Expected ']'"),
        (
            GOOD + '[detect]\nfiles = "one"\n',
            10,
            "detect.files",
            "expected a list, got a text in quotes",
        ),
        (
            GOOD + "[detect]\nfiles = ['a', 3]\n",
            10,
            "detect.files[1]",
            "expected a text in quotes, got a",
        ),
        (GOOD + "detect.commands = 3\n", 9, "profile.detect", "this key is not known"),
        (
            GOOD + "[models]\ndefualt = 'x'\n",
            10,
            "models.defualt",
            "this key is not known; did you mean default?",
        ),
        (
            GOOD + "[separation]\nsince = 'new'\n",
            10,
            "separation.since",
            "it must be a version, such as 1.2.3",
        ),
        (
            GOOD + "[separation]\nargs = ['--alone', 'x']\n",
            10,
            "separation.args[1]",
            "it must be an option",
        ),
        (
            GOOD + "[separation]\nleftovers = ['../x']\n",
            10,
            "separation.leftovers[0]",
            "it must be a path inside the home, without ..",
        ),
        ("source = 'x'\n" + GOOD, 1, "source", "this key is not known"),
        ("colour = 'x'\n" + GOOD, 1, "colour", "this key is not known"),
        ("binery = 'x'\n" + GOOD, 1, "binery", "this key is not known; did you mean binary?"),
        (GOOD.replace('id = "mine"\n', ""), None, "id", "this key is required"),
        (GOOD.replace('script = "mine.rhai"\n', ""), 5, "profile.script", "this key is required"),
        (
            "apis = ['soap']\n" + GOOD,
            1,
            "apis[0]",
            "'soap' is not one of messages, responses, chat, gemini",
        ),
        (
            GOOD.replace("home-wrapper", "jail"),
            6,
            "profile.strategy",
            "'jail' is not one of home-wrapper",
        ),
        (
            GOOD + "[environment.set]\nZ = ''\nA = 1\n",
            11,
            "environment.set.A",
            "got a whole number",
        ),
        (GOOD + "[environment]\nset = { A = 1 }\n", 10, "environment.set.A", "got a whole number"),
        (TASKS + "[setup_tasks.x]\ndescription = ''\n", 11, "setup_tasks.x.command", "is required"),
        (
            TASKS + "[setup_tasks.x]\ncommand = 3\n",
            12,
            "setup_tasks.x.command",
            "got a whole number",
        ),
        (TASKS + "[setup_tasks.x]\ncommand = 'y'\nx = 3\n", 13, "setup_tasks.x.x", "is not known"),
        (TASKS + "setup_tasks.y = 3\n", 11, "setup_tasks.ok.setup_tasks", "is not known"),
        (GOOD + "id = 'again'\n[profile]\n", 10, None, "Cannot declare"),
        ("id = 'a'\nid = 'b'\n", 2, None, "Cannot overwrite a value"),
        (
            "supports_hooks = 'yes'\n" + GOOD,
            1,
            "supports_hooks",
            "expected true or false, got a text",
        ),
        (
            "hook_events = ['Start']\n" + GOOD,
            1,
            "hook_events[0]",
            "'Start' is not one of Notification, PostToolUse",
        ),
        ("profile = 3\n", 1, "profile", "expected a table, got a whole number"),
        (
            "id = 2026-01-01\n" + GOOD.split("\n", 1)[1],
            1,
            "id",
            "expected a text in quotes, got date",
        ),
    ],
)
def test_a_broken_toml_manifest_is_reported_with_line_and_key(
    text: str, line: int | None, key: str | None, message: str
) -> None:
    problem = problem_of(text)
    assert (problem.line, problem.key) == (line, key)
    assert message in problem.message


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ("id: mine\nprofile:\n\tscript: x\n", 3, None, "cannot start any token"),
        ("id: mine\nname: [unclosed\n", 3, None, "expected"),
        (GOOD_YAML.replace("mine --version", "3"), 10, "detect.commands[0]", "expected a text"),
        (GOOD_YAML + "colour: red\n", 11, "colour", "this key is not known"),
        (GOOD_YAML.replace("  script: mine.rhai\n", ""), 5, "profile.script", "is required"),
        ("- id: mine\n", None, None, "no keys at the top"),
        ("name: x\nid: 2026-13-45\n", 2, None, "month must be in 1..12"),
        (GOOD_YAML + "1: 2\n", 11, "1", "a key must be a text"),
        (
            GOOD_YAML + "environment:\n  set:\n    yes: a\n",
            12,
            "environment.set.True",
            "must be a text",
        ),
        (GOOD_YAML + "name: twice\n", 11, None, "the key name is there twice"),
        (GOOD_YAML + "  files: [a]\n  files: [b]\n", 12, None, "the key files is there twice"),
        (GOOD_YAML + "tools: *t\n", 11, None, "found undefined alias"),
        ("name: 'a\x00b'\n", 1, None, "a character that YAML forbids"),
        ("id: !!python/name:os.system\n", 1, None, "could not determine a constructor"),
        (GOOD_YAML + "supports_mcp: 'yes'\n", 11, "supports_mcp", "expected true or false"),
        ("id: ~\n", 1, "id", "expected a text in quotes, got nothing"),
        ("", None, None, "no keys at the top"),
    ],
)
def test_a_broken_yaml_manifest_is_reported_with_line_and_key(
    text: str, line: int | None, key: str | None, message: str
) -> None:
    problem = problem_of(text, "mine.yml")
    assert (problem.line, problem.key) == (line, key)
    assert message in problem.message


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "mine"', 'id = "../mine"', "id"),
        ('id = "mine"', 'id = "Mine"', "id"),
        ('name = "My agent"', 'name = " "', "name"),
        ('binary = "mine"', 'binary = "bin/mine"', "binary"),
        ('binary = "mine"', 'binary = "-mine"', "binary"),
        ('binary = "mine"', 'binary = ""', "binary"),
        ('binary = "mine"', 'binary = "mi\\u0000ne"', "binary"),
        ('binary = "mine"', 'binary = "mine"\nversion_flag = ""', "version_flag"),
        ("mine.rhai", "../mine.rhai", "profile.script"),
        ("mine.rhai", "/etc/passwd", "profile.script"),
        ("mine.rhai", "a\\\\b.rhai", "profile.script"),
        ("mine.rhai", ".rhai", "profile.script"),
        ("{alias}", "alias", "profile.source_home"),
        ("{alias}", "{alias}/{user}", "profile.source_home"),
        ("~/.mine-profiles", "~/a/../../b", "profile.source_home"),
        ("~/.mine-profiles", "profiles", "profile.source_home"),
        ("[profile]", "[profile]\ndefault_provider = 'a b'", "profile.default_provider"),
        ("[profile]", "[profile]\nrequired_env = ['A-B']", "profile.required_env"),
        ("[profile]", "[detect]\ntimeout_secs = 0\n[profile]", "detect.timeout_secs"),
        ("[profile]", "[detect]\ntimeout_secs = nan\n[profile]", "detect.timeout_secs"),
        ("[profile]", "[detect]\ncommands = ['']\n[profile]", "detect.commands[0]"),
        ("[profile]", "[detect]\ncommands = ['a \"b']\n[profile]", "detect.commands[0]"),
        ("[profile]", "[detect]\ncommands = ['./a']\n[profile]", "detect.commands[0]"),
        ("[profile]", "[environment.set]\nHOME = '/'\n[profile]", "environment.set.HOME"),
        ("[profile]", "[environment.set]\n'A=B' = '/'\n[profile]", "environment.set"),
        ("[profile]", "[prompt]\nargs = ['-p']\n[profile]", "prompt.args"),
    ],
)
def test_a_value_that_could_do_harm_is_refused_by_its_key(old: str, new: str, key: str) -> None:
    assert problem_of(GOOD.replace(old, new)).key == key


def test_deep_nesting_is_refused_instead_of_ending_the_program() -> None:
    assert problem_of("id = " + "[" * 50_000).message == "it is nested too deeply"


def test_a_file_that_is_not_utf8_is_reported_with_its_line() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_document("mine.toml", b'id = "mine"\nname = "\xff"\n')
    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (2, "it is not UTF-8")


def test_a_message_reads_like_a_compiler_and_holds_no_control_characters() -> None:
    problem = ManifestProblem("a.toml", "not \x1b[31mknown", line=3, key="x.y")
    assert str(problem) == "a.toml:3: x.y: not [31mknown"


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    wrong = GOOD.replace("id = ", "nonsense = 1\nid = ") + "\nversion_flag = 3\n"
    with pytest.raises(ManifestError) as caught:
        parse(wrong)
    assert len(caught.value.problems) == 2
    assert all(str(problem) in caught.value.message for problem in caught.value.problems)
    with pytest.raises(ManifestError) as caught:
        parse(GOOD.replace('id = "mine"', 'id = "NOT AN ID"').replace("My agent", " "))
    assert [problem.key for problem in caught.value.problems] == ["id", "name"]
