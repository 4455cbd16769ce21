"""Build the control plane from the pinned Go modules, once, into a cache outside the checkout.

The cache is ``$OPSCONSOLE_TESTBED_CACHE`` or ``~/.cache/opsconsole/testbed``; below it one folder for each
state of ``go.mod``, ``go.sum`` and linker flags. A cold build takes about six minutes on two cores.

The older Kubernetes is a second such folder: its own control plane, and etcd, kwok and kubectl of the first.

``$OPSCONSOLE_TESTBED_BIN`` is a folder of programs (of any other version) that take the place of the first one's.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

GO_MODULES = Path(__file__).parents[1] / "go"
KUBERNETES_VERSION = "1.36.3"
OLDER_KUBERNETES_VERSION = "1.29.15"
"""The oldest version that the console supports."""

_CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")

# What kwok's own module ships and a simulated kubelet needs; read from the module, so that its version fits.
_KWOK_MODULE = "sigs.k8s.io/kwok"
_KWOK_FILES = (
    "kustomize/stage/node/fast/node-initialize.yaml",
    "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "kustomize/stage/pod/general/pod-create.yaml",
    "kustomize/stage/pod/general/pod-init-container-running.yaml",
    "kustomize/stage/pod/general/pod-init-container-completed.yaml",
    "kustomize/stage/pod/general/pod-ready.yaml",
    "kustomize/stage/pod/general/pod-complete.yaml",
    "kustomize/stage/pod/general/pod-delete.yaml",
    "kustomize/stage/pod/chaos/pod-container-running-failed.yaml",
    "kustomize/stage/pod/chaos/pod-init-container-running-failed.yaml",
    "kustomize/crd/bases/kwok.x-k8s.io_logs.yaml",
)


class BuildError(RuntimeError):
    """The binaries could not be built; the text says what was missing or what Go printed last."""


@dataclass(frozen=True, slots=True)
class GoModule:
    """One pinned module and the commands that are built from it (binary name → package), under build tags."""

    name: str
    commands: dict[str, str]
    ldflags: str = "-s -w"
    tags: str = ""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the built programs and kwok's shipped manifests are.

    ``older_bin`` has the programs of an older Kubernetes that take the place of those in ``bin``.
    """

    bin: Path
    kwok_files: Path
    older_bin: Path | None = None

    def path(self, name: str) -> str:
        """Return the path of one program, as a string for a command line."""
        older = self.older_bin / name if self.older_bin else None
        return str(older if older and older.exists() else self.bin / name)

    def kwok_manifests(self, kind: str) -> list[Path]:
        """Return kwok's shipped manifests of one ``kind``: ``stage`` or ``crd``."""
        return sorted((self.kwok_files / kind).glob("*.yaml"))


def _kubernetes(module: str, version: str, commands: Iterable[str]) -> GoModule:
    # Without these the server calls itself v0.0.0, and kubectl warns of a version skew.
    major, minor, _ = version.split(".")
    said = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor}
    flags = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in said.items())
    return GoModule(module, {name: f"k8s.io/kubernetes/cmd/{name}" for name in commands}, f"-s -w {flags}")


MODULES = (
    _kubernetes("kubernetes", KUBERNETES_VERSION, (*_CONTROL_PLANE, "kubectl")),
    GoModule("etcd", {"etcd": "go.etcd.io/etcd/server/v3"}),
    GoModule("kwok", {"kwok": "sigs.k8s.io/kwok/cmd/kwok"}),
)
# Its clouds' libraries are most of what there is to compile, and no test asks a cloud.
OLDER_MODULES = (
    replace(_kubernetes("kubernetes-1.29", OLDER_KUBERNETES_VERSION, _CONTROL_PLANE), tags="providerless"),
)


def cache_root() -> Path:
    """Return the folder that holds all builds."""
    override = os.environ.get("OPSCONSOLE_TESTBED_CACHE")
    return Path(override).expanduser() if override else Path.home() / ".cache" / "opsconsole" / "testbed"


def cached() -> Binaries | None:
    """Return the binaries of these very pins if they have been built, else None. Builds nothing."""
    root = cache_root() / _fingerprint(MODULES)
    return _binaries(root) if _is_whole(root) else None


def cached_older() -> Binaries | None:
    """Return the binaries of the older Kubernetes likewise, and what it shares with the newer one."""
    newer, older = cached(), cache_root() / _fingerprint(OLDER_MODULES)
    return replace(newer, older_bin=older / "bin") if newer and _is_whole(older) else None


def find_go() -> str | None:
    """Return the Go command: from PATH, or from where its installer puts it; None if there is none."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")


def ensure_built() -> Binaries:
    """Return the binaries, building them first if need be.

    Only one process builds; others that ask meanwhile wait for it.

    Raises:
        BuildError: Go is missing, or it failed.
    """
    found = cached()
    return found or _binaries(_ensure(MODULES, "Kubernetes, etcd and kwok", _copy_kwok_files))


def ensure_older_built() -> Binaries:
    """Return the binaries of the older Kubernetes, and what it shares with the newer one, likewise.

    Raises:
        BuildError: Go is missing, or it failed.
    """
    found = cached_older()
    if found:
        return found
    newer = ensure_built()
    older = _ensure(OLDER_MODULES, f"Kubernetes {OLDER_KUBERNETES_VERSION}")
    return replace(newer, older_bin=older / "bin")


def _ensure(modules: Sequence[GoModule], title: str, finish: Callable[[str, Path], None] | None = None) -> Path:
    root = cache_root() / _fingerprint(modules)
    go = find_go()
    if go is None:
        raise BuildError("Go 1.26 or newer is needed to build the test bed, and no `go` was found on PATH")
    root.mkdir(parents=True, exist_ok=True)
    with _locked(root / "lock"):
        if not _is_whole(root):
            _build_all(go, root, modules, title)
            if finish:
                finish(go, root / "kwok")
            (root / "complete").touch()
    return root


def instead() -> Path | None:
    """Return the folder of another version's programs, if the environment names one."""
    named = os.environ.get("OPSCONSOLE_TESTBED_BIN")
    return Path(named).expanduser() if named else None


def _binaries(root: Path) -> Binaries:
    return Binaries(root / "bin", root / "kwok", instead())


def _is_whole(root: Path) -> bool:
    return (root / "complete").exists()


def _fingerprint(modules: Sequence[GoModule]) -> str:
    digest = hashlib.sha256()
    for module in modules:
        for part in ("go.mod", "go.sum"):
            digest.update((GO_MODULES / module.name / part).read_bytes())
        digest.update(repr((module.commands, module.ldflags, *filter(None, [module.tags]))).encode())
    digest.update(repr(_KWOK_FILES).encode())
    return digest.hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build_all(go: str, root: Path, modules: Sequence[GoModule], title: str) -> None:
    started = time.monotonic()
    _say(f"building {title} for the test bed (once, about six minutes on two cores) …")
    (root / "bin").mkdir(exist_ok=True)
    # etcd and kwok first: they are quick, so that a missing network shows within seconds.
    for module in reversed(modules):
        _build_module(go, module, root / "bin")
    _say(f"{title}: built in {time.monotonic() - started:.0f} s")


def _build_module(go: str, module: GoModule, target: Path) -> None:
    for binary, package in module.commands.items():
        options = ["-trimpath", "-tags", module.tags, "-ldflags", module.ldflags, "-o", str(target / binary)]
        arguments = ["build", *options, package]
        _run_go(go, module.name, arguments)


def _copy_kwok_files(go: str, target: Path) -> None:
    source = Path(_run_go(go, "kwok", ["list", "-m", "-f", "{{.Dir}}", _KWOK_MODULE]).strip())
    for name in _KWOK_FILES:
        folder = target / ("crd" if "/crd/" in name else "stage")
        folder.mkdir(parents=True, exist_ok=True)
        # The module cache is read-only, mode included: copy the bytes alone.
        shutil.copyfile(source / name, folder / Path(name).name)


def _run_go(go: str, module: str, arguments: list[str]) -> str:
    command, *rest = arguments
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    done = subprocess.run(
        [go, command, "-mod=readonly", *rest],
        cwd=GO_MODULES / module,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"`go {' '.join(arguments)}` failed for {module}:\n{done.stderr[-4000:]}")
    return done.stdout


def _say(text: str) -> None:
    print(f"testbed: {text}", file=sys.stderr, flush=True)
