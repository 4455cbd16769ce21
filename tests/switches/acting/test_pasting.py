"""Commands that are offered for pasting: whatever a name or an annotation holds, a shell takes it for one word."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.records import Ref
from opsconsole.switches.delete.plan import set_command
from opsconsole.switches.restore.fields import Put
from opsconsole.switches.restore.words import command
from opsconsole.switches.target import gitops
from opsconsole.text import clean_line

HOSTILE = st.sampled_from(["app$(reboot)", "a;b", "`id`", "a b", "a'b", 'a"b', "a|b", "a&&b", "$HOME", "a>b", "*"])
NAMES = st.one_of(HOSTILE, st.text(st.characters(exclude_characters=":/"), min_size=1)).map(clean_line)


def words(offered: str, program: str) -> list[str]:
    """The words that a shell makes of the command in ``offered``."""
    return shlex.split(offered[offered.index(f"{program} ") :])


def on(name: str, options: list[str]) -> list[str]:
    """The name and the options; a name that looks like an option stands behind them and ``--``."""
    return [*options, "--", name] if name.startswith("-") else [name, *options]


@given(NAMES)
def test_an_argo_cd_application_is_one_word(name: str) -> None:
    (offered,) = gitops.managers([], [("argocd.argoproj.io/tracking-id", f"{name}:apps/Deployment:ops/aura")])
    command = offered.rpartition(": ")[2] if ": " not in name else offered.partition("is on: ")[2]
    policy = ["--sync-policy", "none"]
    assert words(command, "argocd") == ["argocd", "app", "set", *on(name, policy)]


@given(NAMES, NAMES)
def test_a_flux_object_is_one_word(name: str, namespace: str) -> None:
    marks = [("kustomize.toolkit.fluxcd.io/name", name), ("kustomize.toolkit.fluxcd.io/namespace", namespace)]
    (offered,) = gitops.managers([], marks)
    found = words(offered.partition("next run: ")[2], "flux")
    assert found == ["flux", "suspend", "kustomization", *on(name, ["-n", namespace])]


@given(NAMES, st.sampled_from(["Deployment", "CronJob", "ScaledObject", "rollouts.v1alpha1.argoproj.io"]))
def test_what_is_stopped_is_one_word(name: str, kind: str) -> None:
    found = shlex.split(set_command(Ref(kind, "ops", name), 0))
    assert found[0] == "kubectl"
    assert any(word in {name, f"{kind.lower()}/{name}"} for word in found)


@given(NAMES, NAMES)
def test_what_is_restored_is_one_word(name: str, image: str) -> None:
    put = Put("containers[main].image", "old:1", image)
    found = shlex.split(command(Ref("Deployment", "ops", name), [put]))
    assert f"deployment/{name}" in found
