"""How we are doing: the feeds, and who the API server says we are."""

from __future__ import annotations

from enum import StrEnum

from opsconsole.records.base import Record


class State(StrEnum):
    """State of a feed, as its pane shows it."""

    STARTING = "starting"
    LIVE = "live"
    STALE = "stale"
    DENIED = "denied"
    DOWN = "down"
    ABSENT = "absent"


class Health(Record, frozen=True):
    """How a feed is. ``since`` is when it entered this state; ``seen`` when it last heard from its source.

    ``unread`` objects are there and could not be read: whoever asks whether something is absent must not answer yes.
    One at the least where the source was never asked, or has not answered at all.

    ``ABSENT`` is calm and complete (no GPU on this host, no Prometheus configured); ``detail`` says which.

    ``namespaces`` are those that are read; empty: all of them, or a source that has none. ``failing`` are those of them
    that can't be read now, though the others are live: ``detail`` says why, and their rows may be old.
    """

    feed: str
    state: State
    since: float
    seen: float | None = None
    detail: str = ""
    unread: int = 0
    namespaces: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()

    def covers(self, namespace: str) -> bool:
        """Whether what is not there in ``namespace`` (empty: anywhere) would be seen if it were."""
        if self.state is not State.LIVE or (self.failing and (not namespace or namespace in self.failing)):
            return False
        return not self.namespaces or namespace in self.namespaces


class Identity(Record, frozen=True):
    """Who the API server says we are, and where we speak to it.

    ``login`` is who logged in, where the kubeconfig has us act as somebody else (``as``); then ``user`` and ``groups``
    are those of whom we impersonate. Empty where nobody is impersonated.
    """

    user: str = ""
    groups: tuple[str, ...] = ()
    context: str = ""
    cluster: str = ""
    server: str = ""
    version: str = ""
    namespace: str = ""
    uid: str = ""
    """The cluster's: the UID of its namespace ``kube-system``. Empty where it can't be known."""
    login: str = ""

    @property
    def who(self) -> str:
        """The user, and who impersonates it."""
        user = self.user or "unknown user"
        return f"{user} (impersonated by {self.login})" if self.login else user
