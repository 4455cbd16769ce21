"""The wire to Prometheus: prometheus_api_client with time-outs, a bounded answer and errors in words.

This module is heavy to import (requests); the feed imports it on its own thread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from requests.auth import AuthBase

from opsconsole.decoding import loads
from opsconsole.files.bounded import read_bounded
from opsconsole.metrics.errors import MetricsError, QueryError, UnreachableError
from opsconsole.settings import MetricsSettings
from opsconsole.text import clean, clean_line

MAX_TOKEN = 1 << 20
"""Bytes of a token file."""

MAX_BYTES = 32 * 1024 * 1024
"""Largest answer that is read: the working sets of 50,000 pods are a fifth of it."""

MAX_PARTS = 4_000_000
"""Quotation marks, brackets and commas of an answer: the working sets of 50,000 pods have half as many. Each part is an
object or so once it is read: 32 MiB of the smallest ones took 700 MB, and the interpreter for seconds."""

_HOUR = 3600.0
_Answer = TypeVar("_Answer")
_BLOCK = 256 * 1024


class Sample(NamedTuple):
    """One series' value. ``value`` may be NaN or infinite; ``at`` is when it was evaluated, seconds since the epoch."""

    labels: dict[str, str]
    value: float
    at: float


class Prometheus:
    """One Prometheus server. Every call blocks for ``timeout`` seconds at most (connect, then the whole answer).

    Raises (every call):
        UnreachableError: nothing can be asked at all: network, certificate, permission, not a Prometheus.
        QueryError: the server lives and refuses this query.
    """

    def __init__(self, settings: MetricsSettings) -> None:
        self._url = settings.url.rstrip("/")
        self._timeout = settings.timeout
        if settings.ca_file and not Path(settings.ca_file).is_file():
            raise UnreachableError(f"metrics.ca_file {clean_line(settings.ca_file)}: there is no such file")
        session = _BoundedSession(settings.timeout)
        session.verify = settings.ca_file or True
        session.headers["User-Agent"] = "opsconsole"
        self._connection = PrometheusConnect(
            url=self._url,
            retry=0,  # the feed asks again by itself, with a back-off
            auth=_Bearer(settings.token_file) if settings.token_file else None,
            session=session,
            timeout=settings.timeout,
        )

    def query(self, query: str, at: float | None = None) -> list[Sample]:
        """Run an instant query, now or as of ``at``."""
        params: dict[str, Any] = {"timeout": f"{self._timeout:g}s"}
        if at is not None:
            params["time"] = at
        return self._ask(lambda: _samples(self._connection.custom_query(query, params=params)))

    def series(self, selector: str, now: float, limit: int = 1000) -> list[dict[str, str]]:
        """The label sets that ``selector`` matched in the last hour, ``limit`` of them at most."""
        start, end = (datetime.fromtimestamp(when, UTC) for when in (now - _HOUR, now))
        params = {"match[]": selector, "limit": limit}
        return self._ask(lambda: [_labels(each) for each in self._connection.get_series(start, end, params)[:limit]])

    def names(self) -> list[str]:
        """The names of all metrics."""
        return self._ask(lambda: [clean_line(str(name)) for name in self._connection.get_label_values("__name__")])

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()

    def _ask(self, call: Callable[[], _Answer]) -> _Answer:
        where = _without_secrets(self._url)
        stranger = f"{where} answers, but not as Prometheus does; check metrics.url"
        try:
            return call()
        except MetricsError:
            raise
        except (requests.JSONDecodeError, msgspec.DecodeError, RecursionError) as error:
            raise UnreachableError(stranger) from error
        except (requests.RequestException, OSError) as error:
            raise UnreachableError(_in_words(where, error, self._timeout)) from error
        except (AttributeError, LookupError, TypeError, ValueError, PrometheusApiClientException) as error:
            raise UnreachableError(stranger) from error


class _Bearer(AuthBase):
    """Reads the token for each request, since tokens are renewed; also keeps ``~/.netrc`` from being used."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def __call__(self, request: Any) -> Any:
        try:
            token = read_bounded(self._path, MAX_TOKEN).decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not a token"
            raise UnreachableError(f"metrics.token_file {self._path} can't be read: {reason}") from error
        request.headers["Authorization"] = f"Bearer {token}"
        return request


class _BoundedSession(requests.Session):
    """Reads answers up to a size and within a time: the library's time-out is for each read, and a drip never ends."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def send(self, request: Any, **options: Any) -> Any:
        deadline = time.monotonic() + self._seconds
        response: Any = super().send(request, **(options | {"stream": True, "allow_redirects": False}))
        with response:
            try:
                response._content = _read(response.raw, deadline)  # where requests keeps what it has read
            except requests.exceptions.BaseHTTPError as error:  # type: ignore[attr-defined] # urllib3's, without importing it
                late = "timed out" in str(error)
                raise (requests.Timeout if late else requests.ConnectionError)(str(error)) from error
        _refuse(response)
        if sum(map(response.content.count, (b'"', b"[", b"{", b","))) > MAX_PARTS:
            raise QueryError(f"the answer has more than {MAX_PARTS:,} parts; ask for fewer series")
        response.json = lambda: msgspec.json.decode(response.content)  # holds the interpreter for a tenth of the time
        return response


def _read(raw: Any, deadline: float) -> bytes:
    body = bytearray()
    while block := raw.read1(_BLOCK, decode_content=True):
        body += block
        if len(body) > MAX_BYTES:
            raise QueryError(f"the answer is larger than {MAX_BYTES >> 20} MiB")
        if time.monotonic() > deadline:
            raise requests.Timeout("the answer came too slowly")
    return bytes(body)


def _refuse(response: Any) -> None:
    status = response.status_code
    if 300 <= status < 400:
        raise UnreachableError(
            f"redirected to {_without_secrets(response.headers.get('Location', ''))}; set metrics.url"
        )
    if status in (400, 422):
        raise QueryError(_reason(response.content))
    if status in (401, 403):
        raise UnreachableError(f"Prometheus refuses us ({status}); set metrics.token_file")
    if status == 503 and _reason(response.content):  # a query that timed out or was aborted on the server
        raise QueryError(_reason(response.content))
    if status >= 400:
        raise UnreachableError(f"{_without_secrets(response.url)} says {status}; check metrics.url, or try later")


def _reason(body: bytes) -> str:
    try:
        answer = loads(body)
        return clean_line(str(answer["error"]), 300)
    except (ValueError, KeyError, TypeError):
        return ""


def _in_words(where: str, error: Exception, seconds: float) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer from {where} within {seconds:g} s; is it overloaded, is the way there open?"
    if isinstance(error, requests.exceptions.SSLError):
        return f"the certificate of {where} is not trusted; set metrics.ca_file"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return f"metrics.url is no address such as http://prometheus:9090: {where}"
    if "refused" in str(error):
        return f"{where} refuses connections; is Prometheus running, is metrics.url right?"
    return f"can't reach {where}; check metrics.url and the network"


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return clean_line(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def _samples(result: list[Any]) -> list[Sample]:
    """Read a vector, a scalar (``[time, "value"]``) or a matrix, of which the newest samples count."""
    if len(result) == 2 and isinstance(result[1], str):
        return [_sample({}, result)]
    samples = []
    for series in result:
        points = [series["value"]] if "value" in series else series.get("values", [])
        samples += [_sample(_labels(series["metric"]), point) for point in points[-1:]]
    return samples


def _sample(labels: dict[str, str], point: Any) -> Sample:
    try:
        return Sample(labels, float(point[1]), float(point[0]))
    except (TypeError, ValueError, IndexError):
        return Sample(labels, math.nan, math.nan)


def _labels(labels: dict[str, Any]) -> dict[str, str]:
    return {clean_line(str(name), 256): clean(str(value), 1024) for name, value in labels.items()}
