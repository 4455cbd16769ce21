"""The rule about being somebody else: another account, the cluster's own parts, or whoever owns a node. Pure."""

from __future__ import annotations

from opsconsole.govern.approvals.approval import CONTAINERS, shell
from opsconsole.govern.identities import ACCOUNT_PREFIX
from opsconsole.govern.kept import MACHINES
from opsconsole.govern.names import CUSTOM_WORKLOADS, GROUP, KEDA, RUN_PODS
from opsconsole.govern.rules.admission_rule import AdmissionRule, all_unchanged, on

_OWN = f"request.userInfo.username == '{ACCOUNT_PREFIX}' + request.namespace + ':' + variables.runsAs"

_RUNS_AS = (
    "variables.shell == null ? '' : variables.shell.?serviceAccountName.orValue('') != ''"
    " ? variables.shell.serviceAccountName : variables.shell.?serviceAccount.orValue('')"
)
"""CEL: as whom the pods run. The old name of the field counts where the new one is not there: custom workloads keep
what was written, and the API server reads it so when their operators make pods of it."""

_HARMLESS = ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
             "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")  # fmt: skip
"""Capabilities that the Pod Security standard "baseline" allows; the others own the node."""

_PLAIN = (
    # A Rollout may have its template elsewhere, where it is judged.
    f"(variables.shell == null || (variables.runsAs in ['', 'default'] || {_OWN})"
    " && !['hostPID', 'hostIPC', 'hostNetwork'].exists(f, f in variables.shell && variables.shell[f])"
    " && (!has(variables.shell.nodeName) || variables.shell.nodeName == '')"
    # Kubernetes keeps such names for the cluster's own parts; their pods push everybody's off a node.
    " && !variables.shell.?priorityClassName.orValue('').startsWith('system-')"
    " && (!has(variables.shell.volumes) || variables.shell.volumes.all(v, !has(v.hostPath)))"
    f" && {CONTAINERS.format('variables.shell')}.all(c, !c.?securityContext.?privileged.orValue(false)"
    f" && c.?securityContext.?capabilities.?add.orValue([]).all(k, k in {list(_HARMLESS)})))"
)
"""CEL: what is made runs as nobody but its maker, has no part of the host, is bound to no node and before nobody."""

_LEASE = (
    "request.namespace != 'kube-node-lease' && (request.namespace != 'kube-system'"
    f" || request.userInfo.username.startsWith('{ACCOUNT_PREFIX}kube-system:')"
    " && !['kube-', 'cloud-', 'apiserver-', 'cluster-autoscaler'].exists(p, variables.named.startsWith(p)))"
)
"""CEL: it is no Lease of a node, of an API server or of a part of the cluster that leads by it."""

_BALANCED = "node.kubernetes.io/exclude-from-external-load-balancers"
_OFF = f"{{0}}.metadata.?labels[?'{_BALANCED}'].orValue('')"
_NODE = (
    f"request.operation == 'UPDATE' && {_OFF.format('object')} == {_OFF.format('oldObject')}"
    " && object.spec.?providerID.orValue('') == oldObject.spec.?providerID.orValue('')"
    " && object.spec.?podCIDR.orValue('') == oldObject.spec.?podCIDR.orValue('')"
)
"""CEL: it makes no node, takes none from behind the load balancers, and gives none a machine or addresses: where they
are not given yet, the API server takes them from anybody, and a machine that is not there is deleted with its node."""

_CLOUDS = ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id",
           "azure.workload.identity/tenant-id", "pod-identity.alibabacloud.com/role-name")  # fmt: skip
"""Annotations by which a cloud takes the pods of a ServiceAccount for one of its own identities."""

_ROLE = "{0}.metadata.?annotations[?k].orValue('')"
_ACCOUNT = f"{list(_CLOUDS)}.all(k, {_ROLE.format('object')} == (oldObject == null ? '' : {_ROLE.format('oldObject')}))"
"""CEL: it gives no account an identity of the cloud, and none another."""

_CONTROLLED = ("pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash", "controller-uid",
               "batch.kubernetes.io/controller-uid", "statefulset.kubernetes.io/pod-name",
               "deploymentconfig")  # fmt: skip
_LABEL = "{0}.metadata.?labels[?k].orValue('')"
_LABELS = (
    f"{list(_CONTROLLED)}.all(k, {_LABEL.format('object')} == (oldObject == null ? '' : {_LABEL.format('oldObject')}))"
)
"""CEL: no workload takes the pod for its own, or takes it no more, by labels that only controllers write. It would let
as many of its pods go: those that cost least to delete, which whoever makes the others can say."""

_OWNED = "object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false))"
_HAS_CONTROLLER = (
    f"{_OWNED} && ['pod-template-hash', 'rollouts-pod-template-hash'].exists(k,"
    " object.spec.?selector.?matchLabels[?k].hasValue())"
)
"""CEL: a ReplicaSet that some controller made. A Deployment takes one without for its own by labels alone, as what a
rollback goes back to, and enough of them push the true ones out of its history. An owner can be made up; then it at
least takes no pods for its own that belong to nobody: they bear no label that only controllers write."""

_HAS_CONFIG = f"{_OWNED} && object.spec.?selector[?'deploymentconfig'].hasValue()"
"""CEL: a ReplicationController that OpenShift's made of a DeploymentConfig, by the label that those pods alone bear.
Any other takes what its selector fits and nobody owns, and ends what is too many."""

_MANUAL = "object.spec.?manualSelector.orValue(false)"
"""CEL: a Job that takes pods for its own which it did not make, and ends those that are too many."""

_LAST = "object.value <= 0 && !object.?globalDefault.orValue(false)"
"""CEL: a PriorityClass by which pods push nobody off a node."""

_VOLUME = "!has(object.spec.hostPath) && !has(object.spec.local)"
"""CEL: it is no directory of a node, which a pod would have by its claim."""

_HOOK = ("admissionReviewVersions", "failurePolicy", "matchConditions", "matchPolicy", "namespaceSelector",
         "objectSelector", "reinvocationPolicy", "rules", "sideEffects", "timeoutSeconds")  # fmt: skip
_ITS_OWN = (
    "n.clientConfig.?service.hasValue()"
    f" && request.userInfo.username.startsWith('{ACCOUNT_PREFIX}' + n.clientConfig.service.namespace + ':')"
)
_INJECTED = ("cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret",
             "cert-manager.io/inject-apiserver-ca", "service.beta.openshift.io/inject-cabundle")  # fmt: skip
"""Annotations by which cert-manager and OpenShift put another certificate into what calls a webhook."""

_SAME_TRUST = f"{list(_INJECTED)}.all(k, {_ROLE.format('object')} == {_ROLE.format('oldObject')})"
_HOOKS = (
    f"request.operation == 'UPDATE' && {_SAME_TRUST}"
    f" && {all_unchanged('oldObject.metadata', 'object.metadata', ('ownerReferences',))}"
    " && size(object.?webhooks.orValue([])) == size(oldObject.?webhooks.orValue([]))"
    " && object.?webhooks.orValue([]).all(n, oldObject.?webhooks.orValue([]).exists(o, n.name == o.name"
    f" && {all_unchanged('o', 'n', _HOOK)} && {all_unchanged('o.clientConfig', 'n.clientConfig', ('url', 'service'))}"
    f" && (n.clientConfig == o.clientConfig || {_ITS_OWN})))"
)
"""CEL: it asks nobody else and about nothing else: at most the certificate of a webhook that runs in its own namespace
is another, as operators renew theirs. Whom a webhook asks may rewrite what others write, and whoever takes one away
takes what it refuses: the garbage collector does, if an owner that is gone is written into it. Policies are asked about
webhook configurations, if webhooks are not."""

_KIND = "!object.spec.group.endsWith('.k8s.io')"
"""CEL: a new kind that is not of a group of Kubernetes itself: autoscalers believe what ``metrics.k8s.io`` tells them,
and whoever makes its kinds where nothing serves them can tell them anything."""

_KEYS = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")
"""Types of Secrets that the API server takes for an identity."""

ESCAPES = AdmissionRule(
    "escapes",
    "gives itself another identity: tokens, grants, certificates, a cloud's roles, a shell in a pod, a pod as somebody "
    "else; or speaks for the cluster's own parts: statuses, bindings, their Leases, kinds, revisions, priorities",
    "it may not give itself another identity or other rights, nor speak for the cluster's own parts",
    (
        on("", "CREATE", "serviceaccounts/token", "pods/binding", "bindings"),
        on("", "CREATE UPDATE", "nodes"),
        on("", "CREATE UPDATE DELETE", "endpoints"),
        on("discovery.k8s.io", "*", "endpointslices"),
        on("", "CREATE UPDATE", "secrets"),
        on("", "CREATE", "persistentvolumes"),
        on("", "CREATE UPDATE", "serviceaccounts"),
        on("scheduling.k8s.io", "CREATE", "priorityclasses"),
        on("", "CONNECT", "pods/exec", "pods/attach", "pods/portforward", "nodes/proxy"),
        on("", "UPDATE", "*/status", "namespaces/finalize"),
        on("apps", "UPDATE", "*/status"),
        on("batch", "UPDATE", "*/status"),
        on("policy", "UPDATE", "*/status"),
        on("autoscaling", "UPDATE", "*/status"),
        on("networking.k8s.io", "UPDATE", "*/status"),
        on("networking.k8s.io", "CREATE UPDATE", "servicecidrs", "ipaddresses"),
        on("storage.k8s.io", "CREATE UPDATE", "csidrivers", "csinodes", "csistoragecapacities", "volumeattachments",
           "*/status"),
        on("resource.k8s.io", "CREATE UPDATE", "deviceclasses", "resourceslices", "*/status"),
        on("resource.k8s.io", "*", "devicetaintrules"),
        on("storagemigration.k8s.io", "*", "*/*"),
        on("internal.apiserver.k8s.io", "*", "*/*"),
        # Of a machine or a group of pods that is told to have failed the next controller makes an end.
        *(on(group, "UPDATE", "*/status") for group in (
            KEDA, MACHINES, "karpenter.sh", "scheduling.k8s.io", "gateway.networking.k8s.io")),
        *(on(group, "UPDATE", *(f"{kind}/status" for kind in kinds)) for group, kinds in CUSTOM_WORKLOADS.items()),
        *(on(group, "CREATE", *kinds) for group, kinds in CUSTOM_WORKLOADS.items()),
        on("rbac.authorization.k8s.io", "*", "*"),
        on("certificates.k8s.io", "CREATE UPDATE", "*/*"),
        on("certificates.k8s.io", "DELETE", "certificatesigningrequests", "podcertificaterequests"),
        on("apiregistration.k8s.io", "*", "*/*"),
        on("flowcontrol.apiserver.k8s.io", "*", "*/*"),
        on("coordination.k8s.io", "*", "leases", "leasecandidates"),
        on(GROUP, "*", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
        on("apiextensions.k8s.io", "CREATE UPDATE", "customresourcedefinitions"),
        on("apiextensions.k8s.io", "UPDATE", "*/status"),
        on("", "CREATE UPDATE", "pods"),
        on("", "CREATE", "replicationcontrollers"),
        # A revision of somebody's workload that he never made is what his rollback goes back to.
        on("apps", "CREATE", "deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"),
        on("batch", "CREATE", "jobs", "cronjobs"),
    ),
    f"variables.kind == 'secrets' ? !has(object.type) || !(object.type in {list(_KEYS)})"
    f" : variables.kind == 'leases' ? {_LEASE}"
    f" : variables.kind == 'nodes' ? {_NODE}"
    f" : variables.kind == 'persistentvolumes' ? {_VOLUME}"
    f" : variables.kind == 'serviceaccounts' ? {_ACCOUNT}"
    f" : variables.kind == 'priorityclasses' ? {_LAST}"
    # A version that is served no more takes all objects away; a webhook that converts them may change each.
    f" : variables.kind == 'customresourcedefinitions' ? (oldObject == null ? {_KIND}"
    f" : object.spec == oldObject.spec && {_SAME_TRUST})"
    f" : variables.kind.endsWith('webhookconfigurations') ? {_HOOKS}"
    f" : variables.kind == 'pods' && !({_LABELS}) ? false"
    f" : variables.kind == 'replicasets' && !({_HAS_CONTROLLER}) ? false"
    f" : variables.kind == 'replicationcontrollers' && !({_HAS_CONFIG}) ? false"
    f" : variables.kind == 'jobs' && {_MANUAL} ? false"
    " : variables.kind == 'pods' && request.operation == 'UPDATE' ? true"
    f" : variables.kind in {list(RUN_PODS)} && {_PLAIN}",
    (
        ("kind", "has(request.subResource) && request.subResource != '' ? '' : request.resource.resource"),
        ("named", "object != null ? string(object.metadata.name) : string(oldObject.metadata.name)"),
        ("shell", shell("object")),
        ("runsAs", _RUNS_AS),
    ),
)  # fmt: skip
