"""Which tools are given a command line, and what it is: a shell, kubectl, helm, a cloud's program."""

from __future__ import annotations

from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject

_PROGRAMS = wordset("kubectl oc helm helmfile terraform tofu pulumi argocd flux eksctl gcloud aws az istioctl kops")
_RUNS = wordset("run exec execute executor command cmd tool cli shell call raw mcp k8s invoke")
"""Words of a tool's name beside the program that it runs."""
SHELLS = wordset("bash sh shell zsh terminal powershell")
"""Words of a tool's name that is given a line to run."""
_SCRIPTED = late(rf"(?:^|[\s;&|(]){'(?:' + '|'.join(sorted(_PROGRAMS)) + ')'}\s")


def program_of(name: str) -> str:
    """The command line that a tool's name begins: ``kubectl`` → kubectl, ``run_helm`` → helm, ``helm_uninstall``."""
    words = verbs.parts(name)
    at = next((at for at, word in enumerate(words) if word in _PROGRAMS), None)
    return "" if at is None else " ".join(word for word in words[at:] if word not in _RUNS)


def _is_subcommand(value: str, arguments: JsonObject) -> bool:
    """Is it one word, whose object is told beside it: ``{"command": "cordon", "kind": "node", "name": "n-1"}``?"""
    return value in verbs.WORDS and any(key in arguments for key in ("name", "resourceType", "resource", "kind"))


def command_in(arguments: JsonObject, name: str = "") -> str:
    """The command line that a tool of that name is given; empty where it is given none."""
    for key in ("command", "cmd", "query", "code", "script", "args", "arguments", "argv"):
        value = arguments.get(key)
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            value = " ".join(value)
        if not isinstance(value, str) or (key in ("command", "cmd") and _is_subcommand(value, arguments)):
            continue
        program = program_of(name)
        if program and key not in ("query", "code", "script") and program.split()[0] not in value:
            return f"{program} {value}"
        if "kubectl" in value or key in ("command", "cmd") or (key != "query" and _SCRIPTED.search(value)):
            return value
    return ""
