"""Entries of several lines: of .NET's console, Ansible's tasks, Terraform's plans, commands that wait for a person."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.decisions.message.lines import own_lines
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject

DOTNET_BEGINS = late(r"(?P<level>trce|dbug|info|warn|fail|crit): (?P<logger>[A-Za-z][\w.+`<>-]{0,200})\[-?\d{1,9}\]$")
DOTNET_GOES_ON = late(r" {6,9}\S")
_STACK = late(
    r" {6,9}(?:at [\w.<>`+$\[\],|]{1,300}\([\w.<>`&*?\[\], ]{0,300}\)(?: in \S{1,300}:line \d{1,6})?|"
    r"--- End of .{0,60}---|(?:---> )?[A-Za-z][\w.`]{0,200}(?:Exception|Error)(?:: \w{1,40}\.?)?)$"
)
TASK_BEGINS = late(r"(?:TASK|RUNNING HANDLER) \[(?P<title>.{1,300})\] \*{3,}$")
TASK_GOES_ON = late(
    r"(?P<told>ok|skipping|changed|fatal|failed): \[[\w.-]{1,200}(?: -> [\w.-]{1,200})?\]:?(?P<behind>(?: .*)?)$|"
    r"\.\.\.ignoring$"
)
"""What became of a task on each host, and what the module answered there."""
PLAN_BEGINS = late(
    r"\s{0,4}# (?:module\.)?[a-z][\w.\[\]\"/-]{2,300} "
    r"(?:will be (?:created|destroyed|updated in-place|replaced(?:, as requested)?|imported)|must be replaced)$"
)
_PLANNED = late(r"\s*(?:[~+-]|-/\+|\+/-)? ?resource \"")
"""What stands right below the line that tells what becomes of a resource."""
_VALUE = (
    r"(?:\"[^\"]{0,300}\"|-?\d[\w.]{0,30}|true|false|null|\((?:known after apply|sensitive value)\)|"
    r"[\[{]|\[\]|\{\}|(?:json|yaml)encode\()"
)
PLAN_GOES_ON = late(
    rf"\s*$|\s{{2,}}(?:[~+-]|-/\+|\+/-)? ?(?:(?:[\w-]{{1,60}}(?: \"[\w.-]{{1,200}}\"){{0,2}} \{{|"
    rf"\"?[\w./-]{{1,200}}\"? *= {_VALUE}(?: -> {_VALUE})?)(?: *# forces replacement)?,?$|"
    rf"[}}\])]+(?: -> {_VALUE})?,?$|-> {_VALUE}$|\"[^\"]{{0,300}}\",?$|# \(\d{{1,6}} unchanged \w{{1,40}} hidden\)$)"
)
PLAN_ENDS = late(r" {4}\}$")
_QUOTED = late(r"\"([^\"]{0,300})\"")
_ADVISED = (
    r"(?:(?:suggested|proposed|recommended|possible) |next (?=\w{1,20} \())(?:quick |next |immediate )?(?:"
    r"(?:fix|remedy|solution|mitigation|workaround|change)(?:e?s)?|"
    r"(?:fix|remedy|solution|mitigation|workaround|command|action|step|change)(?:e?s)? "
    r"\((?:not (?:run|executed|applied)|(?:needs?|requires?|awaiting|pending) [\w ]{1,40})\))"
)
"""What stands below "Recommended action:" alone many an agent runs next."""
ASKS_BEGINS = late(
    rf"\s{{0,4}}{_ADVISED}:\s*$|"
    r"\s{0,4}(?:The following |The |These |This )?(?:proposed |planned |suggested )?"
    r"(?:commands?|actions?|steps?|changes?|operations?|calls?) (?:below |that )?"
    r"(?:(?:requires?|needs?|awaits?|is awaiting|are awaiting|waits? for|is waiting for|are waiting for) "
    r"(?:your |human |manual |an? )*(?:approval|confirmation|sign-off)|must be (?:approved|confirmed))"
    r"(?: (?:to run|first|before (?:it is|they are) run))?:\s*$",
    re.IGNORECASE,
)
_SUGGESTS = late(r"\s{0,4}(?:suggest|propos|recommend|possible|next)", re.IGNORECASE)
ASKS_GOES_ON = late(r"(?:\s*(?:[-*•]|\d{1,3}[.)])| )\s+[`$]?\s*(?:kubectl|oc|helm) [\w ./=:,@{}\[\]\"'-]{1,300}`?$")
HELM_BEGINS = late(
    r"Release \"(?P<name>[a-z0-9][\w.-]{0,52})\" (?:(?P<done>has been upgraded\. Happy Helming!)|"
    r"does not exist\. Installing it now\.)\s*$"
)
HELM_GOES_ON = late(
    r"NAME: [\w.-]{1,53}\s*$|NAMESPACE: (?P<space>[a-z0-9-]{1,63})\s*$|STATUS: (?P<status>[a-z-]{1,30})\s*$|"
    r"LAST DEPLOYED: [\w: ]{1,40}$|REVISION: \d{1,9}\s*$|TEST SUITE: None\s*$"
)
"""What Helm prints below a release that it has upgraded, or installs."""
_RAN = late(r"\b(?:done|ran|executed|finished|succeeded|ok|already|approved|confirmed)\b", re.IGNORECASE)
_MOST_ASKED = 16
"""Commands of one list; what comes behind them is read by itself."""
_LEVELS = {
    "trce": "TRACE",
    "dbug": "DEBUG",
    "info": "INFO",
    "warn": "WARNING",
    "fail": "ERROR",
    "crit": "CRITICAL",
}


class PrintedBlock(NamedTuple):
    """What such an entry says in one line, with its level and logger, and the values that stand below it.

    ``more`` are lines of it that say something by themselves.
    """

    text: str
    level: str = ""
    logger: str = ""
    changes: JsonObject | None = None
    more: tuple[str, ...] = ()


def goes_on_dotnet(lines: list[str], text: str) -> bool:
    """One line is the message; below it stand an exception and its stack."""
    return len(lines) == 1 or (_STACK.match(text) is not None and not own_lines.tells(text))


def goes_on_plan(lines: list[str], text: str) -> bool:
    """Right below stands the resource; a string that may tell of a deed is none of a plan."""
    if len(lines) == 1:
        return _PLANNED.match(text) is not None
    return not any(" " in quoted or own_lines.tells(quoted) for quoted in _QUOTED.findall(text))


def goes_on_asking(lines: list[str], text: str) -> bool:
    """A command that was not run yet, of not too many."""
    return len(lines) <= _MOST_ASKED and not own_lines.done(text) and _RAN.search(text) is None


def may_begin(text: str) -> bool:
    """May a line begin one of those that are indented?"""
    return (text.endswith(":") and ("pprov" in text or _SUGGESTS.match(text) is not None)) or " be " in text


def read(text: str) -> PrintedBlock | None:
    """The entry in one line; ``None`` where it is none of these, or only its first line came."""
    first, *rest = text.split("\n")
    if first[4:6] == ": " and (head := DOTNET_BEGINS.match(first)) is not None:
        return _of_dotnet(head, rest)
    if first.endswith("***") and (task := TASK_BEGINS.match(first)) is not None:
        return _of_task(task["title"], rest)
    if PLAN_BEGINS.match(first) is not None:
        return PrintedBlock(first.strip(), changes=_changes(rest))
    if (release := HELM_BEGINS.match(first)) is not None and rest:
        return _of_helm(release, rest)
    return PrintedBlock(text) if ASKS_BEGINS.match(first) is not None else None


def _of_helm(release: re.Match[str], rest: list[str]) -> PrintedBlock:
    """A release with the namespace and the status that stand below it."""
    told = [match for line in rest if (match := HELM_GOES_ON.match(line)) is not None]
    space = next((match["space"] for match in told if match["space"]), "")
    status = next((match["status"] for match in told if match["status"]), "")
    whom = f"release {release['name']}" + (f" in namespace {space}" if space else "")
    if status not in ("", "deployed"):
        return PrintedBlock(f"{'Failed to upgrade' if status == 'failed' else 'Upgrading'} {whom}")
    return PrintedBlock(f"{'Upgraded' if release['done'] else 'Deployed'} {whom}")


def _of_dotnet(head: re.Match[str], rest: list[str]) -> PrintedBlock:
    """The message below its head; of a function that failed without its name, the logger is it."""
    said = rest[0].strip() if rest else ""
    name = re.split(r"[.-]", head["logger"])[-1]
    if _FAILED.match(said) and verbs.of_call(name) is not None:
        said = f"tool {name[:1].lower()}{name[1:]} failed: {said}"
    return PrintedBlock(said, _LEVELS[head["level"]], head["logger"])


_FAILED = late(r"(?:The )?(?:[Ff]unction|[Tt]ool|[Cc]all|[Ii]nvocation) (?:has )?failed\b")
_FAILED_WITH = late(r"(?:(?:FAILED|UNREACHABLE)! )?=> (?P<answer>\{.*\})$")
_ANSWERED = frozenset(("changed", "msg", "status", "reason", "unreachable", "rc", "attempts"))
"""Keys of what a module answers that has failed."""
_ITEM = late(r"(?: =>)? \(item=[\w./:@-]{1,300}\)")


def _reason(answer: str) -> str:
    """Why a module has failed; empty where it may have changed something, or tells more than that."""
    known = nested(answer)
    if known is None or not _ANSWERED.issuperset(known) or known.get("changed") not in (None, False):
        return ""
    reason = str(known.get("msg") or "unknown")
    return "" if own_lines.done(reason) else reason


def _of_task(title: str, rest: list[str]) -> PrintedBlock:
    """A task with what became of it: on one host done is done. What a module answered is read by itself."""
    told: set[str] = set()
    more: list[str] = []
    why = ""
    for line in rest:
        match = TASK_GOES_ON.match(line)
        if match is None or match["told"] is None:
            continue
        told.add(match["told"])
        behind = _ITEM.sub("", match["behind"], count=1).strip()
        if match["told"] not in ("fatal", "failed"):
            more += [line] if behind else []
        elif (failed := _FAILED_WITH.match(behind)) is not None and (reason := _reason(failed["answer"])):
            why = why or f": {reason}"
        else:
            more.append(line)
    return PrintedBlock(_outcome(title, told, why), more=tuple(more))


def _outcome(title: str, told: set[str], why: str) -> str:
    if "changed" in told:
        return f"Completed: {title}"
    if why:
        return f"{title} failed{why}"
    return f"{title} skipped" if told == {"skipping"} else title


_CHANGE = late(
    r"\s*~ \"?(?P<key>[a-z_]\w{1,60})\"? += (?P<before>\"[^\"]{1,300}\"|\S{1,100}) -> "
    r"(?P<after>\"[^\"]{1,300}\"|\S{1,100})"
)
_PART = late(r"\s*~ (?P<part>limits|requests) +=? ?\{")
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
