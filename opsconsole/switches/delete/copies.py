"""Copies of the optimizer elsewhere: pods of the same image that the plan does not touch, looked for and listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.objects.meta import Metadata, Wire, owner
from opsconsole.cluster.questions.pages import read_list
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied
from opsconsole.parallel import in_parallel
from opsconsole.records import Pod, Ref
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.left.listed import Listed
from opsconsole.switches.target.rights import Account
from opsconsole.switches.target.workloads.kinship import program
from opsconsole.text import clean_line

PATIENCE = 20.0
"""Seconds that listing may take."""

WAITED = 0.3
"""Seconds that a plan waits for the list: what stops the optimizer must not wait for what it left behind."""

_SHOWN = 5

_NAMED = "*/"
"""Before the last name of a repository, as what an image is known by."""

_ANYBODYS = frozenset(
    """
        agent api app application backend base bot cli client controller controller-manager core cron daemon exporter
        frontend gateway helper image init job main manager node operator proxy release run runner runtime scheduler
        server service sidecar task tools ui web webhook worker
    """.split()  # noqa: SIM905 - one a line would be a page
)
"""Last names of repositories that tell what a program is for and not which one it is."""

_COMMON = 4
"""Other accounts that run an image, at the least, for it to be nobody's own: a sidecar, a shell, a language."""

_COMMON_SHARE = 5
"""And one in so many of all accounts that run anything."""


class PodCopy(NamedTuple):
    """A pod, or a CronJob that may run, as far as it matters: what made it, whom it runs as, what it runs."""

    ref: Ref
    maker: str
    account: Account
    images: frozenset[str]
    over: bool


class FoundCopies(NamedTuple):
    """What runs an image of the optimizer's and is not its own; and why that is not all that can be told.

    Attributes:
        found: all of it.
        telling: those of it whose image is not one that many accounts run.
        trouble: why it can't be told; ``None`` where everything was listed.
        within: the namespaces that were listed, where not all of them may be.
        strong: what the optimizer's images are known by, of which a name alone is not.
    """

    found: tuple[PodCopy, ...] = ()
    telling: tuple[PodCopy, ...] = ()
    trouble: ClusterError | None = None
    within: tuple[str, ...] = ()
    strong: frozenset[str] = frozenset()


class StillListingError(ClusterError):
    """What runs is being listed: it can be told in a moment."""


class _Listing(NamedTuple):
    """What was listed, why more of it can't be, and the namespaces, where not all of them were."""

    found: list[PodCopy]
    trouble: ClusterError | None = None
    within: tuple[str, ...] = ()


class _Container(Wire):
    image: str = ""


class _Spec(Wire):
    service_account_name: str = ""
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    ephemeral_containers: list[_Container] | None = None


class _Ran(Wire):
    image_id: str = msgspec.field(default="", name="imageID")


class _Status(Wire):
    phase: str = ""
    container_statuses: list[_Ran] | None = None
    init_container_statuses: list[_Ran] | None = None


class _Pod(Wire):
    metadata: Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


class _Template(Wire):
    spec: _Spec = msgspec.field(default_factory=_Spec)


class _JobSpec(Wire):
    template: _Template = msgspec.field(default_factory=_Template)


class _JobTemplate(Wire):
    spec: _JobSpec = msgspec.field(default_factory=_JobSpec)


class _CronSpec(Wire):
    suspend: bool | None = None
    job_template: _JobTemplate = msgspec.field(default_factory=_JobTemplate)


class _Cron(Wire):
    metadata: Metadata
    spec: _CronSpec = msgspec.field(default_factory=_CronSpec)


class Copies:
    """Looks for pods that run one of the optimizer's images, and are not its own.

    Args:
        api: lists all pods where nobody watches them.
        clock: where the time comes from.
        executor: lists them.
        watched: the pods that a console watches; ``None`` while it does not.
        places: namespaces that the operator named: where not everything may be listed, these are.
    """

    def __init__(
        self,
        api: Api,
        clock: Clock,
        executor: ReservedExecutor,
        watched: Callable[[], Iterable[Pod] | None] = lambda: None,
        places: Sequence[str] = (),
    ) -> None:
        self.places = tuple(places)
        self._api = api
        self._clock = clock
        self._watched = watched
        self._listed = Listed[_Listing](clock, executor, WAITED)

    def in_words(self, workloads: Sequence[OptimizerFacts]) -> tuple[str, ...]:
        """What runs the image of one of them and is left, in words; also where that can't be told."""
        looked = self.look(workloads)
        same = {f"{each.ref.namespace}/{each.maker}" for each in looked.found if each.images & looked.strong}
        alike = {f"{each.ref.namespace}/{each.maker}" for each in looked.found} - same
        trouble, named = looked.trouble, looked.within
        elsewhere = f" but in {', '.join(named)}" if named else ""
        unknown = [f"whether copies of it run elsewhere{elsewhere} can't be told: {trouble}"] if trouble else []
        return (*_left("the same image", sorted(same)), *_left("an image of its name", sorted(alike)), *unknown)

    def look(self, workloads: Sequence[OptimizerFacts], about: str = "") -> FoundCopies:
        """What runs an image of one of ``workloads`` and is not theirs.

        Args:
            workloads: the optimizer's.
            about: what the list is for; another one is listed anew, and is no older than the first question about it.
        """
        images = frozenset(key for each in workloads for key in _known_by(each))
        if not images:
            return FoundCopies()
        own = {pod.ref.uid for each in workloads for pod in (*each.pods, *each.sharing)}
        own |= {work.ref.uid for each in workloads for work in (each.root, *each.jobs) if work}
        mine = {each.root.ref.namespace for each in workloads if each.root}
        mine |= {pod.ref.namespace for each in workloads for pod in each.pods}
        everything, trouble, within = self._everything(about, tuple(sorted({*self.places, *mine})))
        others = [each for each in everything if not each.over and each.ref.uid not in own]
        telling = images - _common(images, others)
        return FoundCopies(
            tuple(each for each in others if each.images & images),
            tuple(each for each in others if each.images & telling),
            trouble,
            within,
            frozenset(key for key in images if not key.startswith(_NAMED)),
        )

    def _everything(self, about: str, places: tuple[str, ...]) -> _Listing:
        watched = self._watched()
        pods = None if watched is None else [_look_at(pod) for pod in watched]
        try:
            asked = ("everything", about, pods is None, places)
            found = self._listed.get(asked, lambda: self._list(places, pods=pods is None))
        except ClusterError as error:
            return _Listing(pods or [], error)
        if found is None:
            return _Listing(pods or [], StillListingError("all pods are being listed"))
        return found._replace(found=[*(pods or ()), *found.found])

    def _list(self, places: Sequence[str], *, pods: bool) -> _Listing:
        """All pods where nobody watches them, and all CronJobs; and why not all can be listed, where they can't.

        Who may list pods alone is told of the pods, and who may in some namespaces alone of those.

        Raises:
            ClusterError: the pods can't be listed, or not in :data:`PATIENCE`.
        """
        found = _Listing([])
        if pods:
            found = self._all(("", "v1", "pods"), _look_at_shape, places)
        try:
            crons = self._all(("batch", "v1", "cronjobs"), _look_at_cron, places)
        except ClusterError as error:  # what runs by the clock is not known anywhere
            return found._replace(trouble=found.trouble or error, within=())
        within = [each.within for each in (found, crons) if each.trouble is not None]
        both = tuple(place for place in places if within and all(place in each for each in within))
        return _Listing(found.found + crons.found, found.trouble or crons.trouble, both)

    def _all(
        self, kind: tuple[str, str, str], look_at: Callable[[bytes], Iterable[PodCopy]], places: Sequence[str]
    ) -> _Listing:
        """All objects of a kind; where they may not be listed everywhere, those of ``places``.

        Raises:
            ClusterError: they can't be listed anywhere, or not in :data:`PATIENCE`.
        """
        try:
            return _Listing(self._of(kind, look_at))
        except Denied as error:
            trouble = error

        def there(place: str) -> list[PodCopy] | ClusterError:
            try:
                return self._of(kind, look_at, place)
            except ClusterError as error:
                return error

        listed = dict(zip(places, in_parallel(there, list(places)), strict=True))
        seen = {place: found for place, found in listed.items() if not isinstance(found, ClusterError)}
        if not seen:
            raise trouble
        return _Listing([each for found in seen.values() for each in found], trouble, tuple(seen))

    def _of(
        self, kind: tuple[str, str, str], look_at: Callable[[bytes], Iterable[PodCopy]], place: str = ""
    ) -> list[PodCopy]:
        """All objects of a kind, in one namespace or everywhere.

        Raises:
            ClusterError: they can't be listed, or not in :data:`PATIENCE`.
        """
        deadline = self._clock.monotonic() + PATIENCE
        group, version, plural = kind

        def stop(_: int) -> None:
            if self._clock.monotonic() > deadline:
                raise ClusterError(f"not all {plural} were listed within {PATIENCE:g} s")

        path = paths.collection(group, version, plural, place)
        return read_list(self._api, path, look_at, timeout=PATIENCE, before_page=stop)


def keys(image: str) -> frozenset[str]:
    """What an image is known by: its repository without registry and tag, and its digest.

    A mirror and another tag are the same program, and so is the same digest by whatever name. Its last name is kept
    too, where it is not one that many programs have: it may have been built anew for another repository.
    """
    name, _, digest = image.partition("@")
    first, slash, rest = name.partition("/")
    is_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    path = (rest if is_registry else name).removeprefix("library/")
    last = path.rpartition("/")[2]
    tag = last.partition(":")[1] + last.partition(":")[2]
    path = path.removesuffix(tag) if tag else path
    short = path.rpartition("/")[2]
    return frozenset(filter(None, {path, digest, f"{_NAMED}{short}" if short not in _ANYBODYS else ""}))


def digests(image_ids: Iterable[str]) -> frozenset[str]:
    """What images are known by that a node has run: ``docker-pullable://x@sha256:…``, ``sha256:…``."""
    return frozenset(f"sha256:{each.rpartition('sha256:')[2]}" for each in image_ids if "sha256:" in each)


def _common(images: frozenset[str], others: Iterable[PodCopy]) -> frozenset[str]:
    """Those of ``images`` that many accounts run: they tell nothing of who runs them."""
    runs: dict[str, set[Account]] = {}
    everybody = set()
    for each in others:
        everybody.add(each.account)
        for image in each.images & images:
            runs.setdefault(image, set()).add(each.account)
    least = max(_COMMON, len(everybody) / _COMMON_SHARE)
    return frozenset(image for image, accounts in runs.items() if len(accounts) >= least)


def _known_by(facts: OptimizerFacts) -> Iterator[str]:
    """What the images of a workload are known by: as its template names them, and as nodes have run them."""
    containers = program(facts)
    for _, image in containers:
        yield from keys(image)
    own = {name for name, _ in containers}  # not what a mesh has put into its pods
    for pod in facts.pods:
        yield from digests(image for name, image in pod.image_ids if name in own)


def _left(what: str, found: list[str]) -> Iterator[str]:
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield f"left running: {what} elsewhere, in {', '.join(found[:_SHOWN])}{more}"


def _look_at(pod: Pod) -> PodCopy:
    images = frozenset(key for each in pod.containers for key in keys(each.image))
    images |= digests(each.image_id for each in pod.containers)
    ref = Ref("Pod", pod.namespace, pod.name, pod.uid)
    account = Account(pod.namespace, pod.service_account or "default")
    return PodCopy(ref, _maker(pod.owner, pod.name), account, images, pod.phase in {"Succeeded", "Failed"})


def _look_at_shape(raw: bytes) -> Iterator[PodCopy]:
    pod = decode(raw, _Pod)
    meta = pod.metadata
    ref = Ref("Pod", clean_line(meta.namespace), clean_line(meta.name), meta.uid)
    over = pod.status.phase in {"Succeeded", "Failed"}
    ran = [*(pod.status.container_statuses or ()), *(pod.status.init_container_statuses or ())]
    images = _run_by(pod.spec) | digests(each.image_id for each in ran)
    yield PodCopy(ref, _maker(owner(meta), ref.name), _account(ref, pod.spec), images, over)


def _look_at_cron(raw: bytes) -> Iterator[PodCopy]:
    """A CronJob that may run: it has no pods between two runs."""
    cron = decode(raw, _Cron)
    meta, spec = cron.metadata, cron.spec.job_template.spec.template.spec
    if not cron.spec.suspend:
        ref = Ref("CronJob", clean_line(meta.namespace), clean_line(meta.name), meta.uid)
        yield PodCopy(ref, ref.name, _account(ref, spec), _run_by(spec), over=False)


def _account(ref: Ref, spec: _Spec) -> Account:
    return Account(ref.namespace, clean_line(spec.service_account_name) or "default")


def _run_by(spec: _Spec) -> frozenset[str]:
    containers = [*(spec.containers or ()), *(spec.init_containers or ()), *(spec.ephemeral_containers or ())]
    return frozenset(key for each in containers for key in keys(clean_line(each.image)))


def _maker(made_by: Ref | None, name: str) -> str:
    return made_by.name if made_by else name
