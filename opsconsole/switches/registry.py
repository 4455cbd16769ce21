"""The built-in switches. A new one is one line here; the rest is in its folder.

Only the light ``spec`` modules are imported at once: the screen binds its keys before anything of the cluster is there.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import TYPE_CHECKING

from opsconsole.switches.spec import UNDO, SwitchSpec

if TYPE_CHECKING:
    from opsconsole.switches.engine.switch import Switch
    from opsconsole.switches.parts import Parts

FOLDERS = (
    "revoke",
    "delete",
    "gpu",
    "stop_all",
    "restore",
    "freeze",
    "thaw",
    "approve",
    "withdraw",
    "downgrade",
)
"""The folders of the switches below this package, in the order of the help; one may use those before it."""


def _spec(folder: str) -> SwitchSpec:
    spec = import_module(f"opsconsole.switches.{folder}.spec").SPEC
    if not isinstance(spec, SwitchSpec):
        raise TypeError(f"opsconsole.switches.{folder}.spec.SPEC is no SwitchSpec")
    return spec


SPECS: tuple[SwitchSpec, ...] = tuple(_spec(folder) for folder in FOLDERS)
"""What each of them is, in that order."""

WITH_KEYS = (*SPECS, UNDO)
"""Everything that a key of the kill switches opens."""

CONTAINING = tuple(spec for spec in SPECS if spec.proves)
"""Those that make up a containment."""

UNDOABLE = frozenset(effect for spec in SPECS for effect in spec.undoes)
"""The effects that can be undone."""

_BY_NAME = {spec.name: spec for spec in WITH_KEYS}


def spec_of(name: str) -> SwitchSpec | None:
    """The built-in switch (or undo) of that name; ``None`` where there is none, as for a plugin's."""
    return _BY_NAME.get(name)


def build_all(parts: Parts, only: Collection[str] = ()) -> list[Switch]:
    """Make every switch (or ``only`` those of these names), in the order of :data:`FOLDERS`; note each in ``parts``.

    What is not made is not imported either.
    """
    for folder, spec in zip(FOLDERS, SPECS, strict=True):
        if only and spec.name not in only:
            continue
        switch: Switch = import_module(f"opsconsole.switches.{folder}.switch").build(parts)
        parts.built[switch.name] = switch
    return list(parts.built.values())
