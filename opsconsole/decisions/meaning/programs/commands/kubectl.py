"""``kubectl`` by its words: what a command does, to which objects, with which values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordset
from opsconsole.decoding import loads
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood, Ref

MOST = 20
LONGEST = 16 * 1024
"""Commands of one text, and its characters that are read."""

MOST_WORDS = 200
"""Words read of one command."""

_START = late(r"(?<![\w/.-])(?:/\S{0,200}/)?(?:kubectl|oc)\s+(?=[-a-z])")
_WORD = late(r"""(?:[^\s"'`;|&]+|"(?:[^"\\]|\\.)*"|'[^']*')+""")
_VALUED = wordset(
    "n namespace l selector replicas limits requests c containers container p patch type f filename context "
    "kubeconfig cluster user o output grace-period timeout min max cpu-percent to-revision field-manager as as- "
    "group image s server token field-selector k kustomize current-replicas resource-version subresource cascade "
    "from"
)
_VERBS = {
    "scale": "scale",
    "autoscale": "create",
    "delete": "delete",
    "patch": "patch",
    "drain": "drain",
    "cordon": "cordon",
    "uncordon": "uncordon",
    "taint": "taint",
    "apply": "patch",
    "replace": "patch",
    "edit": "patch",
    "set": "patch",
    "annotate": "patch",
    "label": "patch",
    "create": "create",
    "run": "create",
    "expose": "create",
}
_ROLLOUT = {"restart": "restart", "undo": "rollback", "pause": "patch", "resume": "patch"}
_NODES = ("drain", "cordon", "uncordon")
_NAMES_KINDS = wordset("delete patch edit annotate label scale")
_RESOURCE = late(r"[a-z][a-z0-9]{2,62}(?:\.[a-z0-9.-]{1,200})?")
"""A resource that no table knows: ``peerauthentications``, ``widgets.example.com``."""

_TAINT = late(r"([\w./-]{1,253})(?:=([\w.-]{0,63}))?:(NoSchedule|PreferNoSchedule|NoExecute)(-?)")


def find(text: str) -> tuple[list[Act], bool]:
    """The actions of every command in a text, and whether there was a command at all (one that only reads is none)."""
    acts: list[Act] = []
    seen = False
    text = text[:LONGEST]
    for match, _ in zip(_START.finditer(text), range(MOST), strict=False):
        seen = True
        before = text[max(0, match.start() - 200) : match.start()]
        words, end = _words(text, match.end())
        after = behind(text, match.end()) if before[-1:] == "`" else text[end : end + 100]
        after = "" if _SAFEGUARD.search(text, match.end(), end) else after  # "policy check not run" is no outcome of it
        acts += (act for act in _parse(words, before, after) if act.mood is not Mood.NONE)
    return acts, seen


def after_last(text: str) -> str:
    """What stands behind the last command of a text; empty where there is none."""
    *_, last = [None, *_START.finditer(text[:LONGEST])]
    return text[_words(text, last.end())[1] : LONGEST] if last is not None else ""


_SAFEGUARD = late(r" (?:checks?|hooks?|reviews?|approvals?|backups?)\s*$")
"""What held a command up where it was run; the words behind it tell of that, and not of the command."""


def behind(text: str, start: int) -> str:
    """What stands behind a command in back-ticks: ``was blocked by the guard``."""
    _, _, after = text[start : start + 4000].partition("`")
    return after[:100]


def _words(text: str, start: int) -> tuple[list[str], int]:
    """The words of a command, and where they end: at an operator, a back-tick, a line break, its outcome.

    Options behind an outcome are the command's all the same: ``kubectl scale deploy web to --replicas=0``.
    """
    end = next(
        (at for at in range(start, min(len(text), start + 4000)) if text[at] in "`\n"), min(len(text), start + 4000)
    )
    words: list[str] = []
    over = 0
    while start < end and len(words) < MOST_WORDS:
        match = _WORD.match(text, start, end)
        if match is None:
            if text[start] in ";|&\"'":
                break
            start += 1
            continue
        if match.group().startswith("#"):
            return words, over or end  # a comment of the shell
        if (closed := _CLOSED.fullmatch(match.group())) and not closed["word"].count("("):
            words += [closed["word"]] if closed["word"] and not over else []  # "CMD (kubectl … --replicas=0)"
            if _OPTION_NEXT.match(text, match.end(), end) is None:
                return words, over or start + len(closed["word"])
            start = match.end()
            continue
        if not over and _is_outcome(words, match.group()):
            over = start
        if not over or _OPTION.match(match.group()) or (words and _wants_value(words[-1])):
            words.append(_bare(match.group()))
        start = match.end()
        if _ENDS.fullmatch(match.group()):
            words[-1:] = [words[-1].rstrip(",.!?")] if words else []
            return words, over or start - 1
    return words, over or start


_ENDS = late(r"(?![-'\"]).*[^.,!?][.,!?]+", re.DOTALL)
"""A word behind which the sentence goes on, or ends: ``-n shop, then``, ``delete ns shop.``; not ``..``."""

_CLOSED = late(r"(?P<word>[^)'\"]*)\)[).,;:!?]*")
"""A word behind which a bracket around the command is closed."""

_OPTION_NEXT = late(r"\s+--?[A-Za-z]")
"""Options behind that bracket are read as the command's."""
_OPTION = late(r"--?[A-Za-z]")


def _wants_value(word: str) -> bool:
    return word.startswith("-") and "=" not in word and word.lstrip("-") in _VALUED


def _is_outcome(words: list[str], word: str) -> bool:
    """What stands behind a kind or an option that wants a value is a name, whatever it is called."""
    if len(words) < 2 or not (word in _OUTCOMES or word[0] == "("):
        return False
    return not (_wants_value(words[-1]) or kinds.of_word(words[-1]))


_OUTCOMES = wordset(
    "has have had were "
    "failed failed: failed, succeeded succeeded: returned exited timed rejected rejected: denied denied: was is -> "
    "=> → - — ? because to as for on in by and then then: completed finished skipped blocked aborted "
    "even if after before although though despite ignoring unless while when so with without until not nothing too"
)
"""Words behind a command in a sentence: how it went, why it is run. ``kubectl delete … failed: timeout``."""


def _bare(word: str) -> str:
    return re.sub(r"""(["'])(.*?)\1""", r"\2", word, flags=re.DOTALL) if word[-1:] in "\"'" else word


def _options(words: list[str]) -> tuple[list[str], dict[str, str]]:
    plain: list[str] = []
    given: dict[str, str] = {}
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("-") or word == "-":
            plain.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals and name in _VALUED and at < len(words):
            value = words[at]
            at += 1
        given[name] = value
    return plain, given


def _parse(words: list[str], before: str, after: str) -> Iterator[Act]:
    plain, given = _options(words)
    if not plain:
        return
    said, *rest = plain
    if said == "argo" and len(rest) > 2 and rest[0] == "rollouts":
        yield from _of_rollout(rest[1], rest[2:], given, meant(before, after, is_dry=False))
        return
    verb = _VERBS.get(said, "")
    if said == "rollout" and rest:
        said = f"rollout {rest[0]}"
        verb = _ROLLOUT.get(rest.pop(0), "")
    if said == "adm" and len(rest) > 1 and rest[0] == "drain":
        verb = "drain"
        rest.pop(0)
    if not verb:
        return
    what = (
        rest.pop(0) if said in ("set", "create") and rest and not (said == "create" and kinds.of_word(rest[0])) else ""
    )
    if what == "token" and rest:
        said, rest[0] = "create token", f"serviceaccount/{rest[0]}"
    if said == "create" and len(rest) > 2 and kinds.of_word(rest[0]) in ("Secret", "Service"):
        rest.pop(1)  # "create secret generic NAME"
    yield Act(
        verb,
        said=f"kubectl {said}",
        mood=meant(before, after, is_dry=given.get("dry-run", "none") != "none"),
        targets=tuple(_targets(said, verb, rest, given)),
        fields=tuple(_fields(said, what, rest, given)),
    )


def _of_rollout(said: str, words: list[str], given: dict[str, str], mood: Mood) -> Iterator[Act]:
    """``kubectl argo rollouts set weight checkout 50``, ``… promote checkout``."""
    verb = _OF_ROLLOUT.get(said, "")
    what = words.pop(0) if said == "set" else ""
    if not verb or not words:
        return
    fields = list(_fields("set", what, words[1:], given)) if what == "image" else []
    fields += [patches.field("weight", words[1])] if what == "weight" and len(words) > 1 else []
    target = Ref("Rollout", given.get("n") or given.get("namespace") or "", words[0])
    yield Act(verb, f"kubectl argo rollouts {said}", mood, (target,), None, tuple(fields))


_OF_ROLLOUT = {"restart": "restart", "undo": "rollback", "abort": "rollback"}
_OF_ROLLOUT |= dict.fromkeys(("set", "promote", "pause", "retry"), "patch")

_DOES = late(
    r"(?:^|[,;.:!?)]\s|\s-+\s|[-=]>\s?|\b(?:and|so|now|then|therefore|hence)\s)(?:(?:so|now|then|therefore|i|we|am|i'm)\s)*"
    r"(?:executing|running|ran|executed|applying|issuing|invoking)\b",
    re.IGNORECASE,
)
"""Where it is said that a command is run: what stands before it is no word about the command."""


def meant(before: str, after: str, *, is_dry: bool) -> Mood:
    """How a command is meant by its options, the words before it and those behind; ``Mood.NONE``: it is not run."""
    if is_dry:
        return Mood.DRY_RUN
    if (mood := remarks.of_command(before, after)) is not None:
        return mood
    if _WENT_WELL.match(after):
        return Mood.DONE
    if _DOES.search(before):
        return Mood.DRY_RUN if re.search(r"\bdry[- ]run\b", before, re.I) else Mood.PLANNED
    if re.search(
        r"\b(?:could|should|may|might|suggest\w*|recommend\w*|propose\w*|please|you can|consider|do you want|"
        r"shall i|proceed with|confirm)\b",
        before,
        re.I,
    ):
        return Mood.PROPOSED
    return Mood.DRY_RUN if re.search(r"\bwould\b|\bdry[- ]run\b", before, re.I) else Mood.PLANNED


_WENT_WELL = late(r"[`'\"]? (?:succeeded|completed|finished|returned 0\b|exited (?:with )?(?:code )?0\b)")


_GOES_ON = wordset("has have had was were is are will could cannot can")
"""Words with which a sentence goes on behind a command in it: ``kubectl delete ns a has been denied``."""


def _targets(said: str, verb: str, words: list[str], given: dict[str, str]) -> Iterator[Ref]:
    namespace = given.get("n") or given.get("namespace") or ""
    names = [word for word in words if "=" not in word and not _TAINT.fullmatch(word)]
    end = next((at for at, word in enumerate(names) if at > 1 and word in _GOES_ON), len(names))
    names = names[:end]
    if not names:
        return
    if said == "run":
        yield Ref("Pod", namespace, names[0])
        return
    if verb in _NODES:
        for name in names:
            yield Ref("Node", "", name.removeprefix("node/").removeprefix("nodes/"))
        return
    if "/" in names[0]:
        for name in names:
            kind, _, rest = name.partition("/")
            yield _ref(kinds.of_word(kind) or kind, namespace, rest)
        return
    of = [kinds.of_word(kind) for kind in names[0].split(",")]
    if not any(of) and len(names) > 1 and said in _NAMES_KINDS and _RESOURCE.fullmatch(names[0]):
        of = [kinds.spelled(names[0])]
    for kind in (each for each in of if each):
        for name in names[1:] or ("",):
            yield _ref(kind, namespace, name)


def _ref(kind: str, namespace: str, name: str) -> Ref:
    return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else namespace, name)


def _fields(said: str, what: str, words: list[str], given: dict[str, str]) -> Iterator[FieldValue]:
    if said == "scale" and "replicas" in given:
        yield with_before(patches.field("replicas", given["replicas"]), given.get("current-replicas"))
    elif said == "autoscale":
        yield from (patches.field(f"{name}Replicas", given[name]) for name in ("min", "max") if name in given)
    elif said == "set" and what == "resources":
        yield from _resources(given)
    elif said == "set" and what == "image":
        for container, equals, image in (word.partition("=") for word in words):
            if equals:
                yield FieldValue(f"containers[{container}].image", image)
    elif said == "set" and what in _SETS:
        yield FieldValue(_SETS[what], " ".join(words[1:]) or "changed")
    elif said == "taint":
        yield from (field for word in words for field in _taint(word))
    elif said == "patch":
        yield from patches.fields_of({"patch": _document(given.get("p") or given.get("patch") or "")})


_SETS = {"env": "env", "selector": "selector", "serviceaccount": "serviceAccountName", "subject": "subjects"}
"""What ``kubectl set`` changes besides images and resources."""


def _resources(given: dict[str, str]) -> Iterator[FieldValue]:
    container = given.get("c") or given.get("containers") or ""
    prefix = f"containers[{container}]." if container and container != "*" else ""
    for side in ("limits", "requests"):
        for key, _, value in (pair.partition("=") for pair in given.get(side, "").split(",")):
            if value:
                yield patches.field(f"{prefix}resources.{side}.{key}", value)


def _taint(word: str) -> Iterator[FieldValue]:
    if match := _TAINT.fullmatch(word):
        yield FieldValue(f"taints[{match[1]}]", f"{match[2]}:{match[3]}" if match[2] else match[3])


def _document(text: str) -> Any:
    try:
        return loads(text)
    except ValueError:
        return text
