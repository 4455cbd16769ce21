"""Whether what stands beside a part of a line that has been read may tell a deed of its own."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.basics import chat, grammar, phrases, tongues
from opsconsole.decisions.meaning.prose.forms import by_format, changes, formats
from opsconsole.patterns import late
from opsconsole.records import Mood

_OTHER_TONGUES = late(
    r"\b(?:kubectl|oc|helm|terraform|gcloud|aws|az|eksctl|curl|DELETE|PATCH|PUT|POST) |\bcluster-admin\b|/api|\{|"
    r"\w\(\w+ ?=|"
    r"\b(?:silenc|mut|export|dump|mint|kill|cop(?:y|i)|wip|truncat|flush|leak|upload)(?:ed|ing)\b|"
    r"\b(?:action|verb|op|operation|command|cmd|tool|call|kind|patch|replicas)=",
)
"""What tells a deed without a sentence: commands, requests, documents, pairs, rights, words of rules of their own."""


_OPERATION = late(r"\{(?:Op:)?(?:add|replace|remove|test|move|copy) (?:Path:)?/[\w./~-]{1,253}")
"""An operation of a JSON patch as Go prints it, up to its value: what it adds is a field, and no object."""


def told_beside(*texts: str) -> bool:
    """May any of these tell a deed? Then the part beside them must not stand for the whole line."""
    return any(_may_tell(text) for text in texts if text.strip(" .,;:!()[]'\"`"))


def beside(*texts: str) -> list[Act]:
    """The deeds in earnest that these tell of objects that they name or count, or of values that they set."""
    rest = (_OPERATION.sub(" ", text).lstrip(" ,;:.-") for text in texts)
    said = (phrases.plain(grammar.in_words(chat.plain(text))) for text in rest if text.strip(" .,;:!()[]{}'\"`"))
    found = [act for text in said for act in _in_plain_words(text)]
    return [act for act in found if act.mood in _IN_EARNEST and (act.targets or act.fields)]


def in_forms(text: str, *tables: Sequence[formats.Format]) -> list[Act]:
    """What a format of a program tells, with every deed that stands beside it: ``…, no metrics available``."""
    acts, around = next((found for rows in tables if (found := by_format.find_beside(text, rows))[0]), ([], []))
    if not acts:
        return []
    known = {(act.verb, act.targets) for act in acts}
    more = [act for act in beside(*around) if (act.verb, act.targets) not in known]
    if all(act.verb != "query" for act in acts):
        more = [act for act in more if act.fields or (act.number or 0) > _PARTS or any(ref.name for ref in act.targets)]
    return acts + more


_PARTS = 9
"""Objects without a name that may be parts of what a format tells: ``scaling to 2 replicas by deleting 1 machines``."""


def _in_plain_words(text: str) -> list[Act]:
    """What a sentence tells by its verb, else by a change between two values, be it in one of its clauses."""
    acts = sentences.read(text, sentences.SentenceContext([])) if sentences.hints(text) else []
    if acts:
        return acts
    change = next((act for part in _clauses(text) if (act := changes.read(part)) is not None), None)
    return [] if change is None else [change]


def _clauses(text: str) -> list[str]:
    """A text and each of its clauses: a change is told by one alone."""
    return [text, *(part for part in _CLAUSE.split(text)[:_MOST_CLAUSES] if any(sign in part for sign in _SIGNS))]


_CLAUSE = late(r"[;,.] ")
_MOST_CLAUSES = 20
_SIGNS = ("->", "=>", "\u2192", " to ")


def _may_tell(text: str) -> bool:
    text = _KEY.sub("", tongues.english(text)).strip(" ,;:.-")
    if _OTHER_TONGUES.search(text) is not None:
        return True
    said = (text, phrases.plain(grammar.in_words(chat.plain(text))))
    return any(act.mood in _IN_EARNEST for each in said for act in _in_plain_words(each))


_KEY = late(r"\b\w{1,60} ?= ?[(\[]{0,3}$")
"""The key of what has been read, at the end of the words before it."""


_IN_EARNEST = (Mood.PLANNED, Mood.DONE)
