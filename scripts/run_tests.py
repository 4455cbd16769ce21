"""Run every test, those of the real control plane beside the others: they wait most of the time.

With arguments pytest runs once, with just these.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

CLUSTER = ("-m", "cluster")
REST = ("-m", "not cluster")


def pytest(*arguments: str) -> list[str]:
    """The command that runs pytest with ``arguments``, by this interpreter."""
    return [sys.executable, "-m", "pytest", *arguments]


def main(arguments: list[str]) -> int:
    """Run the tests, and return 0 if all of them pass; output of those beside comes when the others are over."""
    if arguments:
        return subprocess.run(pytest(*arguments), check=False).returncode
    with tempfile.TemporaryFile() as beside:
        unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}  # what it said is there too if it is killed
        cluster = subprocess.Popen(pytest(*CLUSTER), stdout=beside, stderr=subprocess.STDOUT, env=unbuffered)
        try:
            rest = subprocess.run(pytest(*REST), check=False).returncode
        finally:
            status = cluster.wait()
            beside.seek(0)
            sys.stdout.buffer.write(beside.read())
            sys.stdout.flush()
    return rest or status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
