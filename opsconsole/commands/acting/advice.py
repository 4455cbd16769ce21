"""What somebody can do whom the cluster refuses a question of a command that governs."""

from __future__ import annotations

from opsconsole.cluster.transport.errors import ClusterError, Denied, Unreachable

_DENIED = (
    "policies have no namespace, so it takes a ClusterRoleBinding: of opsconsole-read-only (examples/rbac) to look, of "
    "opsconsole-freeze too to freeze and thaw, of cluster-admin to install; opsconsole check says what else is missing"
)
_UNREACHED = "nothing was changed; opsconsole check says how the cluster is looked for (--kubeconfig, --context)"


def with_advice(error: ClusterError) -> str:
    """The error, and what to do about it where something is known to help."""
    if isinstance(error, Denied):
        return f"{error}; {_DENIED}"
    return f"{error}; {_UNREACHED}" if isinstance(error, Unreachable) else str(error)
