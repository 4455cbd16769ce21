"""ClusterRoleBindings and RoleBindings → records."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import field

from opsconsole.cluster.objects.meta import WORDS, Metadata, Wire
from opsconsole.records import Binding, Ref
from opsconsole.text import clean_line


class RoleRefWire(Wire):
    """Which role a binding gives."""

    kind: str = ""
    name: str = ""


class SubjectWire(Wire):
    """To whom a binding gives it."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


class BindingWire(Wire):
    """A ClusterRoleBinding or a RoleBinding."""

    metadata: Metadata = field(default_factory=Metadata)
    role_ref: RoleRefWire = field(default_factory=RoleRefWire)
    subjects: list[SubjectWire] | None = None


def of_kind(kind: str) -> Callable[[BindingWire], Binding]:
    """Return the conversion for one of the two kinds."""

    def convert(wire: BindingWire) -> Binding:
        metadata, role = wire.metadata, wire.role_ref
        at = WORDS[metadata.namespace] if role.kind == "Role" else ""
        return Binding(
            kind=kind,
            namespace=WORDS[metadata.namespace],
            name=clean_line(metadata.name),
            role=Ref(WORDS[role.kind], at, WORDS[role.name]),
            uid=clean_line(metadata.uid),
            subjects=tuple(_subject(each) for each in wire.subjects or ()),
        )

    return convert


def _subject(subject: SubjectWire) -> str:
    if subject.kind == "ServiceAccount":
        return WORDS[f"system:serviceaccount:{subject.namespace}:{subject.name}"]
    return WORDS[subject.name]
