"""One word of health for a resource that is read in several namespaces. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from opsconsole.records import Health, State

PATIENCE = 20.0
"""Seconds for which a namespace that has not answered yet holds up the word of the others."""

_WORST_FIRST = (State.DOWN, State.STALE, State.DENIED, State.ABSENT)


def merged(feed: str, words: Mapping[str, Health], now: float) -> Health:
    """Return how a resource stands, from how it stands in each namespace (empty: in the whole cluster).

    A namespace that fails costs itself alone: the others stay live, it is among ``failing`` and ``detail`` says why.

    Args:
        feed: whose health it is.
        words: at least one. The cluster's and namespaces' stand together where the cluster's scope is denied.
        now: seconds since the epoch.
    """
    cluster = words.get("")
    narrow = {name: word for name, word in sorted(words.items()) if name}
    if cluster is not None and (cluster.state is State.LIVE or not narrow):
        return msgspec.structs.replace(cluster, feed=feed)
    found = next(iter(narrow.values())) if len(narrow) == 1 else _together(narrow, now)
    found = msgspec.structs.replace(found, feed=feed, namespaces=tuple(narrow))
    return found if cluster is None else _instead(cluster, found)


def _instead(cluster: Health, found: Health) -> Health:
    """Say that namespaces are read in the cluster's place, and why."""
    names = ", ".join(found.namespaces)
    if found.state is State.LIVE:
        alone = f"namespace{'s' * (len(found.namespaces) > 1)} {names} alone"
        return msgspec.structs.replace(found, detail="; ".join(filter(None, (alone, found.detail, cluster.detail))))
    if found.state is State.DENIED:
        how = "name one where you may by --namespace, or by N on the screen"
        return msgspec.structs.replace(found, detail=f"{cluster.detail}; nor in namespace {names}; {how}")
    return found


def _together(words: Mapping[str, Health], now: float) -> Health:
    waited = [name for name, word in words.items() if word.state is State.STARTING and now - word.since < PATIENCE]
    if waited:
        since = min(word.since for word in words.values())
        return Health("", State.STARTING, since, None, f"no answer yet for {', '.join(waited)}")
    live = [word for word in words.values() if word.state is State.LIVE]
    ill = {name: word for name, word in words.items() if word.state is not State.LIVE}
    troubles = [f"namespace {name} {_state(word)}: {word.detail}" for name, word in ill.items()]
    if not live:
        worst = min(ill.values(), key=_severity)
        return msgspec.structs.replace(worst, detail="; ".join(troubles))
    return Health(
        "",
        State.LIVE,
        max(word.since for word in live),
        min((word.seen for word in live if word.seen is not None), default=None),
        "; ".join([*troubles, *(word.detail for word in live if word.detail)]),
        sum(word.unread for word in live),
        failing=tuple(ill),
    )


def _state(word: Health) -> str:
    return "not there" if word.state is State.ABSENT else word.state.value.upper()


def _severity(word: Health) -> int:
    return _WORST_FIRST.index(word.state) if word.state in _WORST_FIRST else 0
