"""What tools print of each thing that they do: Terraform, Pulumi, Argo CD, kubectl, Knative. One row for each form."""

from __future__ import annotations

from opsconsole.decisions.meaning.programs.reports import node_outputs
from opsconsole.decisions.meaning.prose.forms import formats
from opsconsole.records import Mood

_ADDRESS = r"^\s*(?:module\.[\w.\[\]\"/-]{1,200}\.)?(?P<kind>[a-z]+_\w{2,80})\.(?P<label>[\w\[\]\"./-]{1,200}): "
_ID = r"(?=[^\[]{0,80}\[id=(?P<name>[\w./:-]{1,253})[\],])?"

ROWS: tuple[formats.Format, ...] = (
    formats.row(
        "Kyverno's refusal",
        " was blocked due to ",
        r"^resource (?P<kind>[A-Z]\w{1,60})/(?P<namespace>[a-z0-9-]{1,63})/(?P<name>[\w.-]{1,253}) "
        r"was blocked due to the following policies",
        "patch",
        "resource Deployment/shop/web was blocked due to the following policies",
        mood=Mood.REFUSED,
    ),
    formats.row(
        "Terraform's beginning",
        "ing...",
        rf"{_ADDRESS}{_ID}(?P<verb>Destroying|Modifying|Creating)\.\.\.(?= |$)",
        "delete",
        "kubernetes_deployment.web: Destroying... [id=shop/web]",
    ),
    formats.row(
        "Terraform's destruction",
        ": Destruction complete",
        rf"{_ADDRESS}Destruction complete",
        "delete",
        "kubernetes_deployment.web: Destruction complete after 1s",
        mood=Mood.DONE,
    ),
    formats.row(
        "Terraform's change",
        ": Modifications complete",
        rf"{_ADDRESS}{_ID}Modifications complete",
        "patch",
        "kubernetes_deployment.web: Modifications complete after 4s [id=shop/web]",
        mood=Mood.DONE,
    ),
    formats.row(
        "Terraform's creation",
        ": Creation complete",
        rf"{_ADDRESS}{_ID}Creation complete",
        "create",
        "kubernetes_deployment.web: Creation complete after 4s [id=shop/web]",
        mood=Mood.DONE,
    ),
    formats.row(
        "Terraform's plan",  # what it then does is told by "Destroying..."
        "# ",
        r"^\s*# (?:module\.[\w.\[\]\"/-]{1,200}\.)?(?P<kind>[a-z]+_\w{2,80})\.(?P<label>[\w\[\]\"./-]{1,200}) "
        r"(?:will|must) be (?P<verb>destroyed|updated|created)",
        "delete",
        "# kubernetes_deployment.web will be destroyed",
        mood=Mood.PROPOSED,
    ),
    formats.row(
        "Terraform's plan, as a record of its own",
        ": Plan to ",
        rf"{_ADDRESS}Plan to (?P<verb>create|update|delete)\b",
        "patch",
        "kubernetes_deployment.web: Plan to update",
        mood=Mood.PROPOSED,
    ),
    formats.row(
        "Terraform's replacement",  # it destroys what is there before it makes another
        "be replaced",
        r"^\s*# (?:module\.[\w.\[\]\"/-]{1,200}\.)?(?P<kind>[a-z]+_\w{2,80})\.(?P<label>[\w\[\]\"./-]{1,200}) "
        r"(?:will|must) be replaced",
        "delete",
        "# kubernetes_stateful_set.db must be replaced",
        mood=Mood.PROPOSED,
    ),
    formats.row(
        "kube-janitor's expiry",
        "and will be deleted",
        r"^(?P<kind>\w{2,60}) (?P<name>[a-z0-9][\w./-]{0,252}) "
        r"(?=.{1,200}? (?:old|expired|TTL|ttl)).{1,200}? and will be deleted",
        "delete",
        "Deployment shop/pr-7 with 1d TTL is 1d2h old and will be deleted (annotation janitor/ttl is set)",
    ),
    formats.row(
        "Pulumi's step",
        "  ",
        r"(?:^|\s)[a-z][\w-]{1,40}:[\w./-]{1,80}:(?P<kind>[A-Z]\w{2,60}) (?P<name>[\w./-]{1,253}) "
        r"(?P<verb>delet(?:ing|ed)|updat(?:ing|ed)|creat(?:ing|ed)|replac(?:ing|ed))\b",
        "delete",
        " -  kubernetes:apps/v1:Deployment web deleting (3s)",
    ),
    formats.row(
        "a canary's weight",
        "weight",
        r"(?i)\b(?:advanc(?:e|ed|ing)|set|setting|shift(?:ed|ing)?|rais(?:ed|ing)|mov(?:ed|ing)|promot(?:ed|ing)) "
        r"(?:the )?(?P<name>[a-z0-9][\w.-]{0,250}) "
        r"(?:canary|traffic|stable) weight (?:to |-> |= ?)?(?P<after>\d{1,3})\b",
        "patch",
        "Advance web.shop canary weight 10",
        what="weight",
    ),
    formats.row(
        "an action by its name",
        " action",
        r"(?i)\b(?:running|executing|performing|starting|invoking) (?:the )?['\"`](?P<verb>upgrade|rollback|uninstall|"
        r"install|scale|restart|delete|drain|evict)['\"`] action\b",
        "patch",
        "running 'upgrade' action with timeout of 5m0s",
    ),
    formats.row(
        "what kubectl or a server says of an object, quoted",
        "ed'",
        r"'(?P<kind>[a-z]{2,60})(?:\.[\w.-]{1,200})?/(?P<name>[a-z0-9][\w.-]{0,252}) "
        r"(?P<verb>configured|created|deleted|pruned|patched|scaled|restarted)'",
        "patch",
        "Adding resource result, status: 'Synced', message: 'deployment.apps/web configured'",
        mood=Mood.DONE,
    ),
    formats.row(
        "Knative's scale",
        "apply scale ",
        r"(?P<problem>[Ff]ailed to apply scale) (?P<after>\d{1,9}) to scale target (?P<name>[\w.-]{1,253})",
        "scale",
        "error scaling target: failed to apply scale 5 to scale target web-00011-deployment: quota",
        mood=Mood.REFUSED,
    ),
    formats.row(
        "a function, the answer's code and its replicas",
        "Scale ",
        r"^Scale (?P<name>[a-z0-9][\w.-]{0,252}) 2\d\d (?P<after>\d{1,6})$",
        "scale",
        "Scale thumbs 202 0",
        mood=Mood.DONE,
    ),
    formats.row(
        "a function that was not scaled",
        "Scale ",
        r"^Scale (?P<name>[a-z0-9][\w.-]{0,252}) [45]\d\d (?P<after>\d{1,6})$",
        "scale",
        "Scale thumbs 500 0",
        mood=Mood.REFUSED,
    ),
    formats.row(
        "an apply of the server's that failed",
        " failed",
        r"(?P<name>[A-Z][A-Za-z]{1,60}(?:/[a-z0-9][\w.:-]{0,252}){1,2}) "
        r"(?:server-side )?(?:dry-run|apply|patch) failed\b",
        "patch",
        "Deployment/news/index dry-run failed (Forbidden): denied",
        mood=Mood.REFUSED,
    ),
    formats.row(
        "a policy's refusal",
        "denied the request: ",
        r"denied the request: .{0,200}?\bresource (?P<name>[A-Z][A-Za-z]{1,60}(?:/[a-z0-9][\w.:-]{0,252}){1,2}) "
        r"was blocked\b",
        "patch",
        'admission webhook "v" denied the request: resource Deployment/shop/web was blocked due to a policy',
        mood=Mood.REFUSED,
    ),
    formats.row(
        "a template copied onto another workload",
        " spec to ",
        r"(?i)\b(?P<verb>copy|copying|copied|sync|syncing|synced) (?:the )?\S{1,253} (?:pod |template ){1,2}spec to "
        r"(?:(?P<kind>deployment|daemonset|statefulset) )?(?P<name>[a-z0-9][\w./-]{0,252})",
        "patch",
        "Copying web.shop template spec to web-primary.shop",
    ),
    formats.row(
        "a manifest that is sent",
        "anifest",
        r"(?i)\b(?:submit(?:ting|ted)|deploy(?:ing|ed)|send(?:ing)?|sent|post(?:ing|ed)) (?:the |a )?"
        r"manifests? (?:of |for )?(?:the )?"
        r"(?P<kind>[A-Za-z]{2,60})[ /]['\"]?(?P<name>[a-z0-9][\w./-]{0,252})",
        "patch",
        "Submitting manifest deployment web to kubernetes master in namespace shop",
    ),
    formats.row(
        "what a controller executes on a job",
        "Execute <",
        r"Execute <(?P<verb>Restart|Terminate|Delete|Evict|Suspend|Resume)\w{0,20}> on (?P<kind>\w{2,60}) "
        r"<(?P<name>[a-z0-9][\w./-]{0,252})>",
        "restart",
        "Execute <RestartTask> on Job <ml/sweep> in <Running>",
    ),
    formats.row(
        "an object that is given up",
        " up on ",
        r"(?i)\b(?:giving|gave) up on (?P<kind>[a-z]{2,60})[ /]['\"]?(?P<name>[a-z0-9][\w./-]{0,252})['\"]?"
        r"[,;:.] (?:it was |it is |and )?(?:nothing (?:was |has been )?(?:changed|applied)|left unchanged|not changed)",
        "patch",
        "Giving up on StatefulSet shop/db, nothing was changed",
        mood=Mood.REFUSED,
    ),
    formats.row(
        "an action that begins",
        "tion",
        r"(?i)\b(?:initiat|trigger|start|schedul|request)(?:ing|ed|es) (?:a |an |the )?"
        r"(?P<verb>reboot|restart|drain|rollback|eviction|deletion|termination) (?:action|operation)\b(?!: )",
        "restart",
        "Node auto-repair is initiating a reboot action due to NotReady status",
    ),
    formats.row(
        "an autoscaler's new size",
        "New size: ",
        r"^New size: (?P<after>\d{1,9}); reason: (?!.{0,300}; error: )",
        "scale",
        "New size: 5; reason: All metrics below target",
        mood=Mood.DONE,
    ),
    formats.row(
        "a restart that is issued",
        "restart ",
        r"(?i)^(?:rolling |rollout )(?P<verb>restart) (?:issued|triggered|initiated|sent|submitted|started|requested)"
        r"(?! by)\b",
        "restart",
        "rollout restart issued",
    ),
    formats.row(
        "a finalizer taken away",
        "inalizer",
        r"(?i)^(?:removing|removed|clearing|cleared|stripping|stripped|deleting|deleted) (?:the |all )?finalizers?"
        r"(?: [\w.-]{1,200}/[\w.-]{1,60})?$",
        "patch",
        "removing finalizer example.io/guard",
    ),
    formats.row(
        "a finalizer taken from an object",
        "inalizer ",
        r"(?i)(?:^|: )(?:removing|removed|clearing|cleared|stripping|stripped|deleting|deleted) (?:the )?finalizers? "
        r"[\w.-]{1,200}/[\w.-]{1,60} from (?P<kind>[A-Za-z]{2,60}) (?P<name>[a-z0-9][\w./-]{0,252})",
        "patch",
        "Removed finalizer kubernetes.io/pvc-protection from PersistentVolumeClaim shop/data-0",
    ),
    formats.row(
        "an annotation or a label taken away",
        "ed",
        r"(?i)^(?:the )?(?:annotation|label) [\w.-]{1,200}/[\w.-]{1,60} (?:was |has been )?"
        r"(?:removed|deleted|dropped|stripped)\b",
        "patch",
        "annotation example.com/no-automation removed",
        mood=Mood.DONE,
    ),
    formats.row(
        "a volume made anew",  # what was on it is gone
        "ecreat",
        r"(?i)(?:^|: )recreat(?P<form>ing|ed) (?P<kind>persistentvolumeclaim|pvc|persistentvolume|pv|volumeclaim) "
        r"(?P<name>[a-z0-9][\w./-]{0,252})",
        "delete",
        "Recreating PersistentVolumeClaim shop/data-0: 500Gi -> 5Gi",
    ),
    formats.row(
        "a patch that is sent",
        "patch to ",
        r"(?i)\b(?:submitting|sending|sent|submitted|applying) (?:the following |following |a |the )?patch to "
        r"(?P<kind>[A-Za-z]{2,60}) (?P<name>[a-z0-9](?:[\w.-]{0,250}[a-z0-9])?) in namespace "
        r"(?P<namespace>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)",
        "patch",
        "Autoscaler is submitting the following patch to RayCluster tune in namespace lab.",
    ),
    formats.row(
        "Argo CD's pruning",
        "status: '",
        r"status: '(?P<verb>Pruned)'",
        "delete",
        "Adding resource result, status: 'Pruned', phase: 'Succeeded', message: 'pruned'",
        mood=Mood.DONE,
    ),
    formats.row(
        "Argo CD's pruning, skipped",
        "status: '",
        r"status: '(?P<verb>Prune)Skipped'",
        "delete",
        "Adding resource result, status: 'PruneSkipped', phase: 'Succeeded', message: 'ignored'",
        mood=Mood.REFUSED,
    ),
    formats.row(
        "Kubernetes' machine sets",
        "Too few replicas for ",
        r"Too few replicas for (?P<kind>\w{1,30}) (?P<name>[\w./-]{1,253}), need \d{1,9}, creating (?P<number>\d{1,6})",
        "create",
        "Too few replicas for MachineSet a-1, need 7, creating 2",
    ),
    formats.row(
        "Kubernetes' machine sets, too many",
        "Too many replicas for ",
        r"Too many replicas for (?P<kind>\w{1,30}) (?P<name>[\w./-]{1,253}), need \d{1,9}, "
        r"deleting (?P<number>\d{1,6})",
        "delete",
        "Too many replicas for MachineSet a-1, need 2, deleting 1",
    ),
    formats.row(
        "Spark's executors, and workers that a scheduler asks a cluster for",
        " from ",
        r"(?i)\b(?:going to |will |now )?request(?:ing|ed)? (?P<number>\d{1,6}) (?:new |more |further )?"
        r"(?P<kind>executor|worker|pod|node)s? from (?:kubernetes|k8s|the (?:kubernetes )?cluster)\b",
        "create",
        "Going to request 4 executors from Kubernetes for ResourceProfile Id: 0, target: 4",
        kind="Pod",
    ),
    formats.row(
        "Spark's executors that are wanted no more",
        " excess pod requests",
        r"(?P<verb>Deleting|Deleted) (?P<number>\d{1,6}) excess pod requests\b",
        "delete",
        "Deleting 2 excess pod requests (5,6).",
        kind="Pod",
    ),
    formats.row(
        "Flink's autoscaler",
        "scaling vertices",
        r"\bbegin scaling vertices\b(?:.{0,80}?\bParallelism (?P<before>\d{1,6}) -> (?P<after>\d{1,6}))?",
        "scale",
        "Scaling execution enabled, begin scaling vertices:{ Vertex ID a7 | Parallelism 4 -> 6 }",
        what="parallelism",
    ),
    formats.row(
        "Flink's autoscaler, where it only recommends",
        "recommended parallelism change",
        r"\brecommended parallelism changes?:.{0,80}?\bParallelism (?P<before>\d{1,6}) -> (?P<after>\d{1,6})",
        "scale",
        "Scaling execution disabled, recommended parallelism change:{ Vertex ID a | Parallelism 8 -> 5 }",
        what="parallelism",
        mood=Mood.PROPOSED,
    ),
    formats.row(
        "nothing to go back to",
        "no rollout history found for ",
        r"(?i)\bno rollout history found for (?P<kind>[a-z]{3,20}) ['\"]?(?P<name>[a-z0-9][\w.-]{0,252})",
        "rollback",
        'error: no rollout history found for deployment "web"',
        mood=Mood.REFUSED,
    ),
    formats.row(
        "Argo CD image updater",
        "Setting new image to ",
        r"Setting new image to (?P<after>\S{1,300})",
        "patch",
        "Setting new image to registry.local/web:2",
        what="image",
    ),
    *node_outputs.ROWS,
)
