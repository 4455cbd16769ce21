"""What the switches read of the world before they plan: plain records, compared by value."""

from __future__ import annotations

import hashlib

import msgspec

from opsconsole.cluster.questions.rbac import Grant, Role
from opsconsole.cluster.questions.reviews import Access
from opsconsole.records import Record, Ref
from opsconsole.switches.target.rights import Account, Principal, principal

UNNAMED = (
    "no optimizer is named: give --optimizer [kind/]namespace/name, or set name in the table [optimizer] of "
    "opsconsole.toml"
)

Pairs = tuple[tuple[str, str], ...]


class PodFact(Record, frozen=True):
    """A pod. ``mirror`` is one that a node's kubelet makes from a file: deleting it does nothing.

    ``account`` is empty for a mirror: the API server gives it none, and lets it name none.

    ``secrets`` and ``config_maps`` are those that it has, as files or as variables, as far as they may hold a token or
    a kubeconfig; ``logins`` is by what its containers' own words log them in as somebody else, in words;
    ``on_node`` is by what it reaches its node's own credentials, in words; ``claims`` are those of its volumes,
    which may be directories of the node as well (``claims_read_only``: those that it can't write to), and
    ``host_network`` tells that it has its node's network; ``prefixes`` are the Secrets and ConfigMaps of which it has
    every key as a variable, and what is put before the key. ``image_ids`` are its images as the node has run them, by
    container.
    """

    ref: Ref
    created: float | None = None
    owner: Ref | None = None
    account: str = ""
    node: str = ""
    phase: str = ""
    deleting: float | None = None
    finalizers: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    mirror: bool = False
    images: Pairs = ()
    labels: Pairs = ()
    secrets: tuple[str, ...] = ()
    on_node: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    image_ids: Pairs = ()
    config_maps: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    claims_read_only: tuple[str, ...] = ()
    host_network: bool = False
    prefixes: Pairs = ()

    @property
    def runs_as(self) -> str:
        """Whom it runs as, in words."""
        return self.account or "no account"

    @property
    def over(self) -> bool:
        """Whether it has run to its end: it does nothing any more."""
        return self.phase in {"Succeeded", "Failed"}


class WorkFact(Record, frozen=True):
    """A controller of pods: what it wants (``replicas``, ``suspended``) and who owns it.

    ``owner`` is its controlling owner and ``foreign`` that owner in words, where it is a kind that we do not know.
    ``account`` is its template's; empty where it has none (a custom resource may take it from elsewhere).
    ``active`` counts a Job's running pods. ``stopped`` is true when it wants no pods at all. ``images`` are its
    template's by container, and ``written_by`` is the field manager that wrote it last (at ``written_at``), of the
    status apart.
    ``drops_volumes``: of a StatefulSet that deletes its volume claims when it is scaled down.
    """

    ref: Ref
    created: float | None = None
    replicas: int | None = None
    suspended: bool = False
    stopped: bool = False
    active: int = 0
    account: str = "default"
    selector: str = ""
    owner: Ref | None = None
    labels: Pairs = ()
    annotations: Pairs = ()
    finalizers: tuple[str, ...] = ()
    images: Pairs = ()
    written_by: str = ""
    written_at: float | None = None
    drops_volumes: bool = False


class ScalerFact(Record, frozen=True):
    """A HorizontalPodAutoscaler or KEDA ScaledObject on a workload. ``paused`` is KEDA's annotation as it stands."""

    ref: Ref
    minimum: int | None = None
    paused: str | None = None


class ArmedCopy(Record, frozen=True):
    """A pod or CronJob that runs the optimizer's image as somebody who may change something, and is not its own.

    Attributes:
        ref: it.
        account: whom it runs as.
        alike: what they share is the name of the image alone, from another repository.
        may: what he may, or why that is not known, in words.
        owner: what would bring it back, as far as that was followed; ``None`` where nothing is known to.
        mirror: of a static pod: deleting it does nothing.
    """

    ref: Ref
    account: Account
    may: str
    owner: WorkFact | None = None
    mirror: bool = False
    alike: bool = False

    def __str__(self) -> str:
        by = f" of {self.owner.ref}" if self.owner and self.owner.ref.uid != self.ref.uid else ""
        what = "an image of its name" if self.alike else "its image"
        return f"{self.ref}{by} runs {what} as {self.account}, which {self.may}"


class OptimizerFacts(Record, frozen=True):
    """One workload that runs an optimizer, as it stands now.

    Attributes:
        name: as the settings give it.
        root: the controller that would bring its pods back; ``None`` for bare pods or when nothing was found.
        chain: from the object named to the topmost owner that was found.
        foreign: an owner above it of a kind we do not know, in words.
        above: that owner.
        jobs: what it made that wants pods itself: the running Jobs of a CronJob, Deployments of a custom owner.
        pods: its pods.
        sharing: other pods that run as the same ServiceAccount, or run its container and are made by nothing.
        account: that ServiceAccount; ``None`` if unknown.
        problem: why nothing can be planned; empty otherwise.
        copies: what it leaves behind, in words: what runs its image elsewhere, webhooks, policies.
        armed: those copies of it that may still change something by themselves.
        unlooked: why copies of it may be there that were not looked for; empty where none can.
        unlisted: why its pods could not be listed; empty where they were. Who they run as is not known then.
        breaks: what stops working once it is gone, in words.
        absent: of a problem: it was looked for everywhere that it can be, and is not there.
        outside: of a problem: nothing that runs it is named, so that nothing can be looked for.
    """

    name: str
    root: WorkFact | None = None
    chain: tuple[Ref, ...] = ()
    foreign: str = ""
    above: Ref | None = None
    jobs: tuple[WorkFact, ...] = ()
    pods: tuple[PodFact, ...] = ()
    sharing: tuple[PodFact, ...] = ()
    scalers: tuple[ScalerFact, ...] = ()
    account: Account | None = None
    gaps: tuple[str, ...] = ()
    problem: str = ""
    copies: tuple[str, ...] = ()
    armed: tuple[ArmedCopy, ...] = ()
    breaks: tuple[str, ...] = ()
    unlooked: str = ""
    unlisted: str = ""
    absent: bool = False
    outside: bool = False

    @property
    def strays(self) -> tuple[PodFact, ...]:
        """Those of ``sharing`` that run as somebody else: it may have let them go before it took another account."""
        return tuple(pod for pod in self.sharing if Account(pod.ref.namespace, pod.account) != self.account)

    @property
    def title(self) -> str:
        """What it is called in plans and proofs: the controller that was found, or the name in the settings."""
        return str(self.root.ref) if self.root else self.name


class Reviewed(Record, frozen=True):
    """One question to the authorizer about one identity (``who``: its user name), and the answer.

    ``foreign``: another authorizer than RBAC allows it, so that no binding can be taken away.
    """

    who: str
    access: Access
    allowed: bool | None
    reason: str = ""
    foreign: bool = False


class RevokeFacts(Record, frozen=True):
    """Everything through which the optimizer has rights, and what the authorizer says of it.

    Attributes:
        account: its first ServiceAccount; ``None`` if it has none that is known.
        grants: every binding that reaches one of its identities.
        roles: the roles that those bindings give.
        blind: kinds (``RoleBinding``, ``Role`` …) of which some could not be read.
        sharing: pods besides the optimizer's that run as its account.
        user: our own user name.
        groups: our own groups, to see whether we would cut ourselves off.
        tokens: Secrets that hold a token of it without end; ``None`` if they may not be listed.
        gaps: what could not be read, in words.
        problem: why nothing can be planned; empty otherwise.
        who: its identities; empty: ``account`` alone.
        namespaces: every namespace there is; ``None`` where they may not be listed.
        reviews: what the authorizer was asked; empty where it was not.
        unbindable: kind and key of roles whose bindings we may not change, only delete whole.
        hidden: what the authorizer names as the reason of a right and we can't read.
        unsure: why it may act as somebody else too, in words: its workload or its pods could not be read.
        service_accounts: its ServiceAccounts that are there and may be read, with their UIDs.
        planted: bindings for others that it may have made, in words.
        carried: Secrets and ConfigMaps that its pods have and that may log them in as somebody else, in words.
    """

    account: Account | None
    grants: tuple[Grant, ...] = ()
    roles: tuple[Role, ...] = ()
    blind: frozenset[str] = frozenset()
    sharing: tuple[PodFact, ...] = ()
    user: str = ""
    groups: tuple[str, ...] = ()
    tokens: tuple[str, ...] | None = None
    gaps: tuple[str, ...] = ()
    problem: str = ""
    who: tuple[Principal, ...] = ()
    namespaces: tuple[str, ...] | None = None
    reviews: tuple[Reviewed, ...] = ()
    unbindable: frozenset[tuple[str, str]] = frozenset()
    hidden: tuple[Ref, ...] = ()
    unsure: tuple[str, ...] = ()
    service_accounts: tuple[Ref, ...] = ()
    planted: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()

    @property
    def identities(self) -> tuple[Principal, ...]:
        """Everybody that the optimizer acts as."""
        return self.who or ((principal(self.account),) if self.account else ())

    def role(self, ref: Ref) -> Role | None:
        """The role that a grant names; ``None`` if it is not there or could not be read."""
        return next((role for role in self.roles if (role.ref.kind, role.ref.key) == (ref.kind, ref.key)), None)


def fingerprint(*facts: object) -> str:
    """A short digest of facts; equal facts have equal digests."""
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()[:16]
