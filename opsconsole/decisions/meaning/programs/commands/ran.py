"""What came of a command that has run: by its exit code, and by what it printed on its way."""

from __future__ import annotations

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import states
from opsconsole.decisions.meaning.programs.commands import kubectl
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import Mood, Ref

_PRINTED = (("stdout",), ("stdout_text",), ("result", "stdout"), ("res", "stdout"))
_LINES = 60
_LONGEST = 300
"""Lines of what a command printed, and characters of one of them, that are read."""
_MEANT = (Mood.DONE, Mood.PLANNED)
_COMMANDS = ("cmd", "command", "argv")
_SEVERAL = late(r"[;|&\n]|\bxargs\b")
"""What parts the commands of one line, of which some may have done what they should."""


def came_of(acts: list[Act], command: str, pairs: Leaves) -> list[Act]:
    """The deeds of a command with what its attributes tell of its end, and those that it printed besides."""
    if not pairs:
        return acts
    printed = _by_command(_deeds_printed(pairs), acts, command)
    if states.ended_well(pairs):
        acts = [act._replace(mood=Mood.DONE) if act.mood == Mood.PLANNED else act for act in acts]
    elif states.ended_badly(pairs) and _is_one(acts, command, pairs):
        acts = [act._replace(mood=Mood.REFUSED) if act.mood == Mood.PLANNED else act for act in acts]
    told = {(act.verb, ref.name) for act in printed if act.mood is Mood.DONE for ref in act.targets}
    acts = [act for act in acts if act.mood is not Mood.REFUSED or not told & {(act.verb, r.name) for r in act.targets}]
    known = {(act.verb, ref.name) for act in acts if act.mood is not Mood.REFUSED for ref in act.targets}
    return acts + [act for act in printed if not known & {(act.verb, ref.name) for ref in act.targets}]


def every_line(acts: list[Act], pairs: Leaves) -> list[Act]:
    """The deeds of all lines that a command printed, where these were the first of them; else the same."""
    if not any(path in _PRINTED and isinstance(leaf, str) and "\n" in leaf for path, leaf in pairs):
        return acts
    printed = _deeds_printed(pairs)
    known = {(act.verb, act.targets) for act in printed}
    return printed if all((act.verb, act.targets) in known for act in acts) else acts


def with_output(text: str) -> list[Act] | None:
    """What a command did by what it printed behind itself: ``kubectl apply -f a.yaml: service/web unchanged``.

    ``None`` where nothing stands there that ``kubectl`` prints, or more than one command before it.
    """
    match = _OUTPUT.search(text) if text.endswith(_ENDS) else None
    acts, _ = kubectl.find(text[: match.start()]) if match is not None else ([], False)
    if match is None or len(acts) != 1 or acts[0].mood not in (Mood.PLANNED, Mood.DRY_RUN):
        return None
    if match["done"] == "unchanged":
        return [] if acts[0].verb == "patch" else None
    kind = kinds.of_word(match["kind"].partition(".")[0]) or match["kind"].partition(".")[0]
    targets = acts[0].targets or (Ref(kind, "", match["name"]),)
    mood = Mood.DRY_RUN if match["dry"] else Mood.DONE
    return [acts[0]._replace(targets=targets, mood=mood if acts[0].mood is Mood.PLANNED else Mood.DRY_RUN)]


_DID = (
    "configured", "created", "deleted", "scaled", "restarted", "patched", "labeled", "annotated", "replaced",
    "unchanged", "pruned", "edited", "cordoned", "uncordoned", "drained", "evicted", "tainted",
)  # fmt: skip
_ENDS = (*_DID, " run)", " updated")
_OUTPUT = late(
    r"(?:: | -> | => )(?P<kind>[a-z][a-z0-9.-]{1,80})(?:/| \")(?P<name>[a-z0-9][\w.-]{0,252})\"? "
    rf"(?P<done>{'|'.join(_DID)}|[a-z ]{{3,30}} updated)(?P<dry> \((?:server )?dry run\))?$"
)
"""What ``kubectl`` prints of an object."""


def _is_one(acts: list[Act], command: str, pairs: Leaves) -> bool:
    """Is it a command alone, that does one thing to one object? Of several, some may be as they were wanted."""
    ran = " ".join(str(leaf) for path, leaf in pairs if path and path[0] in _COMMANDS)
    if ran and "".join(ran.split()) not in "".join(command.split()):
        return False  # another command has ended so
    return len(acts) == 1 and len(acts[0].targets) < 2 and _SEVERAL.search(command) is None


def _by_command(printed: list[Act], acts: list[Act], command: str) -> list[Act]:
    """The printed deeds that a command can have done: a log that it shows tells of others'."""
    if _SEVERAL.search(command):
        return []
    does = {act.verb for act in acts}
    does |= {"cordon", "evict", "delete"} if "drain" in does else set()
    return [act for act in printed if act.verb in does]


def _deeds_printed(pairs: Leaves) -> list[Act]:
    """The deeds with named objects that the lines of an output tell: ``evicting pod shop/web-1``."""
    text = next((leaf for path, leaf in pairs if path in _PRINTED and isinstance(leaf, str)), "")
    lines = [line.strip() for line in text.split("\n")[:_LINES] if len(line) < _LONGEST]
    context = sentences.SentenceContext([])
    found = [act for line in lines if sentences.hints(line) for act in sentences.read(line, context)]
    return [act for act in found if act.mood in _MEANT and any(ref.name for ref in act.targets)]
