"""What can be set in ``[plugins.settings.vectorstore]``, and the keys of the records."""

from __future__ import annotations

from typing import Annotated

import msgspec

LATENCY, ERRORS, AGE = "latency", "errors", "embedding_age"
PREFIX = "query/vectorstore."
"""Keys of this plugin's Metric records begin so."""

Positive = Annotated[float, msgspec.Meta(gt=0)]


class VectorStoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds and queries.

    ``latency_ms``: the write-up's store answered in 15 ms by day and in 450 ms while it was scraped; 100 is well over
    the one and under the other. ``embedding_days``: the write-up's embeddings were three months old and had drifted; a
    month is the usual retraining interval. The metric names are Pinecone's; nobody exports the age of embeddings by
    himself, so that one is a gauge that the job which makes them has to set (seconds since the epoch).
    """

    latency_ms: Positive = 100.0
    errors_percent: Positive = 1.0
    embedding_days: Positive = 30.0
    latency_query: str = (
        "histogram_quantile(0.95, sum by (le) "
        '(rate(pinecone_request_latency_seconds_bucket{request_type="query"}[5m])))'
    )
    errors_query: str = (
        "100 * sum(rate(pinecone_request_error_count_total[5m])) / (sum(rate(pinecone_request_count_total[5m])) > 0)"
    )
    age_query: str = "time() - max(embeddings_generated_timestamp_seconds)"

    def limit(self, key: str) -> float | None:
        """The threshold for a record's key, in the record's unit."""
        limits = {LATENCY: self.latency_ms / 1000.0, ERRORS: self.errors_percent, AGE: self.embedding_days * 86_400.0}
        return limits.get(key.removeprefix(PREFIX))


def in_words(key: str, value: float | None) -> str:
    """A value with a unit that a person reads: ``450 ms``, ``2.5 %``, ``91 days``; ``?`` where it is not known."""
    if value is None:
        return "?"
    name = key.removeprefix(PREFIX)
    if name == LATENCY:
        return f"{value * 1000:.3g} ms"
    return f"{value / 86_400:.3g} days" if name == AGE else f"{value:.3g} %"
