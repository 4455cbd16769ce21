"""What is kept of one writer: bounded, whatever it does. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from copy import copy

from opsconsole.records import Ref, Takeover

KEPT_NAMES = 64
"""Namespaces, kinds, user agents, addresses … kept of one writer; one that makes up more is counted under ``…``."""

KEPT_FIELDS = 200
"""Fields kept of one writer, without the names of containers."""

KEPT_OBJECTS = 2_000
"""Objects that are told apart for one writer; of more, the count says "at least"."""

KEPT_TIMES = 10_000
"""Times of writes kept for the rate: sixteen a second for ten minutes."""

KEPT_TAKEOVERS = 50

OTHERS = "…"


class Tally:
    """Counts what one writer did."""

    def __init__(self) -> None:
        self.namespaces: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()
        self.verbs: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.managers: Counter[str] = Counter()
        self.agents: Counter[str] = Counter()
        self.addresses: Counter[str] = Counter()
        self.pods: Counter[str] = Counter()
        self.acts_as: Counter[str] = Counter()
        self.objects: OrderedDict[Ref, None] = OrderedDict()
        self.takeovers: deque[Takeover] = deque(maxlen=KEPT_TAKEOVERS)
        self.writes = self.took = self.lost = 0
        self.last: float | None = None
        self.doubt = ""
        self._times: deque[float] = deque(maxlen=KEPT_TIMES)

    def touch(self, about: Ref, at: float | None) -> None:
        """Note that it wrote ``about`` at some time, seen or not."""
        place = bare(about)
        if place not in self.objects:
            add(self.namespaces, about.namespace or "(cluster)")
            add(self.kinds, about.kind)
        self.objects[place] = None
        self.objects.move_to_end(place)
        if len(self.objects) > KEPT_OBJECTS:
            self.objects.popitem(last=False)
        if at is not None and (self.last is None or at > self.last):
            self.last = at

    def write(self, at: float, verb: str) -> None:
        """Count one write that was made ``at`` some time."""
        self.writes += 1
        self._times.append(at)
        add(self.verbs, verb)

    def take_back(self, verb: str) -> None:
        """Undo one :meth:`write`: the audit log has told since whose it was."""
        self.writes -= 1
        self.verbs[verb] -= 1
        self.verbs += Counter()  # without what has come to nothing
        if self._times:
            self._times.pop()

    def owns(self, fields: Iterable[str]) -> None:
        """Count fields that it set, by their paths without the items' names."""
        for path in fields:
            add(self.fields, path, KEPT_FIELDS)

    def joined(self, history: Tally) -> Tally:
        """This account and what is known of ``history``, as one; neither is changed."""
        whole = copy(self)
        for name in ("namespaces", "kinds"):
            setattr(whole, name, getattr(self, name) | getattr(history, name))
        whole.fields = self.fields + history.fields
        whole.objects = history.objects | self.objects
        whole.takeovers = deque([*history.takeovers, *self.takeovers], KEPT_TAKEOVERS)
        whole.took, whole.lost = self.took + history.took, self.lost + history.lost
        whole.last = max((at for at in (self.last, history.last) if at is not None), default=None)
        return whole

    def per_minute(self, now: float, since: float, window: float) -> float | None:
        """Writes a minute over the last ``window`` seconds; ``None`` if it was watched for less than ten."""
        watched = min(now - since, window)
        if watched < 10.0:
            return None
        while self._times and self._times[0] < now - watched:
            self._times.popleft()
        return len(self._times) * 60.0 / watched


def add(counter: Counter[str], name: str, kept: int = KEPT_NAMES) -> None:
    """Count ``name``; one that would be too many is counted under :data:`OTHERS`."""
    counter[name if name in counter or len(counter) < kept else OTHERS] += 1


def bare(about: Ref) -> Ref:
    """The object of that name, whichever it is."""
    return Ref(about.kind, about.namespace, about.name)
