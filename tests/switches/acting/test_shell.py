"""Shown commands do to the shell and to kubectl what they say, whatever an object is called."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from opsconsole.switches.shell import kubectl, shell
from opsconsole.text import clean_line

NAMES = [
    "--all",
    "-A",
    "--",
    "-",
    "$(reboot)",
    "`reboot`",
    "a; reboot",
    "a' && reboot #",
    "a\nreboot",
    "a\x9b31m",
    "a\x1b[2J",
    "a\u202eb\\",
    "a\U000e0041'",
    "*",
    "~root",
    "a b",
    "",
    "it's",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_shell_hands_on_exactly_the_name(name: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    line = "printf '%s\\0' " + shell(name)
    read = subprocess.run([bash, "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert read.stdout.decode() == name + "\0"


@pytest.mark.parametrize("name", NAMES)
def test_a_shown_command_is_one_harmless_line(name: str) -> None:
    line = kubectl("delete", "clusterrolebinding", names=[name])
    assert clean_line(line) == line


@pytest.mark.parametrize("name", ["--all", "-A", "--force", "-"])
def test_options_end_before_a_name_that_looks_like_one(name: str) -> None:
    line = kubectl("delete", "rolebinding", names=[name], options=["-n", "ops"])
    words = shlex.split(line)
    assert words[words.index("--") + 1 :] == [name]
    assert "-n" in words[: words.index("--")]


def test_an_ordinary_command_is_as_people_type_it() -> None:
    assert kubectl("delete", "pod", names=["a"], options=["-n", "b"]) == "kubectl delete pod a -n b"
