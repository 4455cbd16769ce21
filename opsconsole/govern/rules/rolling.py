"""The rule about how a workload rolls out, and about what ends or idles it other than by a delete. Pure."""

from __future__ import annotations

from opsconsole.govern.kept import KEPT
from opsconsole.govern.names import RUN_PODS
from opsconsole.govern.rules.admission_rule import AdmissionRule, all_unchanged, on
from opsconsole.records import JsonObject

_RUN = (
    "suspend", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "backoffLimit", "backoffLimitPerIndex",
    "maxFailedIndexes", "completions", "completionMode", "podFailurePolicy", "successPolicy", "managedBy", "active",
    "stopPolicy",
)  # fmt: skip
"""What ends a Job's pods, or the Job: a CronJob has it one level deeper. A stopped queue of Kueue may evict all."""
_ROLLING = (
    *_RUN, "paused", "strategy", "updateStrategy", "minReadySeconds", "progressDeadlineSeconds",
    "revisionHistoryLimit", "schedule", "timeZone", "concurrencyPolicy", "startingDeadlineSeconds", "ordinals",
    "persistentVolumeClaimRetentionPolicy", "persistentVolumeReclaimPolicy", "scaleTargetRef",
    "claimRef", "workloadRef", "scaleStrategy", "reserveOrdinals", "volumeAttributesClassName",
    "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "prune", "syncPolicy", "deletionPolicy",
)  # fmt: skip
"""``paused`` stops every rollout, the one that mends it too; without history there is nothing to go back to. Pods of
other ``ordinals`` are other pods; the policies of volumes tell what goes with a pod or a claim; a workload that is the
target of an autoscaler no more is scaled no more. A Rollout of another ``workloadRef`` runs another template;
OpenKruise deletes the pods that ``scaleStrategy`` names, and those of ``reserveOrdinals``. Flux deletes by ``prune``
what is not in its source, Argo CD by ``syncPolicy``."""
_METADATA = ("ownerReferences", "finalizers")
"""What is owned by something that is not there is deleted: the garbage collector does it. A finalizer keeps what is in
use, or counts a Job's pods."""
_BESIDE = (
    "imagePullSecrets", "secrets", "automountServiceAccountToken", "overhead", "scheduling", "revision",
    "globalDefault", "allowVolumeExpansion", "operation",
)  # fmt: skip
"""Fields beside a spec: what new pods of an account or a RuntimeClass need, which revision is the newest, what Argo CD
is to do now (a sync may delete)."""


def _owned() -> tuple[JsonObject, ...]:
    """Updates of whatever rule ``deletes`` keeps from being deleted."""
    return tuple(on(group, "UPDATE", *plurals) for group, plurals in KEPT.items())


def _no_more(of: str) -> str:
    """CEL: an autoscaler may only take pods away."""
    paths = ("", ".?advanced.?horizontalPodAutoscalerConfig")  # of an autoscaler, and of the one that KEDA makes
    up = [f"{of}.spec{path}.?behavior.?scaleUp.?selectPolicy.orValue('') == 'Disabled'" for path in paths]
    return f"({' || '.join(up)})"


_ONLY_THESE = "kubernetes.io/enforce-mountable-secrets"
"""Annotation of a ServiceAccount by which its new pods may mount no Secret that it does not list."""
_HISTORY = ("replicasets", "controllerrevisions")
_PLACE = ("deployment.kubernetes.io/revision", "deployment.kubernetes.io/desired-replicas",
          "deployment.kubernetes.io/max-replicas", "rollout.argoproj.io/revision",
          "rollout.argoproj.io/desired-replicas")  # fmt: skip
"""Annotations by which controllers know which revision a ReplicaSet is, and what it was scaled to."""
_WHERE = ("openshift.io/node-selector", "scheduler.alpha.kubernetes.io/node-selector",
          "scheduler.alpha.kubernetes.io/defaultTolerations", "scheduler.alpha.kubernetes.io/tolerationsWhitelist",
)  # fmt: skip
"""Annotations of a namespace by which admission places all its new pods (OpenShift, PodNodeSelector,
PodTolerationRestriction)."""
_NOTE = "{0}.metadata.?annotations[?k].orValue('')"
_SAME = (
    f"{all_unchanged('oldObject.metadata', 'object.metadata', _METADATA)}"
    f" && {all_unchanged('oldObject', 'object', _BESIDE)}"
    # Labels of a namespace say what its pods may do (Pod Security) and which webhooks are
    # asked; some annotations, where they run.
    f" && (request.resource.resource != 'namespaces'"
    f" || {all_unchanged('oldObject.metadata', 'object.metadata', ('labels',))}"
    f" && {list(_WHERE)}.all(k, {_NOTE.format('object')} == {_NOTE.format('oldObject')}))"
    # A workload keeps its revisions by their labels, and takes what bears them for its own.
    f" && (!(request.resource.resource in {list(_HISTORY)})"
    f" || {all_unchanged('oldObject.metadata', 'object.metadata', ('labels',))}"
    f" && {list(_PLACE)}.all(k, {_NOTE.format('object')} == {_NOTE.format('oldObject')}))"
    " && (request.resource.resource != 'serviceaccounts'"
    f" || ['{_ONLY_THESE}'].all(k, {_NOTE.format('object')} == {_NOTE.format('oldObject')}))"
)
"""CEL: nothing that the rule looks at beside the spec was changed."""

ROLLOUTS = AdmissionRule(
    "rollouts",
    "pauses, suspends or ends a workload other than by deleting it, or changes how it rolls out and its history",
    "it may not pause, suspend or end this, nor change how it rolls out or who owns it",
    _owned(),
    f"{_SAME} && (!has(object.spec) || ({all_unchanged('oldObject.spec', 'object.spec', _ROLLING)}"
    # Of ReplicationControllers and custom workloads the API server lets it be changed: other pods are theirs then.
    f" && (!(request.resource.resource in {list(RUN_PODS)})"
    f" || {all_unchanged('oldObject.spec', 'object.spec', ('selector',))})"
    " && (request.resource.resource != 'persistentvolumes' || object.spec == oldObject.spec)"
    " && (!has(object.spec.jobTemplate)"
    f" || {all_unchanged('oldObject.spec.jobTemplate.spec', 'object.spec.jobTemplate.spec', _RUN)})"
    f" && (!{_no_more('object')} || {_no_more('oldObject')})))",
    touches=f"(has(object.spec) && object.spec != oldObject.spec || !({_SAME}))",
)
