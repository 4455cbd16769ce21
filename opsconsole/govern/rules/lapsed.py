"""The rule that ends approvals which show a rule no time of their own: deletes, evictions, scaling by ``/scale``. Pure.

CEL can't ask for the time. But each API server keeps a Lease in ``kube-system`` and renews it every ten seconds, by its
own clock: a policy may have those Leases as its parameter, and is then asked once for each. An approval whose time is
over by the newest of them lets nothing through, at most ten seconds late.

It is a policy of its own, and opens nothing where it fails: without a Lease (an API server can be told to keep none)
it says nothing, and the approval stands until it is taken off. Nor does an API server look at Leases again once the
last policy that has them as its parameter was deleted, until it is restarted. Whether the clock runs is asked of the
policy itself (:func:`question`): whatever Leases there are, only its answer tells what the API server sees of them.
"""

from __future__ import annotations

from opsconsole.govern.approvals import approval, listed
from opsconsole.govern.approvals.approval import HEAD, time_text
from opsconsole.govern.freeze import binding, policy
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import LAPSED, PARAMETER, PREFIX
from opsconsole.govern.rules.admission_rule import on
from opsconsole.records import JsonObject

RULE = "lapsed"

LEASES = {"apiserver.kubernetes.io/identity": "kube-apiserver"}
"""Label of the Leases that API servers keep of themselves."""

RUNS = "opsconsole: lapsed: its clock runs"
"""What the policy answers to :func:`question` while API servers renew their Leases."""

SINCE = 30.0
"""Seconds within which a Lease must have been renewed for the clock to run: three times as long as they take. For as
long a clock that has just stopped is taken to run."""

_SINCE = f"{PREFIX}/clock-since"
_ON_SPACE = "request.operation == 'UPDATE' && request.resource.resource == 'namespaces'"
_ASKS = (
    f"{_ON_SPACE} && object.metadata.name == '{PARAMETER}' && has(request.dryRun) && request.dryRun"
    f" && has(object.metadata.annotations) && '{_SINCE}' in object.metadata.annotations"
)
"""CEL: it is the question. Only of the Namespace that the governed can't write: on another they could leave the
annotation, and each dry run of that Namespace, by whoever keeps it (GitOps tools make one), would be refused."""
_TIME = HEAD - 1
_NAME = (
    "(has(request.name) && request.name != '' ? request.name"
    " : oldObject == null ? '' : string(oldObject.metadata.name))"
)
_REPLICAS = "(has({0}.spec.replicas) ? int({0}.spec.replicas) : 0)"


def question(now: float) -> JsonObject:
    """The patch of Namespace :data:`PARAMETER` that, tried dry, asks whether the clock runs: then it is refused.

    ``now`` is in seconds since the epoch, by the API server's clock.
    """
    return {"metadata": {"annotations": {_SINCE: time_text(now - SINCE)}}}


def manifests(identities: Identities, scope: list[JsonObject], fewest: int, most: int) -> tuple[JsonObject, JsonObject]:
    """Return policy and binding.

    Args:
        identities: whose approved writes are looked at.
        scope: resource rules: what can be deleted by an approval, and what can be scaled.
        fewest: replicas that need no approval begin here; what is within bounds is none of this rule's business.
        most: and end here.
    """
    over = f"size(g) > {HEAD} && g.substring(0, {_TIME}) < variables.clock"
    ended = (
        f"request.operation == 'DELETE' && [variables.grant].exists(g, {over} && g.contains(' delete/'))"
        f" || variables.listed.exists(g, {over} && (variables.scales"
        " ? g.contains(' scale/' + string(oldObject.metadata.uid) + '/' + variables.change + '/')"
        f" && variables.beyond : g.contains(' remove/' + {_NAME} + '/')))"
    )
    now = _REPLICAS.format("object")
    variables = [
        ("asked", _ON_SPACE),
        ("clock", f"string(params.spec.renewTime).substring(0, {_TIME})"),
        approval.VARIABLES[0],
        listed.LINES,
        ("scales", "has(request.subResource) && request.subResource == 'scale'"),
        ("change", f"variables.scales ? string({_REPLICAS.format('oldObject')}) + '-' + string({now}) : ''"),
        ("beyond", f"variables.scales && ({now} < {fewest} || {now} > {most})"),
    ]
    spec: JsonObject = {
        # What the clock can't be told of is the other rules' business: this one only takes back what they let through.
        "failurePolicy": "Ignore",
        "paramKind": {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"},
        "matchConstraints": {"resourceRules": [*scope, on("", "UPDATE", "namespaces")]},
        "matchConditions": [
            {"name": "governed", "expression": f"{_ASKS} || !({_ON_SPACE}) && ({identities.condition})"}
        ],
        "variables": [{"name": name, "expression": expression} for name, expression in variables],
        "validations": [
            {
                "expression": f"variables.asked || !({ended})",
                "message": "opsconsole: lapsed: the time of this approval is over",
                "reason": "Forbidden",
            },
            {
                "expression": f"!variables.asked || variables.clock < object.metadata.annotations['{_SINCE}']",
                "message": RUNS,
                "reason": "Forbidden",
            },
        ],
    }
    reference = {"namespace": PARAMETER, "selector": {"matchLabels": LEASES}, "parameterNotFoundAction": "Allow"}
    return policy(LAPSED, "governor", spec), binding(LAPSED, "governor", ["Deny", "Audit"], paramRef=reference)
