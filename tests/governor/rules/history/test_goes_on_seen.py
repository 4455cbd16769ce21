"""Harm that the cluster shows after the optimizer's write, and its next write: by facts alone, without a word."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from opsconsole.records import Container, ContainerSpec, Finding, Hpa, Pod, PodCondition, Severity, Workload
from tests.governor.scene import Scene, deployment, limits, pod

RULE = "goes-on-after-harm"
IT, PERSON, NOBODY = "aura-optimizer", "kubectl-edit", "python-requests"
MINUTE = 60.0

Failing = Callable[[str, Workload, float], Pod]


class Shop:
    """Services that somebody writes, and whose pods fail; what is found of it."""

    def __init__(self, replicas: int = 4) -> None:
        names = ("checkout", "cart")
        self.scene = Scene().live("deployments", "pods")
        self.is_now = {name: deployment(name, memory="1Gi", cpu="2", replicas=replicas) for name in names}
        self.scene.put(*self.is_now.values())
        self.scene.put(*(pod(f"{name}-{n}", each) for name, each in self.is_now.items() for n in range(replicas)))
        self.wait(60)

    def wait(self, seconds: float) -> Shop:
        self.scene.wait(seconds)
        return self

    def write(self, name: str = "checkout", by: str = IT, **what: object) -> Shop:
        at = self.scene.clock.at
        spec = self.is_now[name].containers[0]
        memory, cpu, image = (what.pop(each, None) for each in ("memory", "cpu", "image"))
        if memory:
            its = msgspec.structs.replace(spec.resources, memory_limit=limits(str(memory)).memory_limit)
            spec = msgspec.structs.replace(spec, resources=its)
        if cpu:
            its = msgspec.structs.replace(spec.resources, cpu_limit=limits(cpu=str(cpu)).cpu_limit)
            spec = msgspec.structs.replace(spec, resources=its)
        spec = ContainerSpec(spec.name, str(image), resources=spec.resources) if image else spec
        old = self.is_now[name]
        managers = deployment(by=(by, at)).managers
        self.is_now[name] = msgspec.structs.replace(old, containers=(spec,), managers=managers, **what)
        self.scene.put(self.is_now[name])
        return self

    def resize(self, memory: str, number: int) -> Shop:
        """In place: the pod itself is written."""
        its = pod(f"checkout-{number}", self.is_now["checkout"], created=self.scene.clock.at - 3_600.0)
        less = msgspec.structs.replace(its.containers[0], resources=limits(memory))
        more = msgspec.structs.replace(its.containers[0], resources=limits("1Gi"))
        by = deployment(by=(IT, self.scene.clock.at)).managers
        self.scene.put(msgspec.structs.replace(its, containers=(more,)))
        self.scene.put(msgspec.structs.replace(its, containers=(less,), managers=by))
        return self

    def status(self, name: str = "checkout", **what: object) -> Shop:
        self.is_now[name] = msgspec.structs.replace(self.is_now[name], **what)
        self.scene.put(self.is_now[name])
        return self

    def fail(self, how: Failing, *numbers: int, name: str = "checkout") -> Shop:
        self.scene.put(*(how(f"{name}-{n}", self.is_now[name], self.scene.clock.at) for n in numbers))
        return self

    def well(self, *numbers: int, name: str = "checkout") -> Shop:
        self.scene.put(*(pod(f"{name}-{n}", self.is_now[name]) for n in numbers))
        return self

    def found(self) -> list[Finding]:
        return self.scene.of(RULE)

    def severity(self) -> Severity | None:
        return min((each.severity for each in self.found()), key=lambda each: each.rank, default=None)


def killed(name: str, owner: Workload, at: float) -> Pod:
    its = Container("auth-container", restarts=1, state="running", ready=True, last_reason="OOMKilled")
    its = msgspec.structs.replace(its, last_exit_code=137, last_finished_at=at)
    return pod(name, owner, containers=(its,), restarts=1)


def dies(name: str, owner: Workload, at: float) -> Pod:
    its = Container("auth-container", state="terminated", reason="OOMKilled", exit_code=137)
    return pod(name, owner, containers=(its,), status="OOMKilled", is_ready=False, ready=0)


def crashes(name: str, owner: Workload, at: float, reason: str = "CrashLoopBackOff") -> Pod:
    its = Container("auth-container", restarts=3, state="waiting", reason=reason, last_reason="Error")
    return pod(name, owner, containers=(its,), restarts=3, status=reason, is_ready=False, ready=0)


def no_image(name: str, owner: Workload, at: float) -> Pod:
    return crashes(name, owner, at, "ImagePullBackOff")


def homeless(name: str, owner: Workload, at: float) -> Pod:
    why = (PodCondition("PodScheduled", "False", "Unschedulable", "0/8 nodes are available"),)
    return pod(name, owner, containers=(), phase="Pending", status="Pending", conditions=why, is_ready=False, node="")


def starts(name: str, owner: Workload, at: float) -> Pod:
    its = Container("auth-container", state="waiting", reason="ContainerCreating")
    return pod(name, owner, containers=(its,), phase="Pending", status="ContainerCreating", is_ready=False, ready=0)


def old(how: Failing) -> Failing:
    """Of pods that have run for an hour."""
    return lambda name, owner, at: msgspec.structs.replace(how(name, owner, at), created=at - 3_600.0)


def new(how: Failing) -> Failing:
    return lambda name, owner, at: msgspec.structs.replace(how(name, owner, at), created=at - 20.0)


CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING

Story = Callable[[Shop], Shop]


def told(story: Story) -> Shop:
    return story(Shop())


HARM: list[tuple[str, Story]] = [
    ("OOMKilled", lambda shop: shop.write(memory="500Mi").wait(40).fail(killed, 0, 1, 2)),
    ("dying of OOM", lambda shop: shop.write(memory="500Mi").wait(40).fail(dies, 1)),
    ("OOMKilled an hour later", lambda shop: shop.write(memory="900Mi").wait(50 * MINUTE).fail(killed, 0)),
    ("in a crash loop", lambda shop: shop.write(memory="500Mi").wait(90).fail(crashes, 0)),
    ("without CPU", lambda shop: shop.write(cpu="100m").wait(90).fail(crashes, 0, 1)),
    ("fewer, and the rest break down", lambda shop: shop.write(replicas=2, available=2).wait(90).fail(crashes, 0, 1)),
    (
        "an autoscaler's step beside a cut of memory",
        lambda shop: shop.write(memory="500Mi").wait(20).write(by="kube-controller-manager", replicas=3)
        .wait(20).fail(killed, 0),
    ),
    (
        "under what was, for longer than a roll-out has",
        lambda shop: shop.write(memory="500Mi").wait(20).status(available=1).wait(11 * MINUTE),
    ),
    ("new pods crash", lambda shop: shop.write(memory="500Mi").wait(40).fail(new(crashes), 4)),
    ("in and out", lambda shop: shop.write(memory="500Mi").wait(60).fail(new(crashes), 4).wait(40).well(4).wait(20)),
    ("new pods are killed", lambda shop: shop.write(memory="500Mi").wait(40).fail(new(killed), 4)),
    ("fewer by one each, until half are left", lambda shop: shop.write(replicas=3, available=3).wait(3 * MINUTE)
        .write(replicas=2, available=2).wait(90).fail(old(crashes), 0)),
    ("less by little each", lambda shop: shop.write(memory="1000Mi").wait(3 * MINUTE).write(memory="970Mi")
        .wait(40).fail(killed, 0)),
    ("fewer, and old ones break down", lambda shop: shop.write(replicas=2, available=2).wait(90).fail(old(crashes), 0)),
    ("in place", lambda shop: shop.resize("500Mi", 0).wait(20).fail(old(killed), 0)),
    (
        "new pods, those of the cut before are gone",
        lambda shop: shop.write(memory="500Mi").wait(60).fail(crashes, 4, 5).wait(20).fail(crashes, 6),
    ),
]  # fmt: skip
"""Each after a write of its, in a service of four that was well."""

IDS = [each[0] for each in HARM]


@pytest.mark.parametrize("harm", [each[1] for each in HARM], ids=IDS)
def test_it_takes_more_of_what_fails(harm: Story) -> None:
    shop = told(harm).wait(20)
    assert not shop.found(), "it may stop there"
    assert shop.write(memory="400Mi").severity() is CRITICAL


@pytest.mark.parametrize("harm", [each[1] for each in HARM], ids=IDS)
@pytest.mark.parametrize("by", [PERSON, "argocd-controller", "helm"])
def test_who_else_goes_on_is_not_the_optimizer(harm: Story, by: str) -> None:
    assert not told(harm).wait(20).write(memory="400Mi", by=by).found()


@pytest.mark.parametrize("harm", [each[1] for each in HARM], ids=IDS)
def test_who_cant_be_told_from_it_is_a_warning_that_says_so(harm: Story) -> None:
    shop = told(harm).wait(20).write(memory="400Mi", by=NOBODY)
    assert shop.severity() is WARNING
    assert "can't be told" in shop.found()[0].detail


@pytest.mark.parametrize("harm", [each[1] for each in HARM], ids=IDS)
def test_what_puts_it_right_is_no_alarm(harm: Story) -> None:
    shop = told(harm).wait(20)
    assert not shop.write(memory="2Gi", cpu="4", replicas=6).found()


AGAIN: list[tuple[str, Story, str]] = [
    (
        "memory",
        lambda shop: shop.write(memory="500Mi").wait(40).fail(killed, 0, 1, 2).wait(20).write("cart", memory="500Mi"),
        "goes on cutting memory, now of cart, after 3 pods of checkout were OOMKilled by its change",
    ),
    (
        "one of four",
        lambda shop: shop.write(memory="500Mi").wait(40).fail(killed, 0).wait(20).write("cart", memory="900Mi"),
        "goes on cutting memory, now of cart, after 1 pod of checkout was OOMKilled by its change",
    ),
    (
        "CPU",
        lambda shop: shop.write(cpu="100m").wait(90).fail(crashes, 0, 1).wait(20).write("cart", cpu="100m"),
        "goes on cutting CPU, now of cart, after 2 pods of checkout went into CrashLoopBackOff after its change",
    ),
    (
        "replicas",
        lambda shop: shop.write(replicas=2).wait(90).fail(killed, 0, 1).wait(20).write("cart", replicas=2),
        "goes on cutting replicas, now of cart, after 2 pods of checkout were OOMKilled after its change",
    ),
    (
        "images",
        lambda shop: shop.write(image="a:2").wait(90).fail(no_image, 4, 5).wait(20).write("cart", image="b:2"),
        "goes on changing the image, now of cart, after 2 pods of checkout could not start after its change",
    ),
    (
        "more than there is room for",
        lambda shop: shop.write(memory="9Gi").wait(5).fail(homeless, 4).wait(11 * MINUTE).write("cart", memory="9Gi"),
        "goes on raising memory, now of cart, after 1 pod of checkout found no node for 11 min after its change",
    ),
    (
        "the same service has no room for more",
        lambda shop: shop.write(replicas=9).wait(5).fail(homeless, 4, 5, 6).wait(11 * MINUTE).write(replicas=12),
        "goes on raising replicas of checkout after 3 pods of checkout found no node for 11 min after its change",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("story", "title"), [each[1:] for each in AGAIN], ids=[each[0] for each in AGAIN])
def test_it_does_the_same_again(story: Story, title: str) -> None:
    shop = told(story)
    assert [each.title for each in shop.found()] == [title]
    assert shop.severity() is WARNING


OOM: Story = lambda shop: shop.write(memory="500Mi").wait(40).fail(killed, 0, 1, 2).wait(20)  # noqa: E731


def bad_image(shop: Shop) -> Shop:
    """A person's image that no pod of starts with, left so; and the optimizer cuts on."""
    shop.write(image="a:2", by="helm").wait(30).fail(crashes, 4).wait(15 * MINUTE)
    for number in range(3):
        shop.write(memory=f"{900 - number}Mi").scene.drop(pod(f"checkout-{4 + number}"))
        shop.wait(90).fail(crashes, 5 + number).wait(60)
    return shop


CALM: list[tuple[str, Story]] = [
    ("a healthy roll-out", lambda shop: shop.write(memory="900Mi").wait(5).fail(starts, 4, 5).wait(60)
        .write(memory="850Mi")),
    ("a slow one", lambda shop: shop.write(memory="900Mi").wait(5).fail(starts, 4, 5).status(available=0)
        .wait(9 * MINUTE).write(memory="850Mi")),
    ("one that waits for a node", lambda shop: shop.write(replicas=5).wait(5).fail(homeless, 4).wait(4 * MINUTE)
        .write(replicas=6)),
    ("not ready", lambda shop: shop.write(memory="900Mi").wait(5).fail(lambda name, owner, at:
        pod(name, owner, is_ready=False, ready=0), 0, 1, 2, 3).wait(15 * MINUTE).write(memory="850Mi")),
    ("a first try", lambda shop: shop.write(image="a:2").wait(5).fail(lambda name, owner, at:
        crashes(name, owner, at, "ErrImagePull"), 4, 5).wait(20).write("cart", image="b:2")),
    ("it failed before", lambda shop: shop.fail(crashes, 0, 1).wait(60).write(memory="900Mi").wait(60)
        .write(memory="800Mi")),
    ("it failed before, and so do the pods of the new roll-out", lambda shop: shop.fail(crashes, 0, 1).wait(60)
        .write(memory="900Mi").wait(60).fail(crashes, 4, 5).wait(60).write(memory="800Mi")),
    ("a person's image breaks each roll-out", lambda shop: bad_image(shop).write(memory="700Mi")),
    ("it was killed before", lambda shop: shop.fail(killed, 0, 1).wait(60).write(memory="900Mi").wait(60)
        .fail(killed, 0, 1).wait(60).write(memory="800Mi")),
    ("another cut it", lambda shop: shop.write(memory="800Mi", by=PERSON).wait(20).fail(killed, 0, 1, 2).wait(20)
        .write(memory="700Mi")),
    ("another cut it between", lambda shop: shop.write(memory="900Mi").wait(20).write(memory="500Mi", by=PERSON)
        .wait(20).fail(killed, 0, 1).wait(20).write(memory="450Mi")),
    ("who can't be told cut it", lambda shop: shop.write(memory="500Mi", by=NOBODY).wait(20).fail(killed, 0, 1)
        .wait(20).write(memory="450Mi")),
    ("a person's image", lambda shop: shop.write(memory="900Mi").wait(60).write(image="a:2", by="helm").wait(30)
        .fail(crashes, 4, 5, 6).wait(20).write(memory="850Mi")),
    ("a person's image, and then its cut", lambda shop: shop.write(image="a:2", by="helm").wait(30)
        .write(memory="900Mi").wait(60).fail(crashes, 4, 5, 6).wait(20).write(memory="850Mi")),
    ("one of many crashes", lambda shop: shop.write(memory="900Mi").wait(60).status(replicas=40).fail(crashes, 4)
        .wait(20).write("cart", memory="900Mi")),
    ("pods of before its write", lambda shop: shop.write(memory="900Mi").wait(60).fail(old(crashes), 0, 1, 2)
        .wait(20).write(memory="850Mi")),
    ("killed pods of before its write", lambda shop: shop.write(memory="900Mi").wait(60).fail(old(killed), 0, 1, 2)
        .wait(20).write("cart", memory="850Mi")),
    ("long after its write", lambda shop: shop.write(memory="900Mi").wait(40 * MINUTE).fail(crashes, 0, 1, 2)
        .wait(20).write(memory="850Mi")),
    ("an hour after its write", lambda shop: shop.write(memory="900Mi").wait(70 * MINUTE).fail(killed, 0, 1, 2)
        .wait(20).write("cart", memory="900Mi")),
    ("at once: it was decided before", lambda shop: shop.write(memory="500Mi").wait(30).fail(killed, 0).wait(5)
        .write("cart", memory="900Mi")),
    ("it gave it back, and cuts less", lambda shop: OOM(shop).write(memory="1Gi").wait(10 * MINUTE)
        .write(memory="900Mi")),
    ("a person gave it back", lambda shop: OOM(shop).write(memory="2Gi", by=PERSON).wait(10 * MINUTE)
        .write(memory="1800Mi")),
    ("it puts the image back", lambda shop: shop.write(image="a:2").wait(60).fail(no_image, 4, 5).wait(20)
        .write(image=deployment().containers[0].image).wait(20).well(4, 5).write("cart", image="b:2")),
    ("it does something else elsewhere", lambda shop: OOM(shop).write("cart", replicas=6)),
    ("it does the contrary elsewhere", lambda shop: OOM(shop).write("cart", memory="2Gi")),
    ("long after the kill", lambda shop: OOM(shop).wait(31 * MINUTE).write(memory="450Mi")),
    ("long after the kill, elsewhere", lambda shop: OOM(shop).wait(11 * MINUTE).write("cart", memory="900Mi")),
    ("it stumbled, and runs", lambda shop: shop.write(memory="900Mi").wait(60).fail(new(crashes), 4, 5).wait(20)
        .well(4, 5).wait(70).write(memory="850Mi")),
    ("it runs again", lambda shop: shop.write(memory="900Mi").wait(60).fail(crashes, 0, 1).wait(60).well(0, 1)
        .wait(11 * MINUTE).write(memory="850Mi")),
    ("another image for what can't start", lambda shop: shop.write(image="a:2").wait(60).fail(no_image, 4, 5)
        .wait(20).write(image="a:3")),
    ("less, for what finds no node", lambda shop: shop.write(memory="9Gi").wait(5).fail(homeless, 4)
        .wait(11 * MINUTE).write(memory="3Gi")),
    ("more were available than wished", lambda shop: shop.write(replicas=2, available=2).wait(11 * MINUTE)
        .write(replicas=1)),
    ("a person's image, long before its step down", lambda shop: shop.write(by=PERSON, image="web:2").wait(11 * MINUTE)
        .write(replicas=2, available=2).wait(4 * MINUTE).fail(crashes, 0, 1).wait(60).write(replicas=1)),
    ("a small step down, and then crashes", lambda shop: shop.write(replicas=3, available=3).wait(4 * MINUTE)
        .fail(crashes, 0).wait(60).write(replicas=2)),
    ("a small step down, and a leak", lambda shop: shop.write(replicas=3, available=3).wait(5 * MINUTE)
        .fail(killed, 0).wait(20).write(replicas=2)),
    ("hardly less memory, and a leak", lambda shop: shop.write(memory="1023Mi").wait(50 * MINUTE).fail(killed, 0)
        .wait(20).write("cart", memory="900Mi")),
    ("more replicas wait for a node that comes late", lambda shop: shop.write(replicas=6).wait(30)
        .fail(homeless, 4, 5).wait(11 * MINUTE).write("cart", replicas=6)),
    ("what a person debugs with", lambda shop: shop.write(memory="900Mi").wait(60).fail(lambda name, owner, at: pod(
        name, owner, containers=(Container("shell", ephemeral=True, state="terminated", reason="OOMKilled"),)), 0)
        .wait(20).write(memory="850Mi")),
]  # fmt: skip


@pytest.mark.parametrize("story", [each[1] for each in CALM], ids=[each[0] for each in CALM])
def test_it_is_none_of_its_own_or_is_over_or_is_nothing(story: Story) -> None:
    assert [each.title for each in told(story).found()] == []


def test_its_words_and_its_clock_excuse_nothing() -> None:
    shop = OOM(Shop())
    stamp = "2023-10-26T03:14:00Z"  # a day before, by its own word
    shop.scene.say(
        f'{{"timestamp": "{stamp}", "level": "INFO", "message": "All well, giving back memory", "action": '
        '"patch_deployment", "target": "production/checkout", "patch": {"spec": {"template": {"spec": {"containers": '
        '[{"name": "auth-container", "resources": {"limits": {"memory": "400Mi"}}}]}}}}}'
    )
    assert shop.wait(2).write(memory="400Mi").severity() is CRITICAL


@pytest.mark.parametrize("line", ["Evicting pod production/checkout-1", "Deleting pod production/checkout-2"])
def test_it_removes_the_pods_that_it_has_harmed(line: str) -> None:
    shop = OOM(Shop())
    shop.scene.say(f"INFO: {line}")
    assert shop.severity() is CRITICAL
    assert "removing pods of checkout after 3 pods" in shop.found()[0].title
    calm = Shop().write(memory="500Mi").wait(60)
    calm.scene.say(f"INFO: {line}")
    assert not calm.found()


def test_an_autoscalers_bounds_are_its_targets() -> None:
    shop = Shop()
    bounds = Hpa("production", "web", shop.is_now["checkout"].ref, minimum=4, maximum=8)
    shop.scene.put(bounds)
    by = deployment(by=(IT, shop.scene.clock.at)).managers
    shop.wait(20).scene.put(msgspec.structs.replace(bounds, minimum=1, managers=by))
    shop.wait(60).fail(crashes, 0, 1).wait(20)
    assert not shop.found()
    assert shop.write(replicas=1).severity() is CRITICAL


def test_a_flood_after_harm_is_one_alarm() -> None:
    shop = OOM(Shop())
    for number in range(30):
        shop.wait(2).write("cart", memory=f"{900 - number}Mi")
    assert len(shop.found()) == 1


def test_whose_write_it_was_may_be_told_later() -> None:
    shop = Shop().write(memory="500Mi", by="night-tuner").wait(40).fail(killed, 0, 1).wait(20)
    shop.write(memory="400Mi", by="night-tuner")
    assert not shop.found(), "nobody knows yet who that is"
    shop.scene.say(
        'INFO: {"action": "patch_deployment", "target": "production/checkout", "patch": {"spec": {"template": {"spec": '
        '{"containers": [{"name": "auth-container", "resources": {"limits": {"memory": "400Mi"}}}]}}}}}'
    )
    assert shop.wait(30).write(memory="300Mi", by="night-tuner").severity() is CRITICAL


def test_what_its_log_tells_of_one_service_counts_while_the_cluster_tells_of_another() -> None:
    shop = OOM(Shop())
    shop.scene.say("INFO: Cutting memory limit of deployment production/cart from 1Gi to 500Mi")
    shop.wait(60).scene.say("ERROR: pod production/cart-1 of deployment production/cart was OOMKilled")
    shop.wait(30).scene.say("INFO: Cutting memory limit of deployment production/cart from 500Mi to 400Mi")
    assert shop.severity() is CRITICAL
    assert any("goes on with cart" in each.title for each in shop.found())
