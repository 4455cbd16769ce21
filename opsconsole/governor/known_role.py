"""The role of an optimizer, and how far it is known."""

from __future__ import annotations

from enum import StrEnum

from opsconsole.records import Record


class RoleSource(StrEnum):
    """Where a role is known from."""

    SETTINGS = "set"
    IMAGE = "guessed by its image"
    WORDS = "guessed by its words"
    DEEDS = "guessed by what it does"
    CONTRADICTED = "can't be told"
    UNKNOWN = "unknown"


class KnownRole(Record, frozen=True):
    """The role of one optimizer, and how far it is known.

    Attributes:
        role: as in the settings (``node-autoscaler``); empty where it can't be told.
        source: where it is known from.
        why: what it was guessed by, in words; empty for a role that was set.
        optimizer: whose it is; empty for the one whose log is judged alone.
        tends_nodes: all that it was seen to do was done to nodes, or to the pods that leave with them.
    """

    role: str = ""
    source: RoleSource = RoleSource.UNKNOWN
    why: str = ""
    optimizer: str = ""
    tends_nodes: bool = False

    @property
    def is_set(self) -> bool:
        """Whether the settings say it, so that it is no guess."""
        return self.source is RoleSource.SETTINGS

    @property
    def counts(self) -> bool:
        """Whether it tells what one deed is called; a guess by deeds alone does not: deeds would excuse themselves."""
        return self.source in (RoleSource.SETTINGS, RoleSource.IMAGE, RoleSource.WORDS)

    @property
    def words(self) -> str:
        """``node-autoscaler (guessed by its image cluster-autoscaler:v1.33)``."""
        more = f": {self.why}" if self.why else ""
        return f"{self.role or 'role'} ({self.source.value}{more})"
