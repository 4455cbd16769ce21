"""Entries of several lines: of .NET's console, Ansible's tasks, Terraform's plans, commands that wait for a person."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.decisions.words import verbs
from opsconsole.records import JsonObject

DOTNET_BEGINS = re.compile(
    r"(?P<level>trce|dbug|info|warn|fail|crit): (?P<logger>[A-Za-z][\w.+`<>-]{0,200})\[-?\d{1,9}\]$"
)
DOTNET_GOES_ON = re.compile(r" {6}\S| {6,9}at ")
TASK_BEGINS = re.compile(r"(?:TASK|RUNNING HANDLER) \[(?P<title>.{1,300})\] \*{3,}$")
TASK_GOES_ON = re.compile(
    r"(?:ok|skipping): \[[^\]]{1,200}\](?: \(item=.{0,300}\))?(?: => .*)?$|changed: \[[^\]]{1,200}\]$|"
    r"(?:fatal|failed): \[[^\]]{1,200}\].*$|\.\.\.ignoring$"
)
"""What became of a task on each host. A change that is told with what the module answered is an entry of its own."""
PLAN_BEGINS = re.compile(r"\s{0,4}# (?:module\.)?[a-z][\w.\[\]\"/-]{2,300} (?:will|must) be [a-z -]{3,60}$")
PLANNED = re.compile(r"\s*(?:[~+-]|-/\+|\+/-|<=)? ?(?:resource|data) \"")
"""What stands right below the line that tells what becomes of a resource."""
PLAN_GOES_ON = re.compile(
    r"\s*$|\s{2,}(?:[~+-]|-/\+|\+/-|<=)? ?(?:(?:resource|data) \"|[\w.\"/-]{1,200} *(?:=|\{$|\{ *#)|[}\])]+,?$|"
    r"# (?:\(|forces|Warning)|->|\"[^\"]{0,300}\",?$)"
)
ASKS_BEGINS = re.compile(
    r"\s{0,4}(?:[A-Z][\w' ]{0,60} )?(?:commands?|actions?|steps?|changes?|operations?|calls?)\b[\w' ]{0,60}? "
    r"(?:(?:requires?|needs?|awaits?|is awaiting|are awaiting|waits? for|waiting for) (?:your |human |manual |an? )*"
    r"(?:approval|confirmation|sign-off)|(?:must|should|have to|need to) be (?:approved|confirmed))[\w' ]{0,40}:\s*$",
    re.IGNORECASE,
)
ASKS_GOES_ON = re.compile(r"\s*$|\s*(?:[-*•]|\d{1,3}[.)])\s+(?!yes\b|no\b)\S", re.IGNORECASE)
_LEVELS = {
    "trce": "TRACE",
    "dbug": "DEBUG",
    "info": "INFO",
    "warn": "WARNING",
    "fail": "ERROR",
    "crit": "CRITICAL",
}


class PrintedBlock(NamedTuple):
    """What such an entry says in one line, with its level and logger, and the values that stand below it."""

    text: str
    level: str = ""
    logger: str = ""
    changes: JsonObject | None = None


def may_begin(text: str) -> bool:
    """May a line begin one of those that are indented?"""
    return (text.endswith(":") and "pprov" in text) or " be " in text


def read(text: str) -> PrintedBlock | None:
    """The entry in one line; ``None`` where it is none of these, or only its first line came."""
    first, *rest = text.split("\n")
    if first[4:6] == ": " and (head := DOTNET_BEGINS.match(first)) is not None:
        return _of_dotnet(head, rest)
    if first.endswith("***") and (task := TASK_BEGINS.match(first)) is not None:
        return PrintedBlock(_outcome(task["title"], rest))
    if PLAN_BEGINS.match(first) is not None:
        return PrintedBlock(first.strip(), changes=_changes(rest))
    return PrintedBlock(text) if ASKS_BEGINS.match(first) is not None else None


def _of_dotnet(head: re.Match[str], rest: list[str]) -> PrintedBlock:
    """The message below its head; of a function that failed without its name, the logger is it."""
    said = rest[0].strip() if rest else ""
    name = re.split(r"[.-]", head["logger"])[-1]
    if _FAILED.match(said) and verbs.of_call(name) is not None:
        said = f"tool {name[:1].lower()}{name[1:]} failed: {said}"
    return PrintedBlock(said, _LEVELS[head["level"]], head["logger"])


_FAILED = re.compile(r"(?:The )?(?:[Ff]unction|[Tt]ool|[Cc]all|[Ii]nvocation) (?:has )?failed\b")
_MESSAGE = re.compile(r"\"msg\": \"(?P<message>(?:[^\"\\]|\\.){1,500})\"")


def _outcome(title: str, rest: list[str]) -> str:
    """A task with what became of it: on one host done is done."""
    told = [line.partition(":")[0] for line in rest]
    if "changed" in told:
        return f"{title} completed"
    bad = next((line for line in rest if line.startswith(("fatal:", "failed:"))), None)
    if bad is not None:
        why = _MESSAGE.search(bad)
        return f"{title} failed: {why['message'] if why else bad}"
    return f"{title} skipped" if told and all(each == "skipping" for each in told) else title


_CHANGE = re.compile(
    r"\s*~ \"?(?P<key>[a-z_]\w{1,60})\"? += (?P<before>\"[^\"]{1,300}\"|\S{1,100}) -> "
    r"(?P<after>\"[^\"]{1,300}\"|\S{1,100})"
)
_PART = re.compile(r"\s*~ (?P<part>limits|requests) +=? ?\{")
_PATHS = dict.fromkeys(("replicas", "desired_size", "node_count", "desired_capacity", "target_size"), "replicas")
_PATHS |= {"min_replicas": "minReplicas", "max_replicas": "maxReplicas"}
_PATHS |= {each: each for each in ("image", "memory", "cpu")}
"""The fields whose values are read, as Terraform's providers call them."""


def _changes(lines: list[str]) -> JsonObject:
    """``~ desired_size = 6 -> 5``: each known field with its values."""
    found: JsonObject = {}
    part = ""
    for line in lines:
        part = match["part"] if (match := _PART.match(line)) is not None else "" if line.strip() == "}" else part
        change = _CHANGE.match(line)
        path = _PATHS.get(change["key"]) if change is not None else None
        if change is None or path is None or change["after"] == "(known":
            continue
        sided = f"resources.{part}.{path}" if part and path in ("memory", "cpu") else path
        found.setdefault(sided, [change["before"].strip('"'), change["after"].strip('"')])
    return found
