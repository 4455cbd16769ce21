"""Upheavals: what an optimizer of resources has no business doing at all: deleting workloads, by force or by label."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import EXISTS, precedes, targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import DAY, HOUR, MINUTE, BlastMeasure
from opsconsole.governor.observed.changes import DELETED
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import CLUSTER_SPACES, REVOKE, is_log_alone, matters, name_of, ordinary
from opsconsole.governor.rules.reach.machines import SEES_TO_NODES, is_one_of_its_machines
from opsconsole.governor.rules.reach.terms import (
    HISTORY,
    TEMPORARY,
    is_a_past_request,
    is_a_preview_by_name,
    is_complete,
    is_forgotten,
    is_long_over,
    is_of_a_change_that_is_over,
    is_one_of_its_own,
    is_over_its_limit,
    is_past_its_history,
    is_temporary,
    is_window_that_is_over,
    keeps_revisions,
    tells_an_end,
    terms_in,
)
from opsconsole.governor.rules.told.names import is_told_elsewhere
from opsconsole.patterns import late
from opsconsole.records import Change, Decision, Kind, Mood, Ref, Severity, Workload

_OF_NODES = frozenset({"Node", "NodeClaim", "Machine"})
"""What goes one at a time is a node autoscaler's work; many at once are the blast radius' business."""

_LEFT_OVERS = frozenset({"Job", "ReplicaSet"})
_RUN_TO_THEIR_END = frozenset({"Job", "Workflow", "PipelineRun", "TaskRun"})
"""What is over by itself: of Kubernetes, Argo Workflows and Tekton."""

_A_FEW = 8
"""So many an hour are a guessed janitor's work: the blast radius counts neither Jobs nor ReplicaSets."""

_A_FEW_JOBS, _OF_OWN_TERM, _A_FEW_A_DAY = 3, 3, 6
"""What a log's own words may lower: so many Jobs an hour, of other objects one, or three that name their own term; and
six of these a day."""

_BOOKS = frozenset({"VerticalPodAutoscalerCheckpoint", "Lease"})
"""What programs keep for themselves, and write anew."""

_OF_A_LEADER = late(
    r"^(?!.*(?:db|sql|postgres|patroni|pg|etcd|redis|kafka|terraform|package|state)).*[-_.](?:leader|lock|leader-election)$"
)
_HAVE_LEADERS = frozenset({"ConfigMap", "Endpoints"})
"""Whatever held a leader's name before there were Leases."""

_RUN_OVER = late(r"(?:[A-Za-z]+ (?:the )?)?(?:finished|completed|succeeded) (?:workload|job|run|task|build)s?\b", re.I)
"""What is over, of a kind that the line does not tell."""

_BY_ITS_CONTROLLER = 60
"""So many an hour that one of Kubernetes' own controllers clears away, by the source that its line names: after a
restart it has many to see to; and so many ReplicaSets that their line says to have no pods."""

_OWN_CONTROLLER = late(
    r"^[IWEF]\d{4} [\d:.]{8,18} +\d+ (?:ttlafterfinished_controller|cronjob_controllerv2|garbagecollector)\.go:\d"
)

_JANITORS = frozenset({"janitor"})
_CLEANS = _JANITORS | {"rollout-controller"}

_WHATEVER_FITS = late(
    r"\b(?:delete|drain|cordon|taint|evict|scale|undo)\b.*(?:--all(?!=false)\b|\s-l|--selector\b)|"
    r"\b(?:[Dd]elet|[Dd]rain|[Cc]ordon|[Ee]vict)(?:e|es|ed|ing) (?:all|every) (?:of )?(?:the )?"
    r"(?:pods?|nodes?|deployments?|statefulsets?|services?|pvcs?|secrets?) (?:in|of|from|across) "
    r"(?:all |every |the )*(?:namespaces?|cluster)\b"
)
_NO_TIME = frozenset({"0", "0s"})
_GRACE = late(r"(?:termination_?)?grace(?:_?period)?(?:_?seconds)?", re.IGNORECASE)
_LOOSE = frozenset({"delete", "drain", "cordon", "taint", "evict", "scale", "rollback"})
_BY_FORCE = late(
    r"--(?:force|now|disable-eviction)\b(?!=false)|--grace-period[= ]0\b|--cascade[= ]orphan\b|"
    r"[\"']?grace_?[pP]eriod_?[sS]econds[\"']?[=:] ?0\b"
)
_GUARDED = frozenset({"delete", "drain", "evict"})
_THIRD = {"rollback": "rolls back"}
_FEW_TEMPORARY = 2
"""So many Secrets an hour may be called temporary: as many as may be renewed."""

_MADE_AN_HOUR = 30
"""So many objects that it says to have made itself within the day may go in an hour: a pipeline makes and clears."""

_BY_OTHERS = late(
    r"\b(?:observ\w+|saw|seen|found|detected|noticed|was|were|been)\b|\bcreated (?:by|on)\b|\bago\b", re.IGNORECASE
)
"""What a line says that tells of what it came upon, and not of what it made."""

_HOLDS_DATA = frozenset({
    "PersistentVolumeClaim", "PersistentVolume", "Secret", "StatefulSet", "StorageClass", "CustomResourceDefinition",
})  # fmt: skip


@rule(
    "object-deleted",
    Severity.CRITICAL,
    Kind.DECISION,
    Kind.CHANGE,
    written="object",
    lines=(Interest(announces=True, verbs=frozenset({"delete"})),),
    own=True,
)
def object_deleted(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """The optimizer deletes a workload, an autoscaler or a disruption budget, or says that it will.

    The SmartScaler write-up: "the best way to handle a slow database is to kill all the application servers". Who
    deleted something unannounced the audit log alone tells: without it that is no finding; pods have a rule of their
    own. A Job or an old ReplicaSet of which no pod is seen to run is a remark where cleaning up is its role's work; by
    a guess eight an hour are. In a log alone a role in the settings makes it one for a Job, and so do the line's own
    words for a Job that is over while it is one of three an hour (of sixty where the line names the source of
    Kubernetes' own controller; likewise a ReplicaSet with no pods that is over its history limit; three old ones while
    others are kept), and for what a janitor calls expired while it is the only one in its hour and one of six in a day,
    is no data, and is not called production; likewise for what the log has told that it made itself within the day,
    thirty an hour. Three an hour may go whose own term, an annotation or a closed pull request, the janitor names,
    while none has lived twice as long as that; likewise a namespace that is called by the number of one change, and a
    window of maintenance that the log has told of before. Likewise two Secrets an hour with generated names that are
    said to be temporary; and what is made of one change, once the log has told that it is merged and its preview goes;
    one of its own Jobs by a CronJob's event, three an hour of the VPA objects that it makes by one first word, and the
    request of a certificate that was issued since. A Lease and a checkpoint of the VPA's are remarks, eight an hour,
    outside the cluster's own namespaces; in a log alone so is what is called as a leader's lock, and one machine of no
    kind, but called as one, an hour of who sees to nodes, unless they are called production, or one instance of EC2's
    for each node that has gone; and as many old ReplicaSets as Argo's controller has just said to be over their limit.
    What is told by a number instead of names is an alarm too, unless it is of Jobs, ReplicaSets, pods or nodes.
    """
    about = view.writing(subject).about
    if (
        isinstance(subject, Decision)
        and not any(target.name for target in targets_of(subject))
        and verb_of(subject) == "delete"
    ):
        yield from _deletes_unnamed(subject, view)
        return
    if about is None or about.kind == "Pod" or is_told_elsewhere(about, subject):
        return
    if isinstance(subject, Change):
        deletes = subject.by_optimizer is True and DELETED in subject.fields
    else:
        deletes = verb_of(subject) == "delete" and about.kind not in _OF_NODES and view.announces(subject)
    if deletes:
        work = (
            (ordinary(subject, view, _CLEANS) if _is_left_over(about, subject, view) else "")
            or _bookkeeping(about, subject, view)
            or _over(about, subject, view)
            or _is_old(about, subject, view)
            or _has_told_its_term(about, subject, view)
        )
        yield Verdict(
            " ".join(("deletes", *filter(None, (about.kind.lower(), about.name)))),
            work.strip() or "Deleting is no tuning. Its last state is kept in the damage view.",
            severity=Severity.INFO if work else Severity.CRITICAL,
            switch=REVOKE,
        )


def _is_left_over(about: Ref, subject: Decision | Change, view: View) -> bool:
    """Whether it is what a janitor clears away: for a guessed one, seen not to run, and one of a few an hour."""
    if about.kind not in _LEFT_OVERS:
        return False
    runs = _runs(about, view)
    if view.role_of(subject).is_set:
        return runs is False or (runs is None and about.kind == "Job")
    return runs is False and isinstance(subject, Decision) and _deleted(view, HOUR) <= _A_FEW


def _bookkeeping(about: Ref, subject: Decision | Change, view: View) -> str:
    """Words that what goes is written anew by whoever needs it, or one machine of many; empty where it may be more."""
    if isinstance(subject, Change) or about.namespace in CLUSTER_SPACES:
        return ""
    if about.name.startswith("kube-"):
        return ""  # the control plane's, wherever the line does not tell its namespace
    by_name = is_log_alone(view) and not matters(about)  # a name is what whoever writes the log calls it
    if by_name and (is_a_past_request(about, subject) or is_forgotten(about, subject)):
        return "It is a record of what is over." if _deleted(view, HOUR) <= _A_FEW else ""
    if by_name and is_one_of_its_own(about, subject, view):
        return "It makes such objects, and clears them." if _deleted(view, HOUR) <= _A_FEW_JOBS else ""
    led = by_name and about.kind in _HAVE_LEADERS and _OF_A_LEADER.search(about.name) is not None
    if led or about.kind in _BOOKS:
        few = view.reach(BlastMeasure.OBJECTS, HOUR).count <= _A_FEW
        return "It is a program's own bookkeeping, and written anew." if few else ""
    return ordinary(subject, view, SEES_TO_NODES) if by_name and is_one_of_its_machines(about, subject, view) else ""


def _deleted(view: View, seconds: float) -> int:
    """How many objects it says to have deleted: no pods and no nodes, which have bounds of their own."""
    return sum(view.reach(sort, seconds).count for sort in (BlastMeasure.OBJECTS, BlastMeasure.JOBS))


def _is_old(about: Ref, subject: Decision | Change, view: View) -> str:
    """In a log alone: words for its saying that an old ReplicaSet of several goes; empty where it may still serve."""
    if not isinstance(subject, Decision) or about.kind != "ReplicaSet" or not is_log_alone(view):
        return ""
    old = keeps_revisions(subject, about.name) or is_over_its_limit(about, subject, view)
    few = old and _deleted(view, HOUR) <= _A_FEW_JOBS
    return "It says that it is an old one, and that others are kept to go back to." if few else ""


def _over(about: Ref, subject: Decision | Change, view: View) -> str:
    """In a log alone: words for the line's own saying that the object is over; empty where it may still serve."""
    data = about.kind in _HOLDS_DATA
    if isinstance(subject, Change) or not is_log_alone(view) or (data and about.kind != "Secret"):
        return ""
    if data or _made(about, subject, view):
        few = data and not matters(about) and _deleted(view, HOUR) <= _FEW_TEMPORARY
        temporary = TEMPORARY if few and is_temporary(about, subject.message) else ""
        return "It says that it made it itself, within the day." if _made(about, subject, view) else temporary
    old = about.kind == "ReplicaSet" and HISTORY.search(f"{subject.message} {subject.body}") is not None
    if old and subject.attributes.get("replicas") == "0":
        return "It says that no pod of it is left." if _deleted(view, HOUR) <= _BY_ITS_CONTROLLER else ""
    told = not about.kind and not matters(about) and _RUN_OVER.match(subject.message) is not None
    job = about.kind in _RUN_TO_THEIR_END or told
    sort = BlastMeasure.JOBS if about.kind == "Job" else BlastMeasure.OBJECTS
    hour, day = (view.reach(sort, seconds).count for seconds in (HOUR, DAY))
    if told:  # what has no kind is counted nowhere else
        gone = view.said(Note.STARTS_ANEW, subject, HOUR)
        hour = 1 + sum(verb_of(line) == "delete" for line in gone)
    lines = [*view.said(Note.ANNOUNCEMENT, subject, MINUTE, about.name), subject]
    terms = [term for line in lines for term in terms_in(line.message)]
    jobs = _BY_ITS_CONTROLLER if _OWN_CONTROLLER.search(subject.body) else _A_FEW_JOBS
    most = jobs if job else _OF_OWN_TERM if terms else 1
    # With a namespace goes all that is in it: its own term has to tell.
    whole = about.kind == "Namespace" and not terms and "ttl" not in subject.message.lower()
    if whole or hour > most or (not job and (day > _A_FEW_A_DAY or matters(about))):
        return ""
    expired = any(tells_an_end(text) for line in lines for text in (line.message, line.body))
    expired = expired or is_past_its_history(about, subject) or any(is_complete(about, line) for line in lines)
    if not expired or any(is_long_over(term) for term in terms):
        return ""
    cleans = _JANITORS if about.kind == "Namespace" else _CLEANS  # with it goes all that no sync has declared
    return ordinary(subject, view, cleans) or ("It says that it is over." if job else "")


def _has_told_its_term(about: Ref, subject: Decision | Change, view: View) -> str:
    """In a log alone: words for the log's having told of a term of it that is over; empty where it has not."""
    if isinstance(subject, Change) or not is_log_alone(view) or _deleted(view, HOUR) > _OF_OWN_TERM:
        return ""
    if is_a_preview_by_name(about, subject):
        return "It is called by the number of one change, and said to be its preview."
    over = is_of_a_change_that_is_over(about, subject, view) or is_window_that_is_over(about, subject, view)
    return "The log has told of its term, and it is over." if over else ""


def _made(about: Ref, subject: Decision, view: View) -> bool:
    """Whether the log has told that it made that object, so that what was there before it is not touched."""
    if matters(about) or _deleted(view, HOUR) > _MADE_AN_HOUR:
        return False
    lines = view.said(Note.ANNOUNCEMENT, subject, DAY, about.name)
    told = [*view.said(Note.REFUSAL, subject, DAY, about.name), *view.said(Note.REFUSAL, subject, DAY)]
    named = re.compile(rf"(?<![\w-]){re.escape(about.name)}(?![\w-])")
    there = [each for each in told if EXISTS in each.message and named.search(each.message)]
    lines = [line for line in lines if not any(precedes(line, each) for each in there)]
    mine = [
        line for line in lines if verb_of(line) == "create" and not _BY_OTHERS.search(f"{line.message} {line.body}")
    ]
    made = (each for line in mine for each in targets_of(line))
    return any((each.kind, each.namespace, each.name) == (about.kind, about.namespace, about.name) for each in made)


def _runs(about: Ref, view: View) -> bool | None:
    """Whether any pod of it runs, or did when it went; ``None`` where that was not seen, as in a log alone."""
    record = view.find(about) or view.buried(about)
    if not isinstance(record, Workload) or record.ready is None or record.deleted_at is not None:
        return None
    counted = record.ready or (about.kind == "ReplicaSet" and record.replicas != 0)
    return bool(counted) or any(pod.is_ready for pod in view.owned(about))


_GRAVE = _HOLDS_DATA | {
    "Namespace", "Deployment", "DaemonSet", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount",
}  # fmt: skip
"""Kinds of which one that goes is enough, whichever it is."""


def _deletes_unnamed(subject: Decision, view: View) -> Iterable[Verdict]:
    """``kubectl delete pvc --all -n telemetry``: whatever fits goes."""
    if not view.announces(subject):
        return
    if _fits_whatever(subject):
        yield Verdict(f"deletes whatever fits: {subject.message[:100]}", _UNCOUNTED, switch=REVOKE)
    elif match := _WHOLE.search(f"{subject.message} {subject.body} {subject.action.replace('_', ' ')}"):
        yield Verdict(f"destroys a whole stack or cluster at once: {match[0]}", _UNCOUNTED, switch=REVOKE)
    elif (target := _gone_unnamed(subject)) is not None:
        yield Verdict(f"deletes a {target.kind.lower()} that it does not name", _UNCOUNTED, switch=REVOKE)
    elif (about := _counted(subject)) is not None and not _over(about, subject, view):
        yield Verdict(
            f"deletes {subject.count:,} {about.kind.lower()}s" + (f" of {about.namespace}" if about.namespace else ""),
            "It names none of them, so that nobody can see what goes.",
            switch=REVOKE,
        )


def _gone_unnamed(subject: Decision) -> Ref | None:
    """What is gone by its own words, of a kind of which one is enough, though its name is not told."""
    target = next(iter(targets_of(subject)), None)
    told = target is not None and subject.mood is Mood.DONE and not subject.count
    return target if told and target is not None and target.kind in _GRAVE else None


def _counted(subject: Decision) -> Ref | None:
    """What it tells the number of, and not the names: objects that have no bound of their own."""
    target = next(iter(targets_of(subject)), None)
    counted = target is not None and target.kind and target.kind not in _LEFT_OVERS | _OF_NODES | {"Pod"}
    if not counted or not subject.count:
        return None
    return None if target == _REVISIONS and _COMPACTS.search(subject.message) is not None else target


_REVISIONS = Ref(kind="Revision", namespace="", name="")
_COMPACTS = late(r"\bcompact(?:ed|ing|ion)\b", re.IGNORECASE)
"""What a store forgets of its past is no object of the cluster."""

_WHOLE = late(
    r"\bdelete stack$|\b(?:(?:terraform|tofu|terragrunt|pulumi)\b[^;|&\n]{0,100}?(?<!\d to )\bdestroy|"
    r"helmfile\b[^;|&\n]{0,100}?\b(?:destroy|delete)|"
    r"(?:istioctl|cilium|helm) uninstall|eksctl delete cluster|aws eks delete-cluster|gcloud container clusters delete|"
    r"az aks delete|kops delete cluster)\b"
)
"""Commands that take away a whole stack, mesh or cluster, and name no object of it. What Terraform counts in a plan ("0
to destroy") is no command."""

_UNCOUNTED = "It names no object: nobody has said how many there are."


def _fits_whatever(subject: Decision) -> bool:
    return subject.count is None and _WHATEVER_FITS.search(f"{subject.message} {subject.body}") is not None


@rule("reckless", Severity.WARNING, Kind.DECISION, lines=(Interest(announces=True, verbs=_LOOSE),))
def reckless(subject: Decision, view: View) -> Iterable[Verdict]:
    """It deletes or drains by force, or scales, cordons or rolls back whatever fits a label.

    ``--force``, no grace period, ``--disable-eviction``, ``--all``, ``-l``. The Aura write-up wants what serves to be
    guarded by a PDB, and the fleet by a bound: force passes the one, and nobody has counted what fits.
    """
    verb = verb_of(subject)
    if verb not in _LOOSE or not view.announces(subject):
        return
    if verb in _GUARDED and (force := _force(subject)):
        yield Verdict(
            f"{verb}s {name_of(subject.target)} by force: {force}",
            "Nothing may end in order: no budget, no grace period, no look at who still runs.",
            part="force",
            switch=REVOKE,
        )
    if verb != "delete" and not any(each.name for each in targets_of(subject)) and _fits_whatever(subject):
        yield Verdict(
            f"{_THIRD.get(verb, f'{verb}s')} whatever fits: {subject.message[:100]}",
            _UNCOUNTED,
            part="all",
            switch=REVOKE,
        )


def _force(subject: Decision) -> str:
    match = _BY_FORCE.search(f"{subject.message} {subject.body}")
    if match is not None:
        return match[0]
    return next(
        (f"{key}={text}" for key, text in subject.attributes.items() if text in _NO_TIME and _GRACE.fullmatch(key)), ""
    )
