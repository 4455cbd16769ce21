"""Which files of a kubeconfig others than the operator may change: who writes them speaks, or runs a program, as he."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from opsconsole.cluster.transport.kubeconfig.execplugin import program_of
from opsconsole.cluster.transport.kubeconfig.file import KubeconfigEntry
from opsconsole.files.trust import why_shared
from opsconsole.text import clean_line

_OF_CLUSTER = ("certificate-authority",)
_OF_USER = ("client-certificate", "client-key", "tokenFile")


def remarks_on(
    files: Sequence[Path], cluster: KubeconfigEntry, user: KubeconfigEntry, environ: Mapping[str, str]
) -> tuple[str, ...]:
    """Return in words what others may change; nothing where nobody may.

    Args:
        files: the kubeconfigs that are there.
        cluster: the context's cluster.
        user: the context's user.
        environ: where programs are looked for.
    """
    found = [("the kubeconfig", path) for path in files]
    for entry, keys in ((cluster, _OF_CLUSTER), (user, _OF_USER)):
        named = [(key, entry.body.get(key)) for key in keys]
        found += [(f"the kubeconfig's {key}", Path(entry.folder, name)) for key, name in named if isinstance(name, str)]
    found += [("the kubeconfig's credential plugin", path) for path in _plugin(user, environ)]
    # Not Path.is_file: it raises where a folder may not be searched, or a name is too long.
    said = [(what, path, why_shared(path)) for what, path in found if os.path.isfile(path)]  # noqa: PTH113
    return tuple(f"{what} {clean_line(str(path), 200)}: {clean_line(why, 300)}" for what, path, why in said if why)


def _plugin(user: KubeconfigEntry, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the program of the user's plugin, and what it is told to run where that is a script."""
    spec = user.body.get("exec")
    if not isinstance(spec, Mapping):
        return
    if program := program_of(spec, user.folder, environ):
        yield Path(program)
    yield from (Path(each) for each in spec.get("args") or () if isinstance(each, str) and each.startswith("/"))
