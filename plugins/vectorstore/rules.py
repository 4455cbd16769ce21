"""Too slow, too many errors, too old. What is not known is not judged; the pane says that it is not known."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.plugin import Kind, Metric, Rule, Severity, Verdict, View, rule

from .settings import AGE, ERRORS, LATENCY, PREFIX, VectorStoreSettings, in_words


def make_rules(settings: VectorStoreSettings) -> tuple[Rule, ...]:
    """The rules with the thresholds of the settings."""

    def over(subject: Metric, name: str) -> str:
        limit = settings.limit(subject.key)
        if subject.key != PREFIX + name or limit is None or subject.value is None or subject.value <= limit:
            return ""
        return f"{in_words(subject.key, subject.value)}, over {in_words(subject.key, limit)}"

    @rule("vectorstore.slow", Severity.WARNING, Kind.METRIC)
    def slow(subject: Metric, _view: View) -> Iterable[Verdict]:
        """The vector store answers slowly.

        The Aura write-up: it went from 15 ms to 450 ms while a botnet scraped the pricing page, and the optimizer took
        the pods that waited for it for stalled ones and killed them. Threshold: ``latency_ms``.
        """
        if words := over(subject, LATENCY):
            yield Verdict(
                f"vector store answers in {words}",
                "Whoever waits for it looks stalled; an optimizer that kills what is stalled makes it worse.",
                switch="optimizer",
            )

    @rule("vectorstore.errors", Severity.WARNING, Kind.METRIC)
    def errors(subject: Metric, _view: View) -> Iterable[Verdict]:
        """The vector store fails requests. Threshold: ``errors_percent``."""
        if words := over(subject, ERRORS):
            yield Verdict(f"vector store fails {words} of its requests")

    @rule("vectorstore.stale-embeddings", Severity.WARNING, Kind.METRIC)
    def stale(subject: Metric, _view: View) -> Iterable[Verdict]:
        """The embeddings that the optimizer classifies by are old.

        The Aura write-up: three months old, and logins were taken for background noise. Threshold: ``embedding_days``.
        """
        if words := over(subject, AGE):
            yield Verdict(
                f"embeddings are {words}",
                "What they tell of today's traffic is a guess; classify by them only what may go wrong.",
                switch="optimizer",
            )

    return (slow, errors, stale)
