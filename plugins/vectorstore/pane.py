"""The pane: each number beside its threshold."""

from __future__ import annotations

from opsconsole.plugin import Kind, Metric, Pane, PaneColumn, Tone

from .settings import PREFIX, VectorStoreSettings, in_words


def pane(settings: VectorStoreSettings) -> Pane:
    """The pane with the thresholds of the settings."""

    def tone(metric: Metric) -> Tone:
        limit = settings.limit(metric.key)
        if metric.value is None or limit is None:
            return "dim"
        return "bad" if metric.value > limit else "good"

    def state(metric: Metric) -> str:
        words = {"bad": "OVER", "good": "ok"}.get(tone(metric), "unknown")
        return f"{words}: {metric.problem}" if metric.problem else words

    return Pane(
        name="vectorstore.pane",
        title="Vector store",
        kinds=(Kind.METRIC,),
        feeds=("metrics",),
        columns=(
            PaneColumn("WHAT", 30, lambda metric, _now: metric.title),
            PaneColumn("NOW", 10, lambda metric, _now: in_words(metric.key, metric.value), right=True, tone=tone),
            PaneColumn("LIMIT", 10, lambda metric, _now: in_words(metric.key, settings.limit(metric.key)), right=True),
            PaneColumn("STATE", 12, lambda metric, _now: state(metric), flex=1, tone=tone),
        ),
        nothing="no answer from Prometheus yet; is metrics.url set?",
        accepts=lambda metric: metric.key.startswith(PREFIX),
    )
