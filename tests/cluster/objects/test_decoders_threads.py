"""Shapes that several threads decode for the first time at once: msgspec alone ends the process over it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
from opsconsole.cluster.objects.meta import Wire
from opsconsole.cluster.questions.reviews import decode
sys.setswitchinterval(1e-6)
body = b'{"items": [{"metadata": {"name": "x", "labels": {"a": "b"}}}]}'
for number in range(60):
    space = {"Wire": Wire}
    source = "class Meta(Wire):\\n    name: str = ''\\n    labels: dict[str, str] | None = None\\n"
    source += "class Item(Wire):\\n    metadata: Meta\\nclass Shape(Wire):\\n    items: list[Item] | None = None\\n"
    exec(source, space)
    barrier = threading.Barrier(8)
    def work():
        barrier.wait()
        assert decode(body, space["Shape"]).items[0].metadata.name == "x"
    threads = [threading.Thread(target=work) for _ in range(8)]
    [each.start() for each in threads]
    [each.join() for each in threads]
print("all decoded")
"""


def test_a_shape_is_made_ready_by_one_thread_only() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "all decoded"), done.stderr[-2000:]
