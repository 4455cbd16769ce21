"""Runs a program in the pod that sees a node's GPUs: a DaemonSet's, such as that of ``deploy/gpu-reader``."""

from __future__ import annotations

import msgspec

from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import BadAnswer, NotFound
from opsconsole.cluster.transport.websocket import run_in_container
from opsconsole.decoding import decode_as
from opsconsole.text import clean_line

FIND_SECONDS = 5.0
_RECEIVE = (
    "import sys;"
    "n=int(sys.stdin.buffer.readline());"
    "exec(compile(sys.stdin.buffer.read(n),'opsconsole','exec'),{'__name__':'__main__'})"
)
"""Reads as many bytes as the first line says and runs them: the end of standard input can't be told to every server."""


class _Meta(msgspec.Struct):
    name: str = ""


class _ContainerStatus(msgspec.Struct):
    ready: bool = False


class _PodStatus(msgspec.Struct, rename="camel"):
    phase: str = ""
    container_statuses: list[_ContainerStatus] = []


class _Item(msgspec.Struct):
    metadata: _Meta
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)


class _Items(msgspec.Struct):
    items: list[_Item] = []


class ReaderPods:
    """The pods that see the nodes' GPUs.

    Args:
        connection: how the cluster is reached; one that can write.
        namespace: where they are.
        selector: a label selector that tells them.
        container: in which of their containers the program runs; empty: the first.
        python: the interpreter there, and what stands before it.
    """

    def __init__(
        self, connection: Connection, *, namespace: str, selector: str, container: str = "", python: str = "python3"
    ) -> None:
        self._connection = connection
        self._namespace = namespace
        self._selector = selector
        self._container = container
        self._python = python

    def run(self, node: str, program: bytes, seconds: float, most: int) -> bytes:
        """Run a Python program on ``node`` and return what it printed, cut at ``most`` bytes.

        Raises:
            ClusterError: there is no such pod, or see :func:`run_in_container`.
        """
        path = paths.item("", "v1", "pods", self._namespace, self._pod_on(node), subresource="exec")
        command = [self._python, "-I", "-S", "-c", _RECEIVE]
        given = b"%d\n" % len(program) + program
        return run_in_container(
            self._connection, path, command, given, container=self._container, seconds=seconds, most=most
        )

    def _pod_on(self, node: str) -> str:
        query = {"labelSelector": self._selector, "fieldSelector": f"spec.nodeName={node}"}
        path = paths.collection("", "v1", "pods", self._namespace)
        data = self._connection.request("GET", path, query=query, timeout=FIND_SECONDS)
        try:
            found = decode_as(data, _Items).items
        except msgspec.DecodeError as error:
            raise BadAnswer(f"the pods of {self._selector} can't be read: {clean_line(str(error), 120)}") from error
        running = [item.metadata.name for item in found if item.status.phase == "Running"]
        if not running:
            where = f"no running pod {self._selector} in namespace {self._namespace} on it"
            raise NotFound(f"{where}: see docs/gpu-nodes.md")
        return min(running)
