"""What an authorizer is asked about the optimizer, and where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from opsconsole.cluster.questions.rbac import Grant, Role
from opsconsole.cluster.questions.reviews import Access
from opsconsole.records import Ref
from opsconsole.switches.target.rights import Principal, questions, reaching

_RBAC = "rbac.authorization.k8s.io"
_HOOKS = "admissionregistration.k8s.io"
_CERTIFICATES = "certificates.k8s.io"


FULLY = 10
"""Places in which everything is asked; with bindings in hundreds of namespaces, everything in each takes minutes."""

FEW = 4
"""Questions about what a binding gives in each of the other places, beside :func:`sample`."""


def matrix(namespace: str) -> tuple[Access, ...]:
    """What optimizers do to a cluster, and what leads to all other rights, in one namespace or cluster-wide ("")."""
    here = (
        Access("*", "*", "*", "", namespace),
        Access("patch", "deployments", "apps", "", namespace),
        Access("update", "deployments", "apps", "", namespace),
        Access("patch", "deployments", "apps", "scale", namespace),
        Access("update", "deployments", "apps", "scale", namespace),
        Access("patch", "statefulsets", "apps", "", namespace),
        Access("patch", "daemonsets", "apps", "", namespace),
        Access("patch", "horizontalpodautoscalers", "autoscaling", "", namespace),
        Access("create", "jobs", "batch", "", namespace),
        Access("create", "pods", "", "", namespace),
        Access("patch", "pods", "", "", namespace),
        Access("delete", "pods", "", "", namespace),
        Access("create", "pods", "", "exec", namespace),
        Access("get", "pods", "", "exec", namespace),
        Access("patch", "pods", "", "ephemeralcontainers", namespace),
        Access("create", "pods", "", "eviction", namespace),
        Access("patch", "configmaps", "", "", namespace),
        Access("get", "secrets", "", "", namespace),
        Access("create", "rolebindings", _RBAC, "", namespace),
        Access("bind", "roles", _RBAC, "", namespace),
        Access("escalate", "roles", _RBAC, "", namespace),
        Access("create", "serviceaccounts", "", "token", namespace),
        Access("impersonate", "serviceaccounts", "", "", namespace),
    )
    return (*here, *_CLUSTER_WIDE) if not namespace else here


_CLUSTER_WIDE = (
    Access("patch", "nodes"),
    Access("create", "clusterrolebindings", _RBAC),
    Access("bind", "clusterroles", _RBAC),
    Access("escalate", "clusterroles", _RBAC),
    Access("update", "certificatesigningrequests", _CERTIFICATES, "approval"),
    Access("approve", "signers", _CERTIFICATES),
    Access("sign", "signers", _CERTIFICATES),
    Access("get", "nodes", "", "proxy"),
    Access("impersonate", "users"),
    Access("impersonate", "groups"),
    Access("delete", "namespaces"),
    Access("create", "validatingwebhookconfigurations", _HOOKS),
    Access("create", "mutatingwebhookconfigurations", _HOOKS),
)


def sample(namespace: str) -> tuple[Access, ...]:
    """The few questions for a namespace in which nothing of the optimizer's is known, or one of very many."""
    return (
        Access("*", "*", "*", "", namespace),
        Access("patch", "deployments", "apps", "", namespace),
        Access("patch", "deployments", "apps", "scale", namespace),
        Access("create", "pods", "", "", namespace),
        Access("delete", "pods", "", "", namespace),
        Access("create", "rolebindings", _RBAC, "", namespace),
    )


def asked_of(
    who: Principal,
    places: Iterable[str],
    grants: Iterable[Grant],
    roles: dict[tuple[str, str], Role],
    fully: int = FULLY,
) -> Iterator[Access]:
    """What is asked about one identity: the matrix in each place, and what each binding that reaches it gives there.

    Args:
        who: the identity.
        places: namespaces, those that matter most first, and "" for the whole cluster.
        grants: the bindings.
        roles: what they give, by kind and key.
        fully: namespaces in which everything is asked.
    """
    known = tuple(places)
    near = frozenset(["", *[place for place in known if place][:fully]])
    for place in known:
        yield from matrix(place) if place in near else sample(place)
    for grant in grants:
        role = roles.get(_key(grant.role))
        if role is not None and reaching(grant, who):
            given = questions(role, grant.ref.namespace)
            yield from given if grant.ref.namespace in near else given[:FEW]


def _key(ref: Ref) -> tuple[str, str]:
    return (ref.kind, ref.key)
