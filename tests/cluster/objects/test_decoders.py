"""Answers of a shape that was never decoded before, on many threads at once, in processes of their own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
import msgspec
from opsconsole.cluster.questions.reviews import decode

sys.setswitchinterval(1e-6)
for turn in range(40):
    leaf = msgspec.defstruct(f"Leaf{turn}", [(f"field{n}", int | None, None) for n in range(20)])
    shape = msgspec.defstruct(f"Shape{turn}", [("a", leaf | None, None), ("b", list[leaf] | None, None)])
    ready = threading.Barrier(12)

    def work():
        ready.wait()
        assert decode(b'{"a":{"field1":1},"b":[{"field2":2}]}', shape).b[0].field2 == 2

    threads = [threading.Thread(target=work) for _ in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""


def test_the_first_answers_of_a_shape_may_come_on_many_threads_at_once() -> None:
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
