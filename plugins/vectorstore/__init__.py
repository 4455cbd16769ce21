"""Vector store: how slow its queries are and how old its embeddings, from Prometheus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opsconsole.plugin import Context, Pane, Plugin, QuerySettings, Rule

from .pane import pane
from .rules import make_rules
from .settings import AGE, ERRORS, LATENCY, VectorStoreSettings


class VectorStore(Plugin):
    """Latency, errors and embedding age of a vector store; Pinecone's metrics are the defaults."""

    name = "vectorstore"
    api = "1.0"
    summary = "vector-store latency, errors and embedding age from Prometheus"
    settings_type = VectorStoreSettings

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.settings: VectorStoreSettings = context.settings

    def queries(self) -> Mapping[str, QuerySettings]:
        own = self.settings
        return {
            LATENCY: QuerySettings(title="query latency, 95th percentile", query=own.latency_query, unit="s"),
            ERRORS: QuerySettings(title="failed requests", query=own.errors_query, unit="%"),
            AGE: QuerySettings(title="age of the newest embeddings", query=own.age_query, unit="s"),
        }

    def rules(self) -> Sequence[Rule]:
        return make_rules(self.settings)

    def panes(self) -> Sequence[Pane]:
        return (pane(self.settings),)


PLUGIN = VectorStore
