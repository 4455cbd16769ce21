"""Opens one thing whole: its manifest as YAML, or a container's log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from opsconsole.cluster.objects.masking import mask
from opsconsole.cluster.questions.loglines import LogLine
from opsconsole.cluster.questions.logs import ContainerLog
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.console import InspectError, LogStream
from opsconsole.decoding import decode_as
from opsconsole.masking import LogMasker
from opsconsole.text import clean, clean_line

if TYPE_CHECKING:
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.records import Pod, Ref

MAX_MANIFEST = 4 << 20
"""Characters of a manifest; etcd takes no object of more than 1.5 MB."""

MAX_LOG_LINE = 16 << 10
"""Characters shown of one log line."""


class ClusterInspector:
    """The cluster's half of :class:`opsconsole.console.Inspector`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def manifest(self, ref: Ref) -> str:
        """Return the object as YAML: cleaned, managers folded to a line each, secrets masked.

        Raises:
            InspectError: it can't be read, or is of a kind that the console does not know.
        """
        if ref.kind not in paths.API_KINDS:
            raise InspectError(f"{ref}: the console can't open a {ref.kind}; kubectl can")
        try:
            body = self._connection.request("GET", paths.of_kind(ref.kind, ref.namespace, ref.name))
            document = decode_as(body, dict[str, Any])
        except ClusterError as error:
            raise InspectError(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InspectError(f"{ref}: what came is no object of the Kubernetes API") from error
        document = mask(document)
        _fold_managers(document)
        return clean(_dump(document), MAX_MANIFEST)

    def logs(self, pod: Pod, container: str, *, previous: bool, follow: bool, tail: int) -> LogStream:
        """Open a container's log; nothing is read until the first line is asked for."""
        return _Lines(self._connection, pod, container, previous=previous, follow=follow, tail=tail)


class _Lines:
    """A log as lines for the screen, its secrets masked. Trouble while following is said in a line of its own."""

    def __init__(
        self, connection: Connection, pod: Pod, container: str, *, previous: bool, follow: bool, tail: int
    ) -> None:
        self._trouble = False
        self._log = ContainerLog(
            connection,
            pod.namespace,
            pod.name,
            container,
            previous=previous,
            follow=follow,
            tail=tail,
            trouble=self._note,
        )

    def __iter__(self) -> Iterator[str]:
        masked = LogMasker()
        try:
            for line in self._log:
                yield clean(masked(line.text), MAX_LOG_LINE)
        except ClusterError as error:
            raise InspectError(str(error)) from error

    def close(self) -> None:
        """End the stream; the iterating thread stops soon."""
        self._log.close()

    def _note(self, error: ClusterError | None) -> LogLine | None:
        """Say once that something is wrong, and once that it is over."""
        had, self._trouble = self._trouble, error is not None
        if error is not None and not had:
            return LogLine(f"--- opsconsole: {error}; trying again ---", None)
        return LogLine("--- opsconsole: the log goes on ---", None) if had and error is None else None


def _fold_managers(document: dict[str, Any]) -> None:
    metadata = document.get("metadata")
    entries = metadata.get("managedFields") if isinstance(metadata, dict) else None
    if isinstance(metadata, dict) and isinstance(entries, list):
        metadata["managedFields"] = [_in_a_line(each) for each in entries if isinstance(each, dict)]


def _in_a_line(entry: dict[str, Any]) -> str:
    subresource = f" {entry['subresource']}" if entry.get("subresource") else ""
    words = f"{entry.get('manager', '')} ({entry.get('operation', '')}{subresource}) {entry.get('time', '')}"
    return clean_line(words.strip(), 300)


def _dump(document: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415 - only needed when someone opens a manifest

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        """Writes texts of several lines as blocks, as people do."""

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return str(yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120))
