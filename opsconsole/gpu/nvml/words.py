"""NVML's numbers in words: errors with what to do next, clock-event reasons, the CUDA version."""

from __future__ import annotations

from opsconsole.records import State

LIBRARY_NOT_FOUND = 12
DRIVER_NOT_LOADED = 9
NO_PERMISSION = 4

_ERRORS = {
    1: "NVML is not initialised",
    2: "NVML calls an argument invalid",
    3: "not supported by this GPU",
    NO_PERMISSION: "no permission to ask NVML: run as root, or let this user open /dev/nvidia*",
    6: "NVML does not find the device",
    8: "a GPU lacks its power cables",
    DRIVER_NOT_LOADED: "the NVIDIA driver is not loaded",
    10: "NVML gave up waiting for the GPU",
    11: "the GPU's interrupts do not work: see dmesg for Xid errors",
    LIBRARY_NOT_FOUND: "no NVIDIA library (libnvidia-ml.so.1) here",
    13: "this driver's NVML is too old for the question",
    14: "the GPU's infoROM is corrupted",
    15: "the GPU is lost (fell off the bus): drain the node, then reset the GPU or reboot",
    16: "the GPU needs a reset: drain the node, then nvidia-smi -r with no client left on it",
    17: "the operating system refused NVML a call",
    18: "driver and NVML library do not match: finish the driver's upgrade (reload its modules or reboot)",
    19: "the GPU is in use by another client",
    20: "NVML is out of memory",
    999: "NVML reports an unknown error: see dmesg for Xid errors",
}

_THROTTLE = {
    0x2: "application clocks",
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x10: "sync boost",
    0x20: "thermal (software)",
    0x40: "thermal (hardware)",
    0x80: "power brake",
    0x100: "display clocks",
    0x200: "board limit",
    0x400: "reliability",
}
_IDLE = 0x1
_MASK = (1 << 64) - 1


def error_in_words(code: int, call: str = "") -> str:
    """NVML error ``code`` of function ``call`` for the screen."""
    text = _ERRORS.get(code, f"NVML error {code}")
    return f"{text} ({call})" if call else text


def state_of_error(code: int) -> State:
    """How the feed stands when NVML as a whole answers ``code``."""
    if code in (LIBRARY_NOT_FOUND, DRIVER_NOT_LOADED):
        return State.ABSENT
    return State.DENIED if code == NO_PERMISSION else State.DOWN


def throttle_in_words(mask: int | None) -> tuple[str, ...] | None:
    """Clock-event reasons that slow the GPU down; idling is none of them. ``None`` where NVML does not say."""
    if mask is None:
        return None
    known = tuple(word for bit, word in _THROTTLE.items() if mask & bit)
    rest = mask & _MASK & ~(_IDLE | sum(_THROTTLE))
    return (*known, f"reason {rest:#x}") if rest else known


def cuda_in_words(number: int | None) -> str:
    """``12040`` → ``12.4``; empty where NVML does not say."""
    return f"{number // 1000}.{number % 1000 // 10}" if number else ""


def mebibytes(size: int | None) -> str:
    """``size`` bytes as nvidia-smi writes them: ``14,336 MiB``; ``?`` where it is unknown."""
    return "? MiB" if size is None else f"{size / (1 << 20):,.0f} MiB"
