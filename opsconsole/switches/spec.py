"""What a kill switch is called and what it takes: the one record that keys, help, command, rights and banner read.

Adding a switch takes a folder with ``spec.py`` (its :class:`SwitchSpec` as ``SPEC``) and ``switch.py`` (``build``,
which makes it), and one line in :mod:`opsconsole.switches.registry`.
"""

from __future__ import annotations

from opsconsole.records import Record


class Right(Record, frozen=True):
    """One right: ``verb`` on ``resource`` (``pods/log``) of an API group; ``""`` is the core group.

    ``name`` is the one object that it is needed on, where that is known: a role can then allow no other.
    """

    verb: str
    resource: str
    group: str = ""
    name: str = ""

    @property
    def words(self) -> str:
        """``list pods``, ``patch deployments/scale``."""
        return f"{self.verb} {self.resource}" + (f" {self.name}" if self.name else "")


class SwitchSpec(Record, frozen=True):
    """What there is to know of a switch without making it.

    Attributes:
        name: what the command line, the journal and plans call it.
        key: the key that opens it.
        title: what its screen is headed with.
        help: what it does, for the list of keys and the command's help; begins with a verb.
        dangerous: whether it is confirmed whatever the setting ``switches.confirm`` says.
        rights: what it needs in the cluster; ``check`` asks for them.
        proves: what is proved once it worked, as a noun for the banner (``rights``); empty where it is no part of a
            containment.
        proved: the same as a phrase: ``rights revoked``.
        undoable: whether ``u`` can take it back.
        undoes: the names of its effects that ``u`` can take back: what their targets are is kept before the first one.
        undone_by: the switch that takes it back, where that is not ``u``.
        needs: the parts of a console that ``opsconsole kill`` builds for it: see
            :data:`opsconsole.composition.EVERYTHING`.
        waits_for: the feeds that must have spoken before that command plans.
        waits_briefly: feeds that are given some seconds for it: what they have not said by then is not known.
        watches: seconds that the command watches the cluster before it plans.
    """

    name: str
    key: str
    title: str
    help: str
    dangerous: bool = True
    rights: tuple[Right, ...] = ()
    proves: str = ""
    proved: str = ""
    undoable: bool = False
    undoes: tuple[str, ...] = ()
    undone_by: str = ""
    needs: frozenset[str] = frozenset({"switches"})
    waits_for: tuple[str, ...] = ()
    waits_briefly: tuple[str, ...] = ()
    watches: float = 0.0


UNDO = SwitchSpec(name="undo", key="u", title="Undo", help="undo the last of these")
"""The switch that takes the last execution back. The switchboard keeps it beside the others."""
