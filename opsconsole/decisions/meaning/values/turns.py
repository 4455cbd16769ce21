"""Which of the values that keys tell of one field is the one before, and which the one that is set."""

from __future__ import annotations

from opsconsole.decisions.meaning.values.vocabulary import ADVISED, REMEMBERED, ROLES, STANDING
from opsconsole.decisions.message.document import Leaf
from opsconsole.decisions.words.sets import wordset


def tell(roles: dict[str, Leaf], role: str, leaf: Leaf, words: tuple[str, ...]) -> None:
    """Note a value; apart from what was and will be what is there now, advised and remembered."""
    told = [word for word in words if word in ROLES] if role != "is" else []
    role = next((sort for sort, kinds in _SORTS if told and kinds.issuperset(told)), role)
    if role == "after" and role in roles and ("before" in roles or words[-1] not in _AT_LAST):
        return
    if role == "standing" and role in roles:
        role = "later"  # "existing=5 current=0"
    if role == "after" and role in roles:
        roles.setdefault("first", roles[role])  # "want=5 desired=0"
        roles[role] = leaf
    roles.setdefault(role, leaf)


_SORTS = (
    ("standing", STANDING - {"observed"}),
    ("advised", ADVISED),
    ("remembered", REMEMBERED),
)
"""Words that say less than those of what was and what will be."""
_TURNS = ("first", "standing", "later", "advised", "remembered")
_AT_LAST = wordset("next then target desired")
"""Words of what is wanted at last, after what else is."""


def taken(roles: dict[str, Leaf]) -> None:
    """What is there now comes before what is wanted, and after what was."""
    first, standing, later, advised, remembered = (roles.pop(role, None) for role in _TURNS)
    if advised is not None and not roles.keys() & {"after", "is"}:
        roles["after"] = advised
    if standing is not None and later is not None and "after" not in roles:
        roles["after"] = later
    if standing is not None:
        roles["before" if "before" not in roles or "after" in roles else "after"] = standing
    for before in (first, remembered):
        if before is not None and str(before) != str(roles.get("after", roles.get("is"))):
            roles.setdefault("before", before)
