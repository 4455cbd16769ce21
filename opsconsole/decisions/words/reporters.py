"""Names under which optimizers report Kubernetes events."""

from __future__ import annotations

from opsconsole.decisions.words.sets import wordset

_KNOWN = wordset(
    "vpa vertical-pod-autoscaler karpenter cluster-autoscaler keda scaledobject-controller horizontal-pod-autoscaler "
    "cluster-proportional-autoscaler watermarkpodautoscaler multidim-pod-autoscaler descheduler rollouts-controller "
    "kube-downscaler py-kube-downscaler kube-green kured draino escalator goldilocks kubeturbo turbonomic castai "
    "stormforge scaleops perfectscale zesty spot-ocean ocean crane craned kueue volcano vc-controller-manager "
    "knative autoscaler-controller flagger argocd-image-updater image-automation-controller kubecost predictkube "
    "datadog-cluster-agent"
)
"""Names of programs that scale, resize, move or replace what runs, as their event recorders give them. A reporter may
add its part after a dash (``vpa-updater``) and a domain before a slash (``sigs.k8s.io/descheduler``)."""


def is_optimizer(reporter: str) -> bool:
    """Whether ``reporter`` is the name of a well-known optimizer, or of a part of one."""
    words = reporter.rpartition("/")[2].lower().split("-")
    return any("-".join(words[:length]) in _KNOWN for length in range(1, len(words) + 1))
