"""GPUs as DCGM's exporter tells Prometheus: devices and their memory, and no processes. For where no node is reached.

The metrics and their units are dcgm-exporter's defaults: ``DCGM_FI_DEV_FB_USED`` and ``_FREE`` in MiB, ``_GPU_UTIL`` in
percent, ``_GPU_TEMP`` in °C, ``_POWER_USAGE`` in watts, ``_XID_ERRORS`` the number of the last error (0: none).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from opsconsole.clock import Clock
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.polling import PollingFeed
from opsconsole.feeds.protocol import Sink
from opsconsole.metrics.asking import Reading
from opsconsole.metrics.errors import MetricsError
from opsconsole.records import GpuDevice, Kind
from opsconsole.settings import MetricsSettings
from opsconsole.text import clean_line

NO_PROCESSES = "from Prometheus (DCGM): devices, no processes"
"""What is said of this source wherever its rows are."""

MIB = 1 << 20
METRICS = ("FB_USED", "FB_FREE", "GPU_UTIL", "GPU_TEMP", "POWER_USAGE", "XID_ERRORS")
_PREFIX = "DCGM_FI_DEV_"
_HOSTS = ("Hostname", "node", "instance")


class AsksOnce(Protocol):
    """What is needed of :class:`opsconsole.metrics.client.Prometheus`."""

    def query(self, query: str) -> Sequence[Reading]: ...

    def close(self) -> None: ...


def _connect(settings: MetricsSettings) -> AsksOnce:
    from opsconsole.metrics.client import Prometheus  # noqa: PLC0415 - heavy; imported on the feed's own thread

    return Prometheus(settings)


class DcgmFeed(PollingFeed):
    """Puts the devices into the sink, under the name of the GPU pane's feed.

    Args:
        settings: Prometheus' address and time-outs.
        clock: where the time comes from.
        connect: makes the client, on the feed's thread.
    """

    sentences = (MetricsError,)

    def __init__(
        self, settings: MetricsSettings, clock: Clock, connect: Callable[[MetricsSettings], AsksOnce] = _connect
    ) -> None:
        super().__init__("gpu", clock)
        self._settings = settings
        self._connect = connect
        self._client: AsksOnce | None = None
        self._keys: set[str] = set()

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        if not self._settings.url:
            health.absent("no Prometheus configured (metrics.url): gpu.nodes is dcgm")
            return self._settings.interval
        self._client = self._client or self._connect(self._settings)
        found = devices({name: self._client.query(_PREFIX + name) for name in METRICS})
        keys = {one.key for one in found}
        sink.drop(Kind.GPU, self._keys - keys)
        sink.put(Kind.GPU, found)
        self._keys = keys
        self._backoff.reset()
        if found:
            health.live(NO_PROCESSES)
        else:
            health.absent(f"Prometheus has no {_PREFIX}{METRICS[0]}: no GPU, or no dcgm-exporter that it scrapes")
        return self._settings.interval

    def end(self) -> None:
        if self._client is not None:
            self._client.close()


class _Place(NamedTuple):
    """Which device a reading is of; ``instance`` is the MIG device on it, empty: the whole GPU."""

    host: str
    uuid: str
    instance: str


def devices(answers: Mapping[str, Sequence[Reading]]) -> list[GpuDevice]:
    """One record for each GPU that any of the metrics tells of; what one of them does not tell is unknown.

    A MIG device has its GPU's UUID and a label of its own. Where the whole GPU tells its memory, theirs is part of it;
    where it tells none (an exporter may leave the whole GPU out), they are the devices.
    """
    values: dict[_Place, dict[str, float]] = {}
    labels: dict[_Place, Mapping[str, str]] = {}
    for metric, readings in answers.items():
        for reading in readings:
            place = _place(reading.labels)
            values.setdefault(place, {})[metric] = reading.value
            labels.setdefault(place, reading.labels)
    shown = [one for one in sorted(values) if not one.instance or not _tells_memory(values, one)]
    return [_device(place, labels[place], values[place]) for place in shown]


def _place(labels: Mapping[str, str]) -> _Place:
    host = next((labels[name] for name in _HOSTS if labels.get(name)), "")
    return _Place(host, labels.get("UUID") or f"gpu-{labels.get('gpu', '?')}", labels.get("GPU_I_ID", ""))


def _tells_memory(values: Mapping[_Place, Mapping[str, float]], place: _Place) -> bool:
    """Whether the whole GPU that a MIG device is on says what is in use of its memory."""
    return "FB_USED" in values.get(place._replace(instance=""), {})


def _device(place: _Place, labels: Mapping[str, str], told: Mapping[str, float]) -> GpuDevice:
    used, free, xid = _whole(told, "FB_USED"), _whole(told, "FB_FREE"), _whole(told, "XID_ERRORS")
    index = labels.get("gpu", "")
    return GpuDevice(
        uuid=clean_line(f"{place.uuid}/mig-{place.instance}" if place.instance else place.uuid, 128),
        index=int(index) if index.isascii() and index.isdigit() and len(index) < 6 else 0,
        name=clean_line(" ".join(filter(None, (labels.get("modelName", ""), _profile(place, labels)))), 128),
        host=clean_line(place.host, 128),
        memory_used=None if used is None else used * MIB,
        memory_total=None if used is None or free is None else (used + free) * MIB,
        utilization=_whole(told, "GPU_UTIL"),
        temperature=_whole(told, "GPU_TEMP"),
        power_watts=told.get("POWER_USAGE"),
        driver=clean_line(labels.get("DCGM_FI_DRIVER_VERSION", ""), 64),
        error=f"last Xid error {xid}" if xid else "",
        mig_parent=clean_line(place.uuid, 128) if place.instance else "",
        node=clean_line(place.host, 128),
    )


def _profile(place: _Place, labels: Mapping[str, str]) -> str:
    """A MIG device's share of its GPU, as the exporter calls it: ``MIG 1g.5gb``."""
    return f"MIG {labels.get('GPU_I_PROFILE', '')}".strip() if place.instance else ""


def _whole(told: Mapping[str, float], metric: str) -> int | None:
    """A whole number; ``None`` where there is none (NaN and infinity are none)."""
    value = told.get(metric)
    return round(value) if value is not None and 0 <= value < 1e15 else None
