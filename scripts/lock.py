"""Pin requirements/*.txt from pyproject.toml, with hashes and without the address of any package index."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = "hatchling>=1.27\neditables>=0.5\n"


def compile_lock(output: str, *arguments: str) -> None:
    subprocess.run(
        [
            sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
            "--system-certs", "--generate-hashes", "--no-emit-index-url", "--no-header",
            "--output-file", f"requirements/{output}", *arguments,
        ],
        cwd=ROOT,
        check=True,
    )  # fmt: skip


def main() -> None:
    compile_lock("runtime.txt", "pyproject.toml")
    compile_lock("dev.txt", "pyproject.toml", "--extra", "dev")
    with tempfile.NamedTemporaryFile("w", suffix=".in") as build:
        build.write(BUILD)
        build.flush()
        compile_lock("build.txt", build.name, "--no-annotate")


if __name__ == "__main__":
    main()
