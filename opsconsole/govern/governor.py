"""Everything that the installed governor consists of, in the order in which it is made; and how it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from opsconsole.govern import compare, freeze, protect
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import BINDING, FROZEN, LAPSED, PARAMETER, POLICY
from opsconsole.govern.rules import builtin, lapsed
from opsconsole.govern.rules.builtin import Mode, RuleLimits
from opsconsole.records import JsonObject, Record

NOT_HELD = (
    "many small cuts, one after the other",
    "large steps of replicas within the bounds; a first limit, down to the request",
    "limits far too high; cuts of anything but CPU and memory",
    "commands, arguments, environment, labels and annotations of a pod template; restarts",
    "ConfigMaps, Secrets, Services, NetworkPolicies and quotas outside kube-system and kube-public, Ingresses and"
    " budgets, but for what rule deletes names",
    "new objects within bounds, of any image, with host ports too, and of a priority that people made",
    "classes made (ingress, storage, volume attributes, runtime), of which one may become the default",
    "labels and annotations but of revisions, who owns which field; pods that a DaemonSet or a bare ReplicaSet takes"
    " for its own by labels, and bare pods and ReplicaSets that a new DaemonSet, StatefulSet or Deployment does",
    "when and how fast an autoscaler adds pods; of custom resources what no rule knows by its name: counts and stops"
    " under names of an operator's own, or deeper than three levels, parts that are left out, sizes, images, versions",
    "what pods and services serve themselves (pods/proxy, services/proxy)",
)
"""What no rule refuses, in words: a freeze does. ``docs/govern.md`` says more of each."""


class Wanted(Record, frozen=True):
    """What is to be installed. ``excepted``: whom the rules don't judge where everybody but a group is governed."""

    identities: Identities
    namespace: str
    approvers: str
    limits: RuleLimits = RuleLimits()
    modes: tuple[tuple[str, Mode], ...] = ()
    excepted: tuple[str, ...] = ()

    @property
    def judged(self) -> Identities:
        """Whom the rules are about. Freeze and protection, and who may not approve, know no exceptions."""
        others = tuple(user for user in self.excepted if user not in self.identities.users)
        return msgspec.structs.replace(self.identities, excepted=others if self.identities.break_glass else ())


class RuleState(Record, frozen=True):
    """How one rule stands. ``mode`` is ``off`` if it is not there; ``changed``: it is not as it was put there."""

    name: str
    mode: str
    changed: bool = False


def manifests(wanted: Wanted) -> list[JsonObject]:
    """Return every policy and binding. The parameter (:func:`parameter`) has to be set before them."""
    policies: list[JsonObject] = []
    bindings: list[JsonObject] = []
    pairs = [
        protect.manifests(wanted.identities, wanted.namespace, wanted.judged),
        freeze.installed(wanted.identities),
        *_lapsed(wanted),
        *(
            pair[2:]
            for pair in builtin.manifests(
                wanted.identities, wanted.limits, wanted.approvers, dict(wanted.modes), judged=wanted.judged
            )
        ),
    ]
    for its_policy, its_binding in pairs:
        policies.append(its_policy)
        bindings.append(its_binding)
    return [*policies, *bindings]


def _lapsed(wanted: Wanted) -> list[tuple[JsonObject, JsonObject]]:
    scope, limits = builtin.timeless(dict(wanted.modes)), wanted.limits
    if not scope:
        return []
    return [lapsed.manifests(wanted.judged, scope, limits.min_replicas, limits.max_replicas)]


def parameter() -> JsonObject:
    """Return the Namespace with the parameter on it, as kubectl applies it to the one that is there."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PARAMETER, "annotations": {FROZEN: "false"}}}


def key(manifest: JsonObject) -> tuple[str, str]:
    """Kind and name."""
    return str(manifest.get("kind")), str(manifest["metadata"]["name"])


def states(wanted: Wanted, found: Mapping[tuple[str, str], JsonObject]) -> list[RuleState]:
    """Return how each rule, the freeze and the protection stand, by what was found in the cluster."""
    ought = {key(each): each for each in manifests(wanted)}
    clocked = any((kind, LAPSED) in where for kind in (POLICY, BINDING) for where in (ought, found))
    own = ("protect", "freeze", *([lapsed.RULE] if clocked else []))
    return [_state(name, ought, found) for name in (*own, *builtin.NAMES)]


def _state(
    name: str, ought: Mapping[tuple[str, str], JsonObject], found: Mapping[tuple[str, str], JsonObject]
) -> RuleState:
    pair = [found.get((kind, builtin.name_of(name))) for kind in (POLICY, BINDING)]
    if pair[0] is None or pair[1] is None:
        return RuleState(name, "off", changed=any(pair))
    wanted = [ought.get((kind, builtin.name_of(name))) for kind in (POLICY, BINDING)]
    same = all(a is not None and b is not None and compare.same(a, b) for a, b in zip(wanted, pair, strict=True))
    return RuleState(name, _mode(pair[1]), changed=not same)


def _mode(binding: JsonObject) -> str:
    spec = binding.get("spec") or {}
    actions: Sequence[str] = spec.get("validationActions") or ()
    return "deny" if "Deny" in actions else "warn" if "Warn" in actions else "off"
