"""Runs one target on its seeds and on mutations of them, within a budget of CPU time and memory.

What fails is printed as hex: put it into ``tests/fuzz/seeds/TARGET/`` once it is mended, so that it is tried for ever.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.targets import TARGETS, Target

SEEDS = Path(__file__).parent / "seeds"
ROOM = 3 << 30
"""Bytes of address space."""

PATIENCE = 20
"""Seconds of CPU that one input may take: what is quadratic in a hundred kilobytes takes longer."""

LARGEST = 200_000
TOKENS = [
    *(b"\0 \n \r\n { } [ ] \" ' : , = - # & * ! | > % @ ` \\ / \x1b[ \x9b \xc2\x9b".split(b" ")),
    *(b"NaN Infinity -Infinity null true 1e999 -0 9999999999999999999999 18446744073709551615 0x80000000".split()),
    *(b"9999-12-31T23:59:59.9999999Z 0001-01-01T00:00:00Z 99991231 1970-01-01T00:00:00+24:00".split()),
    *(b"apiVersion kind metadata items name namespace uid spec status containers replicas resourceVersion".split()),
    *(b"data result metric value values password token --password= Authorization: redis://:x@y".split()),
    *("\u202e \u2028 \ufeff \U000e0041 a\u0301\u0301\u0301\u0301\u0301\u0301 漢".encode().split(b" ")),
    b"\xed\xa0\x80",
    b"\xff\xfe",
]


def mutations(seeds: list[bytes], dice: random.Random, count: int) -> Iterator[bytes]:
    """Change seeds in one to six ways each: bytes, tokens, pieces of others, repetition, nesting."""
    for _ in range(count):
        data = dice.choice(seeds)
        for _ in range(dice.randint(1, 6)):
            data = _changed(data, seeds, dice)[:LARGEST]
        yield data


def _changed(data: bytes, seeds: list[bytes], dice: random.Random) -> bytes:
    place, other = dice.randint(0, len(data)), dice.randint(0, len(data))
    low, high = sorted((place, other))
    match dice.randrange(8):
        case 0:
            return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
        case 1:
            return data[:place] + dice.choice(TOKENS) + data[place:]
        case 2:
            return data[:low] + data[high:]
        case 3:
            return data[:high] + data[low:high] * dice.choice([2, 3, 50, 3000]) + data[high:]
        case 4:
            donor = dice.choice(seeds)
            return data[:low] + donor[: dice.randint(0, len(donor))] + data[high:]
        case 5:
            depth, (left, right) = dice.choice([70, 600, 20_000]), dice.choice([(b"[", b"]"), (b'{"a":', b"}")])
            return data[:low] + left * depth + data[low:high] + right * depth + data[high:]
        case 6:
            return data[:low] + dice.choice(TOKENS) + data[high:]
        case _:
            return dice.choice(TOKENS) * dice.choice([1, 1000, 60_000]) + data


def seeds_of(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((SEEDS / name).iterdir())]


def run(name: str, target: Target, count: int, seed: int) -> int:
    """Returns 0, or 1 with the input that failed on standard error."""
    seeds = seeds_of(name)
    for number, data in enumerate([*seeds, *mutations(seeds, random.Random(seed), count)]):
        try:
            signal.setitimer(signal.ITIMER_PROF, PATIENCE)
            target(data)
            signal.setitimer(signal.ITIMER_PROF, 0)
        except BaseException:  # noqa: BLE001 - whatever it is, it ends the run and is told
            signal.setitimer(signal.ITIMER_PROF, 0)
            traceback.print_exc(limit=-8)
            print(f"{name}: input {number} of seed {seed} failed: {data[:4000].hex()}", file=sys.stderr)
            Path(f"/tmp/fuzz-{name}-{seed}-{number}").write_bytes(data)
            return 1
    return 0


class TakesTooLong(BaseException):
    """No exception that a decoder, or what stands around it, takes for one of its own."""


def _too_long(*_about: object) -> None:
    raise TakesTooLong(f"it takes more than {PATIENCE} s")


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("target", choices=TARGETS)
    arguments.add_argument("--count", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    signal.signal(signal.SIGPROF, _too_long)
    return run(given.target, TARGETS[given.target], given.count, given.seed)


if __name__ == "__main__":
    sys.exit(main())
