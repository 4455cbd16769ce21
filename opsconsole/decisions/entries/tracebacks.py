"""Puts tracebacks together: of Python, Java, .NET, Node, Go, Rust, Ruby, PHP and Elixir, each is one entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from opsconsole.decisions.message.lines import blocks, bodies, keylines, panels
from opsconsole.patterns import late

MAX_LINES = 500
MAX_CHARACTERS = 64 * 1024
"""A longer traceback is given out in pieces."""

_HEAD = r"\[?\d{4}[-/]\d\d[-/]\d\d|[IWEF]\d{4} |\{|[A-Z]{4,8}[: ]|[a-z_]+=\S+ "


_JS_ERROR = r"(?:Uncaught )?(?:[A-Z]\w{0,60})?Error(?: \[\w{1,60}\])?: "


class Style(NamedTuple):
    """How a language prints a stack: what begins it, what goes on with it, and what ends it (and belongs to it)."""

    name: str
    begins: re.Pattern[str]
    goes_on: re.Pattern[str]
    ends: re.Pattern[str] | None
    sample: str


STYLES: tuple[Style, ...] = (
    Style(
        "Python",
        late(r"(?:.{0,200} )?(?:Traceback \(most recent call last\)|Exception Group Traceback.*):$"),
        late(rf"(?!{_HEAD})"),
        late(r"[A-Za-z_][\w.]*(?::(?=\s|$)|$)"),
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: x',
    ),
    Style(
        "Java, .NET, Node",
        late(
            r"(?:.{0,200} )?(?:java|javax|jakarta|org|com|io|net|scala|kotlin|akka|System|Microsoft)\.[\w$.]*"
            r"(?:Exception|Error|Throwable)\b|Exception in thread |"
            r"Unhandled exception[.:]|Uncaught [A-Z]\w*Error: "
        ),
        late(
            r"\s+at |Caused by: |\s+\.{3} \d+ |\s+Suppressed: |\s*-{3} |\s+in <|"
            r"HTTP response |Response (?:body|headers): "
        ),
        None,
        "java.lang.IllegalStateException: x\n\tat a.B.c(B.java:1)",
    ),
    Style(
        "Go, Rust",
        late(r"panic: |fatal error: |goroutine \d+ \[|thread '.{0,100}' panicked at "),
        late(
            r"\s|$|goroutine \d+ |[\w./*()\[\]{}-]+\(.*\)|created by |exit status |\[signal |"
            r"stack backtrace|note: |called "
        ),
        None,
        "panic: x\n\ngoroutine 1 [running]:\nmain.f(...)\n\t/a.go:1 +0x1",
    ),
    Style(
        "Node, with the line of source before",
        late(r"(?:file://)?/\S{1,300}\.[cm]?[jt]sx?:\d+$"),
        late(rf"\s|$|\}}|{_JS_ERROR}|Node\.js v\d"),
        None,
        "/app/a.js:3\n  throw new Error('x')\n  ^\n\nError: x\n    at f (/app/a.js:3:9)\n\nNode.js v20.1.0",
    ),
    Style(
        "Node",
        late(rf"(?:.{{0,200}} )?{_JS_ERROR}"),
        late(r"\s+at |\s+\w+: .{1,200}$|\s+\[cause\]|\}$"),
        None,
        "TypeError: x is not a function\n    at f (/app/a.js:3:9)\n    at main (/app/b.js:1:1)",
    ),
    Style(
        "Ruby",
        late(r"(?:.{0,200} )?\S{1,200}\.rb:\d+:in [`'].{0,500}\(\w+(?:::\w+)*\)$"),
        late(r"\s+(?:\d+: )?from \S|\S{1,200}\.rb:\d+:in "),
        None,
        "/app/a.rb:3:in `f': x (RuntimeError)\n\tfrom /app/b.rb:1:in `<main>'",
    ),
    Style(
        "PHP",
        late(r"(?:.{0,200} )?(?:PHP )?(?:Fatal|Recoverable fatal) error: +Uncaught "),
        late(r"(?:PHP )?Stack trace:$|(?:PHP +\d+\. )|#\d+ |\s+thrown in "),
        None,
        "PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 {main}\n  thrown in /a.php on line 3",
    ),
    Style(
        "Elixir",
        late(r"(?:.{0,200} )?(?:\*\* \([A-Z][\w.]*\) |(?:GenServer|Task|Process) \S{1,200} (?:terminating|raised))"),
        late(r"\*\* \([A-Z]|\s+\([\w.]+ [\d.]+\S*\) |\s+\S+\.exs?:\d+: |Last message|State: |Function: |\s+Args: "),
        None,
        "** (RuntimeError) x\n    (app 0.1.0) lib/a.ex:3: A.f/1\n    (stdlib 5.0) proc_lib.erl:241: :proc_lib.init_p/3",
    ),
)

_SIGNS = (
    *("Traceback", "xception", "Error", "Throwable", "panic", "atal error", "goroutine ", ".rb:", "** ("),
    *(
        "terminating",
        "raised",
        "Action:",
        "Using tool:",
        "Suggested ",
        "Tool Calls:",
        "<<",
        " FUNCTION ",
        "╭─",
        "┌",
        'Release "',
    ),
)
_PLACE = late(r"\.[cm]?[jt]sx?:\d+$")


_TIMES = ("ti", "ts", "da", "wh")
"""How the names of a time begin."""


def _may_begin(text: str) -> bool:
    """Does a line hold what every first line of a traceback holds? Most lines hold none of it, and are asked once."""
    for sign in _SIGNS:  # every line comes by: a loop takes half the time of any()
        if sign in text:
            return True
    if text.endswith((":", " with", " run)", "-run)", "***")) or text[4:6] == ": ":
        return True
    return text[-1:].isalnum() and (text[:2] in _TIMES or _PLACE.search(text) is not None)


REACT = Style(
    "an agent's action",
    late(
        r"(?:.{0,200} )?(?:Action|Using tool): *[\w.-]{1,200}(?: [\w.-]{1,40}){0,5}$|"
        r"\*+ Suggested (?:function|tool) call(?: \([^)]{1,200}\))?: *[\w.-]{1,200} *\*+$|"
        r">+ EXECUT(?:ING|ED) (?:ASYNC )?FUNCTION [\w.-]{1,200}\.{3}$"
    ),
    late(
        r"(?:.{0,120} )?Action Input: *\S|(?:#+ )?Tool Input: *\"?\{|"
        r"Call ID: \S{1,200}$|Input arguments: *\{|Output:$|"
        r"(?:Arguments|(?:#+ )?Tool (?:Input|Output)): *$|\"?\{.*\}\"?$|\*+$"
    ),
    None,
    'Action: delete_pod\nAction Input: {"name": "a"}',
)
"""Agents write what they call on one line and what with on the next: LangChain, CrewAI, AutoGen."""

_NEXT_STEP = late(r"\s*$|#+ |\{|\[?\d{4}-\d\d-\d\d")

HEREDOC = Style(
    "a manifest that a command is given",
    late(r".{0,300}\b(?:kubectl|oc) .{1,300}-f -.{0,40}<<-? ?['\"]?[A-Z][A-Z_]{1,20}['\"]?\s*$"),
    late(rf"(?!{_HEAD}).*"),
    late(r"[A-Z][A-Z_]{1,20}$"),
    "kubectl apply -f - <<EOF\nkind: Pod\nmetadata:\n  name: a\nEOF",
)
"""A command with its manifest below it, as shells are given them."""

PATCH = Style(
    "a patch or a diff below what it is of",
    bodies.BEGINS,
    bodies.GOES_ON,
    None,
    "patching deployment/shop/web with\nspec:\n  replicas: 5",
)
"""A patch as YAML, or a unified diff, below the line that tells whose it is."""

PANEL = Style(
    "an agent's panel",
    panels.BEGINS,
    panels.GOES_ON,
    None,
    "╭─ Final Answer ─╮\n│ done │\n╰─╯",
)
"""What CrewAI draws around each step of an agent."""

BOX = Style(
    "an entry of Julia's, with its keys in a box",
    late(r"┌ (?:Debug|Info|Warning|Error): "),
    keylines.BOXED,
    late(r"└"),
    '┌ Info: setting memory limit\n│   deployment = "a"\n└ @ Main a.jl:3',
)
"""What Julia's console logger draws around an entry that has values or a place."""

PRINTED_CALLS = Style(
    "an agent's calls, printed",
    late(r"Tool Calls:\s*$"),
    late(r"\s+\S"),
    None,
    "Tool Calls:\n  delete_pod (call_1)\n Call ID: call_1\n  Args:\n    name: a",
)
"""LangChain's pretty print of a message that calls tools."""

BLOCK = Style(
    "keys and values, one a line",
    late(r"(?:time|timestamp|ts|date|when): *\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*$"),
    late(r"[A-Za-z][\w ./-]{0,40}: *\S.{0,2000}$|-{3,}$"),
    late(r"-{3,}$"),
    "time: 2026-08-12 09:14:02\nlevel: info\nevent: restarted\nworkload: Deployment shop/web\n---",
)
"""An entry of several lines, as programs write it that print YAML."""

DOTNET = Style(
    ".NET's console",
    blocks.DOTNET_BEGINS,
    blocks.DOTNET_GOES_ON,
    None,
    "info: Acme.Worker[0]\n      Scaled deployment shop/web to 3",
)
"""A head with the level and the logger, and the message below it."""

TASK = Style(
    "an Ansible task",
    blocks.TASK_BEGINS,
    blocks.TASK_GOES_ON,
    None,
    "TASK [Drain node n-1] ***\nskipping: [localhost]",
)
PLAN = Style(
    "Terraform's plan for a resource",
    blocks.PLAN_BEGINS,
    blocks.PLAN_GOES_ON,
    blocks.PLAN_ENDS,
    '  # a_b.c will be updated in-place\n  ~ resource "a_b" "c" {\n      ~ replicas = 3 -> 5\n    }',
)
ASKS = Style(
    "commands that wait for a person",
    blocks.ASKS_BEGINS,
    blocks.ASKS_GOES_ON,
    None,
    "The following commands require your approval to run:\n* kubectl delete pod a -n b",
)

HELM = Style(
    "what Helm prints of a release",
    blocks.HELM_BEGINS,
    blocks.HELM_GOES_ON,
    None,
    'Release "web" has been upgraded. Happy Helming!\nNAME: web\nNAMESPACE: shop\nSTATUS: deployed',
)

_CHAINED = late(
    r"\s*$|During handling of the above|The above exception was|Traceback \(most|"
    r"Reason: |HTTP response (?:headers|body): "
)


_TAKES: dict[str, Callable[[list[str], str], bool]] = {
    PATCH.name: bodies.goes_on,
    BOX.name: keylines.goes_on_box,
    DOTNET.name: blocks.goes_on_dotnet,
    PLAN.name: blocks.goes_on_plan,
    ASKS.name: blocks.goes_on_asking,
}
"""What more is asked of a line, by those above it, before it is taken: in doubt it is an entry of its own."""
_BEGINNING = (BOX, *STYLES, REACT, HEREDOC, PRINTED_CALLS, BLOCK, PATCH, PANEL, DOTNET, TASK, ASKS, PLAN, HELM)


class Tracebacks:
    """Collects the traceback of one source. Lines that are none come back from :meth:`feed` as they are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._style: Style | None = None
        self._ended = False
        self._characters = 0

    @property
    def waiting(self) -> bool:
        """Has a traceback begun that may go on?"""
        return bool(self.lines)

    def takes(self, text: str) -> bool:
        """Take the line if it begins or goes on with a traceback; false: it is another entry, and this one is over."""
        if self._style is not None:
            return self._goes_on(self._style, text)
        if len(text) > 2_000 or text[:1] == "{":
            return False
        indented = text[:1] in (" ", "\t")
        if not (blocks.may_begin(text) if indented else _may_begin(text)):
            return False
        for style in (PLAN, ASKS) if indented else _BEGINNING:
            if style.begins.match(text):
                self._style = style
                self._add(text)
                return True
        return False

    def take(self) -> str:
        """The whole text of what was collected."""
        text = "\n".join(self.lines).rstrip()
        self.lines, self._style, self._ended, self._characters = [], None, False, 0
        return text

    def _goes_on(self, style: Style, text: str) -> bool:
        if len(self.lines) >= MAX_LINES or self._characters + len(text) > MAX_CHARACTERS:
            return False
        if style is PATCH and len(self.lines) == 1 and ASKS.goes_on.match(text) and ASKS.begins.match(self.lines[0]):
            style = self._style = ASKS  # "Proposed change:" over a command, and not over a patch
        takes = _TAKES.get(style.name)
        if takes is not None and not takes(self.lines, text):
            return False
        if self._ended:
            if not _CHAINED.match(text) or takes is not None:
                return False
            self._ended = "Traceback" not in text
        elif self._answers(style, text):
            self._ended = True
        elif not style.goes_on.match(text) or (style is REACT and text[:1] == "{" and not self._asks()):
            return False
        elif style.ends is not None and style.ends.match(text) and len(self.lines) > 1:
            self._ended = True
        self._add(text)
        return True

    def _answers(self, style: Style, text: str) -> bool:
        """Is it the line that a tool has answered with?"""
        last = self.lines[-1].rstrip()
        return style is REACT and last.endswith("Output:") and not _NEXT_STEP.match(text)

    def _asks(self) -> bool:
        """Does the last line end as one that arguments follow?"""
        return self.lines[-1].rstrip().endswith(":")

    def _add(self, text: str) -> None:
        self.lines.append(text)
        self._characters += len(text) + 1
