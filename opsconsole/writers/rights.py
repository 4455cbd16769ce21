"""Which roles a user is bound to, by the role bindings that were read. Pure.

What a role allows is the authorizer's to say; here stands only what leads there.
"""

from __future__ import annotations

from opsconsole.records import Binding
from opsconsole.writers.names import account_of


class RightsIndex:
    """Role bindings by their subjects."""

    def __init__(self) -> None:
        self._bindings: dict[str, Binding] = {}
        self._subjects: dict[str, dict[str, None]] = {}

    def learn(self, binding: Binding) -> None:
        """Add a binding, or put a newer one in its place."""
        self.forget(binding.key)
        self._bindings[binding.key] = binding
        for subject in binding.subjects:
            self._subjects.setdefault(subject, {})[binding.key] = None

    def forget(self, key: str) -> None:
        """Take a binding out."""
        binding = self._bindings.pop(key, None)
        for subject in binding.subjects if binding is not None else ():
            self._subjects.get(subject, {}).pop(key, None)
            if not self._subjects.get(subject):
                self._subjects.pop(subject, None)

    def of(self, user: str, groups: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Return the roles of ``user`` in words, ``cluster-admin``, ``edit in shop``; ``None``: no binding was read."""
        if not self._bindings:
            return None
        account = account_of(user)
        implied = ("system:serviceaccounts", f"system:serviceaccounts:{account[0]}") if account else ()
        found: dict[str, None] = {}
        for subject in (user, *groups, *implied):
            for key in self._subjects.get(subject, ()):
                found[_words(self._bindings[key], subject, user)] = None
        return tuple(sorted(found))


def _words(binding: Binding, subject: str, user: str) -> str:
    where = f" in {binding.namespace}" if binding.namespace else ""
    through = "" if subject == user else f" (through {subject})"
    return f"{binding.role.name}{where}{through}"
