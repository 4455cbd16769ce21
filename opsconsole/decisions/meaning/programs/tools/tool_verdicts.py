"""What a line tells of a call that somebody would not have, or has yet to allow, with whom the call is about.

``Action denied: delete_pvc shop/data-0 (needs a person)``, ``Operator declined Ops-DeleteNamespace(name: chat)``.
"""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.programs.tools.tool_call import ToolCall, only_asks
from opsconsole.decisions.meaning.programs.tools.tool_texts import in_spite
from opsconsole.decisions.meaning.prose import other_deeds
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood

_LONGEST = 400
"""Characters of such a line."""
_SIGN = late(
    r"(?:den(?:ied|eg)|reject|rejet|rejeit|rechaz|refus|recus|declin|block|bloqu|veto|disallow|forbid|prohib|proib|"
    r"interdit|negad|negat|rifiut|blocc|abgelehnt|verweigert|geweigerd|odrzucon|zablokowan|approval|confirm|sign-off)",
    re.IGNORECASE,
)
"""What every such line has in it."""
_NO = (
    r"(?:denied|rejected|refused|declined|blocked|vetoed|disallowed|forbidden|not (?:allowed|permitted|approved)|"
    r"denegad[oa]|rechazad[oa]|bloquead[oa]|prohibid[oa]|proibid[oa]|negad[oa]|recusad[oa]|rejeitad[oa]|"
    r"abgelehnt|verweigert|blockiert|refusée?|rejetée?|bloquée?|interdite?|rifiutat[oa]|negat[oa]|bloccat[oa]|"
    r"geweigerd|geblokkeerd|odrzucon[aoey]|zablokowan[aoey])"
)
_WAITS = (
    r"(?:(?:needs?|requires?|awaits?|is (?:awaiting|pending|waiting for)|(?:is )?waiting for|awaiting|pending|"
    r"is held for|held for) "
    r"(?:(?:a|an|the|human|manual|operator|explicit|your) ){0,2}(?:approval|confirmation|review|sign-off))"
)
_CALLED = r"['\"`]?(?P<name>[A-Za-z][\w.-]{2,80})\((?P<given>[^()]{1,300})\)['\"`]?"
_BEHIND = late(
    rf"(?:the )?(?:invocation|call|execution|request) (?:of|to|for) (?:the )?(?:tool |function )?{_CALLED} "
    rf"(?:(?:is|was|has been|got) )?(?:(?P<no>{_NO})|(?P<waits>{_WAITS}))\b(?P<rest>.*)",
    re.IGNORECASE,
)
"""``Invocation of ClusterOps-DeleteNamespace(name: chat) needs approval``."""
_BEFORE = late(
    r"(?:the )?(?:user|operator|human|person|admin|reviewer|approver|supervisor|policy|guard|guardrail|gate|filter)"
    rf"(?: [\w.@-]{{1,40}})? (?:has )?(?P<no>declined|denied|rejected|refused|vetoed|blocked|disallowed) "
    rf"(?:the )?(?:(?:call|invocation|execution) (?:of|to) )?{_CALLED}(?P<rest>.*)",
    re.IGNORECASE,
)
"""``Operator declined ClusterOps-DeleteNamespace(name: chat)``."""
_HEADED = late(
    r"(?:(?:the )?(?:tool|function|action|operation|request|command|call|acción|operación|llamada|solicitud|ação|"
    r"operação|chamada|aktion|aufruf|azione|operazione|opération|appel|actie|akcja|działanie)(?: call)? )"
    rf"(?:(?:is|was|has been|fue|foi|wurde|è stata|a été|została?) )?(?:(?P<no>{_NO})|(?P<waits>{_WAITS}))"
    r"(?: (?:by|por|pelo|pela|durch|vom|von|par|da|dal|door|przez) [^:]{1,60})?: "
    r"['\"`]?(?P<name>[a-z]\w{0,40}(?:_[a-z]|[a-z0-9](?-i:[A-Z]))\w{0,60})['\"`]?"
    r"(?:\((?P<given>[^()]{1,300})\)|:? ['\"`]?(?P<whom>[a-z0-9][\w.-]{0,252}(?:/[\w.-]{1,253})?)['\"`]?)"
    r"(?P<rest>$|[ ,;:.].*)",
    re.IGNORECASE,
)
"""``Tool call rejected: delete_pvc shop/data-0``."""
_GIVEN = late(r"(?P<key>[A-Za-z_]\w{0,40}) ?[=:] ?(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|(?P<bare>[\w./-]+))(?:, ?|$)")


_ENDS = late(
    r"\W*(?:\([^()]{1,160}\)\W*)?|(?:[;,.:]| [-–]) (?:(?:it |call |tool )?(?:is |was |has been )?not (?:be )?"
    r"(?:invoked|called|executed|run|made)|waiting|awaiting|needs|requires|because|reason|as|since)\b.*|"
    r" (?:by|because|as|since) .*",
    re.IGNORECASE,
)
"""What may stand behind it: nothing, a remark in brackets, why. A clause of its own may tell another deed."""


def told(message: str) -> list[ToolCall]:
    """The call of which a whole line tells that it is not made, or that it waits for a person."""
    if len(message) > _LONGEST or not ("(" in message or ": " in message) or _SIGN.search(message) is None:
        return []
    match = _BEHIND.fullmatch(message) or _BEFORE.fullmatch(message) or _HEADED.fullmatch(message)
    if match is None or verbs.of_call(match["name"]) is None or only_asks(match["name"]):
        return []
    rest = match["rest"].replace(match["name"], " ")
    given = _given(match)
    if not given or _ENDS.fullmatch(rest) is None or in_spite("", rest) or other_deeds.told_beside(rest):
        return []
    return [ToolCall(match["name"], given, "", Mood.REFUSED if match["no"] else Mood.PROPOSED)]


def _given(match: re.Match[str]) -> JsonObject:
    """Whom the call is about: what it is given by keys, or the one object behind its name."""
    parts = match.groupdict()
    if parts["given"]:
        found = _GIVEN.finditer(parts["given"])
        told_by_keys = {each["key"]: each["one"] or each["two"] or each["bare"] or "" for each in found}
        return told_by_keys if told_by_keys or "=" in parts["given"] else _object(match["name"], parts["given"])
    return _object(match["name"], parts.get("whom") or "")


def _object(name: str, said: str) -> JsonObject:
    """An object by its name, with its namespace where it has one; its kind is in the name of the call."""
    said = said.strip("'\"")
    kind = kinds.in_words(verbs.parts(name))
    space, slash, own = said.rpartition("/")
    if not kind or not re.fullmatch(r"[a-z0-9][\w.-]*(?:/[a-z0-9][\w.-]*)?", said):
        return {}
    return {"namespace": space, "name": own} if slash and kind not in kinds.CLUSTER_WIDE else {"name": own}
