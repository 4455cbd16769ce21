"""Sentences of autoscalers and of their events that grammar alone does not tell. One row for each form."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.forms.formats import Format, row
from opsconsole.records import Mood

_NAMED = r"[a-z0-9][\w./-]{0,252}"
_OF_FUNCTION = r"function=(?P<name>[a-z0-9][a-z0-9-]{0,62})\.(?P<namespace>[a-z0-9][a-z0-9-]{0,62})"
"""A function as gateways call it, with its namespace behind a dot."""

ROWS: tuple[Format, ...] = (
    row(
        "more than a bound allows",
        " exceeds ",
        r"(?i)^(?:target|desired|wanted|requested)(?: replicas| size| count)? (?P<after>\d{1,6})(?: replicas)? "
        r"(?:for|of) "
        rf"(?:(?P<kind>[a-z]{{3,20}}) )?(?P<name>{_NAMED}) exceeds (?:the |its )?(?:allowed )?"
        r"(?:ceiling|maximum|max|cap|limit|quota|bound)(?: of)? \d{1,6}(?:[;,:] | - )(?:the )?(?:request )?"
        r"(?:is |was )?(?:dropped|ignored|rejected|refused|denied|discarded|skipped)\W*$",
        "scale",
        "Target 95 for shop/web exceeds ceiling 60; request dropped",
        mood=Mood.REFUSED,
    ),
    row(
        "what an autoscaler wakes or puts to sleep",
        "ctivated ",
        r"^(?:Deactivated|Activated) (?:[\w./]{1,100}[./])?(?P<kind>[A-Z]\w{2,60}) "
        r"(?P<name>[a-z0-9][\w./-]{0,252}) "
        r"from (?P<before>\d{1,9}) to (?P<after>\d{1,9})",
        "scale",
        "Deactivated apps/v1.Deployment shop/web from 2 to 0",
        mood=Mood.DONE,
    ),
    row(
        "some nodes of a group",
        " from ",
        r"(?i)\b(?P<verb>(?:delet|remov|terminat)(?:ed|ing|es|e)) (?P<number>\d{1,6}) (?:nodes |instances |machines )?"
        r"from (?:the )?['\"]?[\w./:-]{1,253}['\"]? (?:node ?|instance ?|machine ?|auto ?scaling ?)(?:group|pool)\b",
        "delete",
        "Deleting 3 from pool-a node group because of create errors",
        kind="Node",
    ),
    row(
        "a taint as Go prints it",
        "taint {",
        r"\btaint \{Key:(?P<taint>\S{1,253}) .{0,200}?\} (?:on|from|to) (?:the )?node "
        r"\"?(?P<name>[a-z0-9][\w.-]{0,252})",
        "taint",
        "Releasing taint {Key:ToBeDeleted Value:17 Effect:NoSchedule TimeAdded:<nil>} on node n-1",
        kind="Node",
    ),
    row(
        "a pod's resources in place",
        "n-place ",
        r"(?i)\b(?P<verb>(?:actuat|perform|execut)(?:ing|ed)) (?:an? |the )?in-place (?:pod )?"
        r"(?:update|resize|resizing)\b",
        "patch",
        "Actuating in-place update",
        kind="Pod",
    ),
    row(
        "more of what runs tasks",
        "equest",
        r"(?i)\brequest(?:ing|ed)? (?P<number>\d{1,6}) (?:new |more |additional |extra |further ){1,2}"
        r"(?:executor|worker)s?\b"
        r"(?! (?:threads?|process(?:es)?|tasks?|cores?)\b)",
        "create",
        "Requesting 2 new executors because tasks are backlogged",
        kind="Pod",
    ),
    row(
        "a function that was not scaled, and its replicas",
        " error: ",
        rf"(?i)^\[?(?P<verb>scal(?:e|ing|ed))\]? (?:{_OF_FUNCTION}|(?P<kind>[a-z]{{2,40}})=(?P<label>{_NAMED})) "
        r"(?P<before>\d{1,9}) ?(?:[-=~]+>|[→⇒➜]) ?(?P<after>\d{1,9}) (?P<problem>error: .{1,300})",
        "scale",
        "[Scale] function=thumbs 0 => 1 error: timeout",
        mood=Mood.REFUSED,
    ),
    row(
        "a function and its replicas",
        "=",
        rf"(?i)^\[?(?P<verb>scal(?:e|ing|ed))\]? (?:alert: \S{{1,80}} )?"
        rf"(?:{_OF_FUNCTION}|(?P<kind>[a-z]{{2,40}})=(?P<label>{_NAMED})) "
        r"(?P<before>\d{1,9}) ?(?:[-=~]+>|[→⇒➜]) ?(?P<after>\d{1,9})\b",
        "scale",
        "[Scale] function=thumbs 0 => 1 requested",
    ),
    row(
        "a function, its namespace and its replicas",
        "Set replicas - ",
        r"^Set replicas - (?P<name>[a-z0-9][\w.-]{0,252}) (?P<namespace>[a-z0-9-]{1,63}), "
        r"(?P<after>\d{1,9})/(?P<before>\d{1,9})$",
        "scale",
        "Set replicas - thumbs functions, 1/0",
    ),
    row(
        "pods moved off a node",
        " off ",
        r"(?i)\b(?P<verb>(?:mov|migrat|relocat)(?:ing|ed)) (?:the )?pods?"
        r"(?: ['\"]?(?P<name>[a-z0-9][\w./-]*\d[\w./-]*))?"
        r"['\"]? off (?:of )?(?:the )?(?:\w+ ){0,2}node\b",
        "evict",
        "Moving pod off cold node",
        kind="Pod",
    ),
)
