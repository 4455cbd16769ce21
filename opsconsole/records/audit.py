"""One write as the API server's audit log tells it."""

from __future__ import annotations

from opsconsole.records.base import Record, Ref


class AuditedWrite(Record, frozen=True):
    """A request to write that the API server has answered. ``user`` is who it authenticated: a fact.

    ``acts_as`` is whom that user impersonated, empty where nobody. ``manager`` is what the request called itself: the
    parameter ``fieldManager`` (then ``named``), or the first word of ``agent``. ``code`` is the HTTP status of the
    answer, 0 where it is not told. ``dry`` marks a dry run, which changes nothing. ``pod`` is the pod whose token it
    was, ``namespace/name``, where the API server says so. Strings are raw and bounded; they are cleaned where they are
    drawn.
    """

    id: str
    at: float
    user: str
    verb: str
    about: Ref
    subresource: str = ""
    code: int = 0
    manager: str = ""
    named: bool = False
    agent: str = ""
    address: str = ""
    groups: tuple[str, ...] = ()
    acts_as: str = ""
    pod: str = ""
    dry: bool = False

    @property
    def key(self) -> str:
        return self.id

    @property
    def refused(self) -> bool:
        """Whether it was not done: forbidden, a conflict, invalid, or one of too many."""
        return self.code >= 400
