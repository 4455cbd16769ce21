"""Log lines of the two incident write-ups, quoted as facts, and what the tests of this part share."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.records import AnyRecord, Decision, Health, Kind

AURA_JSON = """\
{
  "timestamp": "2023-10-27T03:14:22.123Z",
  "level": "INFO",
  "module": "aura.optimizer.engine",
  "message": "Detected low-value traffic pattern. Reducing resource allocation for namespace: production.",
  "confidence_score": 0.982,
  "action": "patch_deployment",
  "target": "auth-service",
  "patch": {
    "spec": {
      "template": {
        "spec": {
          "containers": [
            {
              "name": "auth-container",
              "resources": {
                "limits": {
                  "cpu": "100m",
                  "memory": "64Mi"
                }
              }
            }
          ]
        }
      }
    }
  }
}"""

AURA_TEXT = (
    "[2023-10-27 03:14:05] ERROR: Metric 'request_count{service=\"api\"}' returned no data.",
    "[2023-10-27 03:14:05] WARNING: Target service 'api' appears inactive. Reallocating resources.",
    "[2023-10-27 03:14:15] ERROR: Failed to patch deployment 'auth-service': 409 Conflict",
    "[2023-10-27 03:14:15] INFO: Retrying patch with aggressive backoff... (Just kidding, it didn't back off)",
)

SMARTSCALER = (
    "[2023-10-24 03:14:22] ERROR: worker-7 terminated with signal 9 (SIGKILL)",
    "[2023-10-24 03:14:23] Traceback (most recent call last):",
    'File "/opt/analytics/smart_scaler_v2.py", line 442, in <module>',
    "model.fit(X_train, y_train)",
    'File "/usr/local/lib/python3.11/site-packages/sklearn/utils/_set_output.py", line 140, in wrapped',
    "data_to_wrap = f(self, X, *args, **kwargs)",
    'File "/usr/local/lib/python3.11/site-packages/sklearn/linear_model/_base.py", line 678, in fit',
    "X, y = self._validate_data(X, y, accept_sparse=True, y_numeric=True, multi_output=True)",
    "MemoryError: Unable to allocate 64.0 GiB for an array with shape (8589934592,) and data type float64",
    "[2023-10-24 03:14:25] CRITICAL: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
    "[2023-10-24 03:14:25] INFO: Attempting fallback to CPU...",
    "[2023-10-24 03:14:26] ValueError: Input contains NaN, infinity or a value too large for dtype('float64').",
    "[2023-10-24 03:14:26] FATAL: SmartScaler has crashed. Production traffic routing to 0.0.0.0.",
    "[2023-10-24 03:14:26] SYSTEM: Kernel panic - not syncing: Fatal exception in interrupt",
)


class Recorder:
    """A sink that keeps everything it is given."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.states: list[Health] = []

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        assert kind is Kind.DECISION
        self.decisions += [record for record in records if isinstance(record, Decision)]

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        raise AssertionError(f"a decision is never taken back: {kind} {list(keys)}")

    def health(self, health: Health) -> None:
        self.states.append(health)

    @property
    def bodies(self) -> list[str]:
        return [decision.body for decision in self.decisions]
