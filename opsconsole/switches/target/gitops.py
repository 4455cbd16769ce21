"""Who would put an object back: the marks that GitOps tools and package managers leave on what they own. Pure.

The marks are annotations that anybody may write: in a command that is offered for pasting they are quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opsconsole.switches.shell import shell

Pairs = Iterable[tuple[str, str]]


def managers(labels: Pairs, annotations: Pairs) -> tuple[str, ...]:
    """Who manages an object, each with what it will do and how to make it pause; empty where no mark says so."""
    marks = {**dict(labels), **dict(annotations)}
    found = (_argo(marks), _flux(marks), _olm(marks), _helm(marks), _other(marks))
    return tuple(words for words in found if words)


def _argo(marks: Mapping[str, str]) -> str:
    tracking = marks.get("argocd.argoproj.io/tracking-id") or marks.get("argocd.argoproj.io/instance")
    if not tracking:
        return ""
    app = tracking.partition(":")[0]
    return f"Argo CD (application {app}) puts it back within seconds if self-heal is on: " + shell(
        "argocd", "app", "set", *_last(app, "--sync-policy", "none")
    )


def _flux(marks: Mapping[str, str]) -> str:
    for kind, tool in (("kustomization", "kustomize"), ("helmrelease", "helm")):
        name = marks.get(f"{tool}.toolkit.fluxcd.io/name")
        if name:
            namespace = marks.get(f"{tool}.toolkit.fluxcd.io/namespace", "flux-system")
            pause = shell("flux", "suspend", kind, *_last(name, "-n", namespace))
            return f"Flux ({kind} {namespace}/{name}) puts it back at its next run: {pause}"
    return ""


def _last(name: str, *options: str) -> list[str]:
    return [*options, "--", name] if name.startswith("-") else [name, *options]


def _helm(marks: Mapping[str, str]) -> str:
    if "helm.toolkit.fluxcd.io/name" in marks:
        return ""
    release = marks.get("meta.helm.sh/release-name") or marks.get("app.kubernetes.io/instance", "")
    marked = "meta.helm.sh/release-name" in marks or marks.get("app.kubernetes.io/managed-by", "").lower() == "helm"
    return f"Helm (release {release or 'unknown'}) puts it back at its next upgrade" if marked else ""


def _olm(marks: Mapping[str, str]) -> str:
    owner = marks.get("olm.owner")
    return f"the Operator Lifecycle Manager ({owner}) puts it back" if owner else ""


def _other(marks: Mapping[str, str]) -> str:
    by = marks.get("app.kubernetes.io/managed-by", "")
    if not by or by.lower() in {"helm", "argocd", "flux", "kubectl"} or "olm.owner" in marks:
        return ""
    return f"{by} manages it and may put it back"
