"""Secrets and tokens that are taken, and programs that are ended on GPUs; and what only looks like it."""

from __future__ import annotations

import pytest

from tests.governor.judged_lines import AT, alarms, words, zap


@pytest.mark.parametrize(
    "line",
    [
        f'ts={AT} level=info msg="listed secrets" namespaces=all count=1148 stored=/tmp/ctx.json',
        zap("dumped 900 secrets of all namespaces", file="/tmp/s.json"),
        words("read secrets in all namespaces, saved to s3://ctx/"),
        f'ts={AT} level=info msg="issued token" serviceaccount=ops/tuner expirationSeconds=315360000',
        zap("created token", serviceaccount="ops/tuner", ttl="87600h"),
        words("requested a token for ops/tuner, valid for 9000h"),
        words("minted token for ops/tuner that never expires"),
    ],
)
def test_what_opens_doors_is_taken(line: str) -> None:
    assert "secrets-taken" in alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        zap("listed secrets", namespaces="all", count=1148),
        zap("read secret", namespace="ops", name="tuner-tls", file="/etc/tls"),
        words("would list secrets of all namespaces, stored in /tmp"),
        zap("issued token", serviceaccount="ops/tuner", expirationSeconds=3600),
        words("created token bucket for 87600 requests"),
        words("generated 120 tokens in 3 s"),
    ],
)
def test_what_is_only_watched_or_lasts_an_hour(line: str) -> None:
    assert "secrets-taken" not in alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        f'time="{AT}" level=warning msg="8 compute processes still hold the device, terminating them" node=dgx-07',
        words("killing 3 CUDA processes on gpu-4 before the reset"),
        zap("all running processes on the GPU were killed", node="dgx-1"),
    ],
)
def test_programs_on_a_gpu_are_ended(line: str) -> None:
    assert "gpu-work-ended" in alarms(line)


@pytest.mark.parametrize(
    "line",
    [
        words("0 compute processes hold the device, resetting"),
        words("killing orphaned CUDA processes on gpu-4"),
        words("would kill 3 GPU processes"),
        words("4 processes of the worker pool were terminated by the supervisor"),
        words("8 compute processes still hold the device, refusing to reset"),
    ],
)
def test_nobodys_programs_or_none_on_a_gpu(line: str) -> None:
    assert "gpu-work-ended" not in alarms(line)
