"""A whole control plane on loopback ports: start it, break it, mend it, stop it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.support.waiting import DEADLINE, eventually
from tests.testbed import objects
from tests.testbed.api import Api
from tests.testbed.plane import components, identities, kubeconfig
from tests.testbed.plane.audit import AuditLog
from tests.testbed.plane.build import Binaries, ensure_built
from tests.testbed.plane.logs import PodLogs
from tests.testbed.plane.processes import Child, Watchdog, free_port
from tests.testbed.plane.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tests.testbed.api import Object


class TestCluster:
    """etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok, and a few nodes.

    Use it as a context manager, or call :meth:`start` and :meth:`stop`. If the process that started it dies,
    however it dies, the children die and the folder goes.

    Attributes:
        api: raw requests as the quiet user ``testbed`` (cluster-admin, not in the audit log).
        audit: what reached the server, if ``audit`` was asked for.
        logs: the files behind ``kubectl logs``.
        store: direct writes into etcd, for populations with ages and statuses of one's own.
    """

    __test__ = False  # its name looks like a test to pytest

    def __init__(
        self,
        *,
        nodes: int = 2,
        audit: bool = True,
        second_authorizer: bool = False,
        audit_webhook: str = "",
        authorization_webhook: str = "",
        api_arguments: Sequence[str] = (),
        binaries: Binaries | None = None,
    ) -> None:
        self._wanted_nodes = nodes
        self._wants_audit = audit
        self._second_authorizer = second_authorizer
        self._audit_webhook = audit_webhook
        self._authorization_webhook = authorization_webhook
        self._api_arguments = tuple(api_arguments)
        self._binaries = binaries or ensure_built()
        self.directory = Path(tempfile.mkdtemp(prefix="opsconsole-testbed-"))
        self.layout = components.Layout(self.directory, *(free_port() for _ in range(4)))
        self._watchdog = Watchdog(self.directory)
        self.identities = identities.Identities(self.layout)
        self.api: Api = self.identities.api()
        self.audit = AuditLog(self.layout.audit_log)
        self.logs = PodLogs(self.api, self.layout)
        self.store = Store(self.layout.etcd_url)
        self._children = self._make_children()

    def _make_children(self) -> dict[str, Child]:
        programs, layout = self._binaries, self.layout
        commands = {
            "etcd": components.etcd(programs, layout),
            "kube-apiserver": components.api_server(
                programs,
                layout,
                audit=self._wants_audit,
                second_authorizer=self._second_authorizer,
                audit_webhook=bool(self._audit_webhook),
                authorization_webhook=bool(self._authorization_webhook),
                further=self._api_arguments,
            ),
            "kube-controller-manager": components.controller_manager(programs, layout),
            "kube-scheduler": components.scheduler(programs, layout),
            "kwok": components.kwok(programs, layout),
        }
        # A home of its own: kwok keeps a working directory below it.
        variables = {"HOME": str(self.directory)}
        return {
            name: Child(name, command, self.directory, self._watchdog, variables) for name, command in commands.items()
        }

    @property
    def server(self) -> str:
        """The API server's address, ``https://127.0.0.1:PORT``."""
        return self.layout.api_url

    @property
    def admin_kubeconfig(self) -> Path:
        """A kubeconfig of the cluster's administrator (group system:masters, a token)."""
        return self.identities.admin_kubeconfig

    def __enter__(self) -> TestCluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until pods can be scheduled and run.

        Raises:
            StartError: a component did not come up; nothing is left running then.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._write_files()
        self._children["etcd"].start()
        self._children["etcd"].wait_until(self.store.healthy)
        self.restart_apiserver()
        self._install_kwok_types()
        for name in ("kube-controller-manager", "kube-scheduler", "kwok"):
            self._children[name].start()
        for index in range(self._wanted_nodes):
            self.api.post("/api/v1/nodes", objects.node(f"node-{index}"))
        self._children["kwok"].wait_until(self.logs.kubelet_answers)
        eventually(self._nodes_ready, "nodes are ready")
        eventually(lambda: self._has_service_account("default"), "the default service account is there")

    def _write_files(self) -> None:
        self.identities.write()
        self.logs.prepare()
        policy = components.audit_policy(list(identities.QUIET_USERS))
        (self.directory / "audit-policy.yaml").write_text(policy)
        kubeconfig.write(self.layout.audit_webhook, kubeconfig.of_webhook(self._audit_webhook))
        kubeconfig.write(self.layout.authorization_webhook, kubeconfig.of_webhook(self._authorization_webhook))
        (self.directory / "abac.jsonl").write_text(components.abac_policy())
        (self.directory / "kwok.yaml").write_text(components.kwok_configuration(self._binaries, self.layout))

    def _install_kwok_types(self) -> None:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for manifest in self._binaries.kwok_manifests("crd"):
            self.api.post(path, yaml.safe_load(manifest.read_text()))
        eventually(lambda: self.api.healthy("/apis/kwok.x-k8s.io/v1alpha1/logs"), "kwok's types are served")

    def _nodes_ready(self) -> bool:
        return all(objects.node_is_ready(node) for node in self.api.get("/api/v1/nodes")["items"])

    def _has_service_account(self, namespace: str) -> bool:
        return self.api.exists(f"/api/v1/namespaces/{namespace}/serviceaccounts/default")

    def stop(self) -> None:
        """Kill every child and remove the folder. Twice is no error."""
        for child in reversed(self._children.values()):
            child.kill()
        self.api.close()
        self._watchdog.dismiss()

    def component(self, name: str) -> Child:
        """Return one component, such as ``kwok``, to stop, start or signal it, or to read its log."""
        return self._children[name]

    def kill_apiserver(self) -> None:
        """Kill the API server at once (SIGKILL): clients see their connections reset, then refused."""
        self._children["kube-apiserver"].kill()

    def restart_apiserver(self) -> None:
        """Start the API server, on the same port as ever, and wait until it is ready. It must not run."""
        child = self._children["kube-apiserver"]
        child.start()
        child.wait_until(self.api.healthy)

    def pause_apiserver(self) -> None:
        """Stop the API server's process (SIGSTOP): connections stay up and fall silent."""
        self._children["kube-apiserver"].pause()

    def resume_apiserver(self) -> None:
        """Let a paused API server go on (SIGCONT)."""
        self._children["kube-apiserver"].resume()

    def restart_kubelet(self) -> None:
        """Kill kwok and start it again: every log stream and exec session breaks; pods and nodes stay."""
        self._children["kwok"].kill()
        self._children["kwok"].start()
        self._children["kwok"].wait_until(self.logs.kubelet_answers)

    def create_namespace(self, name: str, labels: dict[str, str] | None = None) -> None:
        """Create a namespace and wait until pods may be created in it (its service account is there)."""
        self.create_namespaces([name], labels)

    def create_namespaces(self, names: Sequence[str], labels: dict[str, str] | None = None) -> None:
        """Create several namespaces (those that exist stay as they are); wait until pods may be created."""
        for name in names:
            if not self.api.exists(f"/api/v1/namespaces/{name}"):
                self.api.post("/api/v1/namespaces", objects.namespace(name, labels))
        for name in names:
            eventually(partial(self._has_service_account, name), f"{name}'s service account is there")

    def remove_namespaces(self, *names: str) -> None:
        """Take away namespaces that no test looks at any more, with all that is in them, at once.

        One that is gone is no error.

        Terminating, they take no new objects; what they have goes from below, without anybody's grace or finalizers.
        The namespace controller, which comes five seconds later, would ask for each of fifty kinds two times.
        """
        for name in names:
            self.api.remove(f"/api/v1/namespaces/{name}")
        self.store.delete_namespaces(names)

    def pods(self, namespace: str, selector: str = "") -> list[Object]:
        """Return the pods of a namespace, as the API gives them; ``selector`` is a label selector."""
        query = {"labelSelector": selector} if selector else {}
        return list(self.api.get(f"/api/v1/namespaces/{namespace}/pods", **query)["items"])

    def wait_for_pods(self, namespace: str, selector: str, count: int, seconds: float = DEADLINE) -> list[Object]:
        """Return the pods that match when ``count`` of them are Ready (and none is on its way out)."""
        found: list[Object] = []

        def ready() -> bool:
            found[:] = [pod for pod in self.pods(namespace, selector) if objects.pod_is_ready(pod)]
            return len(found) == count

        eventually(ready, f"{count} pods {selector} ready in {namespace}", seconds)
        return found

    def kubeconfig_for_user(self, name: str, groups: Sequence[str] = (), namespace: str = "default") -> Path:
        """Return a kubeconfig of any user, by client certificate. It may do nothing until a binding says so."""
        return self.identities.user_kubeconfig(name, groups, namespace)

    def kubeconfig_for_service_account(self, namespace: str, name: str, seconds: float = 3600) -> Path:
        """Return a kubeconfig with a service account's token that is good for ``seconds``; see there."""
        return self.identities.service_account_kubeconfig(self.api, namespace, name, seconds)

    def service_account_api(self, namespace: str, name: str, *, user_agent: str = "testbed") -> Api:
        """Return a raw client that acts as a service account, under a User-Agent of one's choice."""
        token = self.identities.service_account_token(self.api, namespace, name, 3600)
        return Api(self.server, self.layout.pki("ca.crt"), token=token, user_agent=user_agent)

    def user_api(self, name: str, groups: Sequence[str] = ()) -> Api:
        """Return a raw client that acts as any user, by client certificate."""
        certificate, key = self.identities.user_certificate(name, groups)
        return Api(self.server, self.layout.pki("ca.crt"), cert_file=certificate, key_file=key)

    def log_file(self, namespace: str, pod: str, container: str = "") -> Path:
        """Return the file whose lines are the pod's log; see :class:`tests.testbed.plane.logs.PodLogs`."""
        return self.logs.file(namespace, pod, container)

    def kubectl(
        self, *arguments: str, kubeconfig: Path | None = None, check: bool = True, stdin: str | None = None
    ) -> str:
        """Run kubectl (as the administrator) and return what it printed.

        Raises:
            subprocess.CalledProcessError: it failed and ``check`` is set; ``stderr`` is with it.
        """
        done = subprocess.run(
            self.kubectl_command(*arguments),
            env=self.kubectl_environment(kubeconfig),
            input=stdin,
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout if check else done.stdout + done.stderr

    def kubectl_command(self, *arguments: str) -> list[str]:
        """Return kubectl's command line, for a caller that runs it in a way of its own."""
        return [self._binaries.path("kubectl"), *arguments]

    def kubectl_environment(self, kubeconfig: Path | None = None) -> dict[str, str]:
        """Return the environment that kubectl (or the console) needs to talk to this cluster."""
        return {**os.environ, "KUBECONFIG": str(kubeconfig or self.admin_kubeconfig), "HOME": str(self.directory)}
