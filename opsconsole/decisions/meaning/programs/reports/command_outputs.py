"""What programs print of what they did, or could not do, that is asked for last. One row for each form."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.forms.formats import Format, row
from opsconsole.records import Mood

_DOES = r"(?P<verb>Update|Modify|Delete|Terminate|Create|Reboot|Resize|Detach(?=Instances))"
_ON = r"(?P<kind>Nodegroup|NodeGroup|NodePool|Node)?[A-Z]?\w{0,60}"

ROWS: tuple[Format, ...] = (
    row(
        "a rolling update that begins",
        "rolling ",
        r"(?i)^(?:performing|starting|triggering|initiating|beginning|executing) (?:a |the )?"
        r"rolling (?:update|upgrade|restart)(?: of (?:the |all )?(?:pods|replicas|instances|cluster))?(?=$|[.,;:])",
        "restart",
        "performing rolling update",
    ),
    row(
        "AWS's dry run",
        "(DryRunOperation)",
        rf"\(DryRunOperation\) when calling the {_DOES}{_ON} operation",
        "delete",
        "An error occurred (DryRunOperation) when calling the TerminateInstances operation: DryRun flag is set.",
        mood=Mood.DRY_RUN,
    ),
    row(
        "a group's size that AWS would not set",
        "DesiredCapacity",
        r"(?P<problem>An error occurred \(\w{1,60}\)|operation error [\w ]{2,30}:)"
        r" (?:when calling the )?SetDesiredCapacity(?: operation|,)(?:.{0,80}? value (?P<after>\d{1,6})\b)?",
        "scale",
        "An error occurred (ValidationError) when calling the SetDesiredCapacity operation: New SetDesiredCapacity "
        "value 2 is below min value 3",
        kind="NodeGroup",
        mood=Mood.REFUSED,
    ),
    row(
        "what AWS would not do",
        "error ",
        rf"(?P<problem>[Aa]n error occurred \(\w{{1,60}}\)|operation error (?:EKS|EC2|Auto Scaling|ECS|RDS):)"
        rf" (?:when calling the )?{_DOES}{_ON}(?: operation|,)",
        "delete",
        "An error occurred (AccessDeniedException) when calling the DeleteNodegroup operation: not authorized",
        mood=Mood.REFUSED,
    ),
    row(
        "what gcloud could not do",
        "(gcloud.",
        r"(?P<problem>ERROR: )?\(gcloud\.container\.(?:clusters|node-pools)\."
        r"(?P<verb>resize|delete|create|update|upgrade)\) ",
        "scale",
        "ERROR: (gcloud.container.clusters.resize) ResponseError: code=403, message=Required permission(s)",
        mood=Mood.REFUSED,
    ),
    row(
        "what gcloud did to a cluster or a pool of nodes",
        "...done",
        r"^(?P<verb>Deleting|Creating|Updating|Upgrading|Resizing) (?:GKE )?(?P<kind>cluster|node[ -]pool) "
        r"(?P<name>[a-z][a-z0-9-]{0,62})(?: in [\w-]{1,60})?\.{3}(?:.{0,200}\.{3})?done\b",
        "delete",
        "Deleting node pool batch...done.",
        mood=Mood.DONE,
    ),
    row(
        "gcloud's new size",
        "...done",
        r"^Resizing (?P<name>[a-z][a-z0-9-]{0,62})\.{3}done\b",
        "scale",
        "Resizing prod...done.",
        mood=Mood.DONE,
    ),
    row(
        "a pool of nodes that gcloud changed",
        "/nodePools/",
        r"^(?P<verb>Updated|Deleted|Created) \[https://container\.googleapis\.com/\S{1,300}/nodePools/"
        r"(?P<name>[a-z][a-z0-9-]{0,62})\]",
        "delete",
        "Deleted [https://container.googleapis.com/v1/projects/a/zones/b/clusters/prod/nodePools/batch].",
        kind="NodePool",
        mood=Mood.DONE,
    ),
    row(
        "a cluster that gcloud changed",
        "/clusters/",
        r"^(?P<verb>Updated|Deleted|Created) \[https://container\.googleapis\.com/\S{1,300}/clusters/"
        r"(?P<name>[a-z][a-z0-9-]{0,62})\]",
        "patch",
        "Updated [https://container.googleapis.com/v1/projects/a/zones/b/clusters/prod].",
        mood=Mood.DONE,
    ),
    row(
        "an instance that gcloud changed",
        "/instances/",
        r"^(?P<verb>Updated|Deleted|Created) \[https://(?:www|compute)\.googleapis\.com/\S{1,300}/instances/"
        r"(?P<name>[a-z][a-z0-9-]{0,62})\]",
        "delete",
        "Deleted [https://www.googleapis.com/compute/v1/projects/a/zones/b/instances/gke-a-1].",
        kind="Node",
        mood=Mood.DONE,
    ),
    row(
        "what Helm's diff would change",
        ") has changed:",
        r"^(?P<namespace>[a-z0-9][a-z0-9-]{0,62}), (?P<name>[a-z0-9][a-z0-9.-]{0,240}), (?P<kind>[A-Z]\w{1,60}) "
        r"\([\w./-]{1,80}\) has (?P<verb>changed):(?: image v?\d[\w.]{0,40} (?:->|→) v?\d[\w.]{0,40})?\s*$",
        "patch",
        "shop, web, Deployment (apps) has changed:",
        mood=Mood.DRY_RUN,
    ),
    row(
        "Helm's rollback",
        "Rollback was a success",
        r"\b(?P<verb>Rollback) was a success\b",
        "rollback",
        "Rollback was a success! Happy Helming!",
        kind="HelmRelease",
        mood=Mood.DONE,
    ),
    row(
        "what Helm could not do",
        " FAILED: ",
        r"^(?:Error: )?(?P<problem>(?P<verb>UPGRADE|ROLLBACK|UNINSTALL|INSTALL)(?:ATION)? FAILED): "
        r"(?!cannot [a-z]+ \")"
        r"(?:release (?P<name>[a-z0-9][\w.-]{0,52}) failed|"
        r"\"(?P<label>[a-z0-9][\w.-]{0,52})\" has no deployed releases)?",
        "patch",
        "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
        kind="HelmRelease",
        mood=Mood.REFUSED,
    ),
    row(
        "a release that Helm does not know",
        " not loaded: ",
        r"^(?:Error: )?(?P<verb>uninstall|rollback|upgrade): (?P<problem>Release not loaded): "
        r"(?P<name>[a-z0-9][\w.-]{0,52}): ",
        "delete",
        "Error: uninstall: Release not loaded: web: release: not found",
        kind="HelmRelease",
        mood=Mood.REFUSED,
    ),
)
