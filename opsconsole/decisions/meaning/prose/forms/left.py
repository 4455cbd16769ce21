"""Objects that are left, with the deed told only in why: ``Skipped gpupool, its tag keep=true forbids scaling``."""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose.basics.grammar import FIELD_WORDS, FILL, STOPS
from opsconsole.decisions.meaning.prose.forms.counts_told import OBJECT
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import Mood, Ref

_LEFT = late(
    rf"^(?:skipp(?:ed|ing)|ignor(?:ed|ing)|exclud(?:ed|ing)|spar(?:ed|ing)|leaving|left|not touching) {OBJECT}"
    r"(?: alone)?(?:[,:;]| -| because| as) (?:its |the |a |an )?[^,;]{1,80}? "
    r"(?:forbids?|prevents?|blocks?|excludes?|disallows?|rules? out|does(?: not|n't) allow|exempts? it from|"
    r"protects? it from|prohibits?) (?:any |all |its |further )?(?P<verb>[a-z]{4,12})\b(?=\W*$|[.,;(]| of it\b| it\b)",
    re.IGNORECASE,
)

_VERDICT = late(
    r"(?:^|[\])>:] )(?:(?:request|change|proposal|plan|action|verdict|decision|answer|review)(?: is| was)?:? )?"
    r"(?:rejected|denied|declined|refused|vetoed|disapproved|not (?:approved|granted|allowed)|no)(?:[.,:;!]| -| –) "
    rf"(?:the )?{OBJECT} (?!and\b|or\b)[^;.]{{1,160}}?(?:[,;.]| -| –| and| so)+ (?:(?:so|and|please|therefore) ){{0,2}}"
    r"(?:do not|don't|never|must not|should not|may not) (?P<verb>[a-z]{4,12}) (?:it|them|that one)"
    r"(?: (?:down|up|in|out|to zero|away|now|yet|again|today|for now)){0,2}[.!]?$",
    re.IGNORECASE,
)
"""A verdict on what somebody wanted: ``Rejected. shop/db needs three members, do not scale it down.``"""


@SentenceMemory
def read(text: str) -> Act | None:
    """The deed that a whole sentence tells to be forbidden, of the object that it leaves."""
    match = _LEFT.match(text) if len(text) < 400 else None
    match = match or (_VERDICT.search(text) if len(text) < 400 and (" it" in text or " th" in text) else None)
    verb = verbs.WORDS.get(match["verb"].lower()) if match is not None else None
    if match is None or verb is None or verb.loose:
        return None
    word, name = match["kind"] or "", match["name"]
    kind = kinds.of_word(word) or kinds.OF_VERB.get(verb.verb, "")
    if name in verbs.WORDS or name in STOPS | FILL | FIELD_WORDS or kinds.of_word(name):
        return None
    ref = references.reference(name, kind)
    if ref is None:
        return None
    space = ref.namespace or match["space"] or match["bracketed"] or ""
    whom = Ref(ref.kind, "" if ref.kind in kinds.CLUSTER_WIDE else space, ref.name)
    return Act(verb.verb, verb.verb, Mood.REFUSED, (whom,), None, (), "failed")
