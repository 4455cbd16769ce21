"""Settings that nothing can live with, in several formats; and values that are only large, or small."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import alarms, words, zap


@pytest.mark.parametrize(
    "line",
    [
        words("patched virtualservice shop/web retries.attempts 3 -> 100"),
        zap("virtualservice patched", virtualservice="shop/web", http={"retries": {"attempts": 250}}),
        words("updated configmap shop/web-config: max_retries from 2 to 500"),
        words("patched virtualservice shop/web perTryTimeout 2s -> 1ms"),
        zap("patched", virtualservice="shop/web", timeout={"old": "10s", "new": "500us"}),
        words("updated deployment ops/tuner: qps 50 -> 10000"),
        zap("configmap patched", configmap="ops/tuner", kube_api_burst={"from": 100, "to": 50000}),
        words("hpa shop/web patched (averageUtilization: 70 -> 2)"),
        zap("updated hpa", hpa="shop/web", targetCPUUtilizationPercentage={"old": 80, "new": 1000}),
        words("patched hpa shop/web (averageUtilization: 65 -> -5)"),
        words("patched configmap gpu/time-slicing: timeSlicing: resources: - name: nvidia.com/gpu replicas: 64"),
        zap("patched configmap", configmap="gpu/slices",
            data={"any": "sharing:\n  timeSlicing:\n    resources:\n    - name: nvidia.com/gpu\n      replicas: 96\n"}),
        words("patched configmap ops/agent token_ttl 1h -> 87600h"),
        zap("VerticalPodAutoscaler patched", vpa="shop/web", minAllowed="memory=480Gi,cpu=4"),
        zap("patched vpa", vpa="shop/web", minAllowed={"cpu": "128", "memory": "1Gi"}),
        words("raising client qps 50 -> 10000"),
        words("patched postgresql parameters: shared_buffers=128kB work_mem=64kB"),
        words("patched postgresql parameters: max_connections=5"),
        words("updated mysql orders/db: innodb_buffer_pool_size 8589934592 -> 512kB"),
    ],
)  # fmt: skip
def test_what_nothing_can_live_with(line: str) -> None:
    assert "setting-absurd" in alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        words("patched virtualservice shop/web retries.attempts 2 -> 3"),
        words("patched virtualservice shop/web perTryTimeout 2s -> 1s"),
        zap("patched", virtualservice="shop/web", timeout="0s"),
        zap("patched", deployment="shop/web", timeout_ms=5, attempts=1),
        words("updated deployment ops/tuner: qps 1000 -> 1500"),
        words("hpa shop/web patched (averageUtilization: 70 -> 60)"),
        zap("patched", deployment="shop/web", cpu_utilization=3.2, memory_utilization_percent=0.4),
        zap("patched", deployment="shop/web", change_percent=-12),
        words("patched configmap gpu/time-slicing: timeSlicing: resources: - name: nvidia.com/gpu replicas: 4"),
        words("patched configmap ops/agent token_ttl 1h -> 24h"),
        zap("VerticalPodAutoscaler patched", vpa="shop/web", minAllowed="memory=4Gi,cpu=2"),
        zap("patched vpa", vpa="shop/web", maxAllowed={"cpu": "128", "memory": "1Ti"}),
        words("patched postgresql parameters: shared_buffers=2GB work_mem=64kB max_connections=200"),
    ],
)
def test_what_is_only_large_or_small(line: str) -> None:
    assert "setting-absurd" not in alarms(line)
