"""Which pods are the optimizer's, by the name, owner or ServiceAccount that the settings give. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from opsconsole.records import Pod, Ref, Workload
from opsconsole.settings import OptimizerSettings

_POD_SUFFIX = r"(-[a-z0-9]{1,10})?-[a-z0-9]{1,8}"
"""What a controller adds to a name: a template hash, a Job's time, five random letters, or a StatefulSet's ordinal."""


class OptimizerMatch:
    """Says whether a pod belongs to the optimizer.

    A pod matches by its own name, by its owner (directly, or through the ReplicaSet or Job between them), or by its
    ServiceAccount. Of a pod known only from the server's Table (``partial``) there is nothing but the name to go by.
    """

    def __init__(self, settings: OptimizerSettings, workloads: Mapping[str, Workload] | None = None) -> None:
        parts = settings.name.split("/") if settings.name else []
        self.kind = parts[0].lower() if len(parts) == 3 else ""
        self.namespace = parts[-2] if len(parts) >= 2 else ""
        self.name = parts[-1] if parts else ""
        self._account = settings.service_account
        self._workloads = workloads if workloads is not None else {}
        self._generated = re.compile(re.escape(self.name) + _POD_SUFFIX)

    @property
    def known(self) -> bool:
        """Whether the settings say who the optimizer is at all."""
        return bool(self.name or self._account)

    def __call__(self, pod: Pod) -> bool:
        """Whether ``pod`` is one of the optimizer's."""
        if self._account and f"{pod.namespace}/{pod.service_account}" == self._account:
            return True
        if not self.name or (self.namespace and pod.namespace != self.namespace):
            return False
        return self._by_name(pod)

    def _by_name(self, pod: Pod) -> bool:
        if pod.name == self.name:
            return True
        if self.kind == "pod":
            return False
        if pod.partial:
            return self._generated.fullmatch(pod.name) is not None
        return pod.owner is not None and self._owns(pod.owner)

    def _owns(self, owner: Ref) -> bool:
        if owner.name == self.name:
            return not self.kind or owner.kind.lower() == self.kind
        between = self._workloads.get(f"{owner.kind}/{owner.namespace}/{owner.name}")
        if between is not None:
            return between.owner is not None and between.owner.name == self.name
        return owner.kind in ("ReplicaSet", "Job") and owner.name.rpartition("-")[0] == self.name
