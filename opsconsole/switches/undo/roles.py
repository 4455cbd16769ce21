"""What the role of a binding allows now beside what it allowed when the binding was taken away. Pure.

A binding names its role, and whoever may write roles decides what it gives: under the same name it may give more by the
time that it is put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product

from opsconsole.cluster.questions.rbac import PolicyRule, Role
from opsconsole.text import clean_line

_SHOWN = 3

_MOST = 1_000_000
"""Comparisons of one permission with one rule, about a second of them: whoever writes roles may write billions."""


def beyond(now: Role, then: Sequence[PolicyRule]) -> str:
    """What ``now`` allows and ``then`` did not, in words; empty if that is nothing."""
    found = list(islice(_beyond(now.rules, then), _SHOWN + 1))
    more = ", …" if len(found) > _SHOWN else ""
    return clean_line(", ".join(found[:_SHOWN]) + more)


def _beyond(now: Sequence[PolicyRule], then: Sequence[PolicyRule]) -> Iterator[str]:
    known, left = frozenset(map(_without_doubles, then)), _MOST
    for rule in map(_without_doubles, now):
        if rule in known:
            continue
        objects = len(rule.verbs) * len(rule.groups) * len(rule.resources) * len(rule.names or ("",))
        left -= (objects + len(rule.verbs) * len(rule.urls)) * max(1, len(then))
        if left < 0:
            yield "more than can be compared"
            return
        yield from _objects(rule, then)
        yield from _urls(rule, then)


def _without_doubles(rule: PolicyRule) -> PolicyRule:
    fields = (rule.verbs, rule.groups, rule.resources, rule.names, rule.urls)
    return PolicyRule(*(tuple(dict.fromkeys(each)) for each in fields))


def _objects(rule: PolicyRule, then: Sequence[PolicyRule]) -> Iterator[str]:
    for verb, group, resource, name in product(rule.verbs, rule.groups, rule.resources, rule.names or ("",)):
        if not any(_covers(each, verb, group, resource, name) for each in then):
            yield f"{verb} {resource}{f'.{group}' if group else ''}{f' {name}' if name else ''}"


def _covers(rule: PolicyRule, verb: str, group: str, resource: str, name: str) -> bool:
    """As RBAC reads a rule; ``*/scale`` is the subresource of everything."""
    _, slash, subresource = resource.partition("/")
    resources = {"*", resource, f"*/{subresource}" if slash else resource}
    among = not {"*", verb}.isdisjoint(rule.verbs) and not {"*", group}.isdisjoint(rule.groups)
    return among and not resources.isdisjoint(rule.resources) and (not rule.names or name in rule.names)


def _urls(rule: PolicyRule, then: Sequence[PolicyRule]) -> Iterator[str]:
    for verb, url in product(rule.verbs, rule.urls):
        if not any(_covers_url(each, verb, url) for each in then):
            yield f"{verb} {url}"


def _covers_url(rule: PolicyRule, verb: str, url: str) -> bool:
    return not {"*", verb}.isdisjoint(rule.verbs) and any(
        url == each or (each.endswith("*") and url.startswith(each[:-1])) for each in rule.urls
    )
