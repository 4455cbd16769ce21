"""Make dist/: sdist, wheel, a zipapp, a folder of wheels for machines without network, a bill of materials.

Everything is built from requirements/runtime.txt, which pins each package by its hash. The zipapp and the folder of
wheels hold compiled packages, so they fit the operating system and the version of Python that they were made with.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from opsconsole import __version__

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "requirements" / "runtime.txt"
PIP = ("pip", "--disable-pip-version-check", "--quiet")


def run(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", *map(str, arguments)], cwd=ROOT, check=True)


def packages(dist: Path) -> Path:
    """Build sdist and wheel; the wheel from the sdist's own tree, so that what is missing there is found here."""
    run("hatchling", "build", "--directory", dist, "--target", "sdist")
    with tempfile.TemporaryDirectory() as folder:
        source = dist / f"opsconsole-{__version__}.tar.gz"
        shutil.unpack_archive(source, folder, filter="data")
        tree = Path(folder) / f"opsconsole-{__version__}"
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "--directory", dist, "--target", "wheel"], cwd=tree, check=True
        )
    return dist / f"opsconsole-{__version__}-py3-none-any.whl"


def folder_of_wheels(wheel: Path, dist: Path) -> Path:
    """Everything that ``pip install --no-index --find-links dist/wheels opsconsole`` needs."""
    wheels = dist / "wheels"
    wheels.mkdir()
    run(*PIP, "download", "--only-binary", ":all:", "--require-hashes", "-r", RUNTIME, "-d", wheels)
    shutil.copy(wheel, wheels)
    return wheels


def zipapp(wheels: Path, dist: Path) -> None:
    """One file that runs with nothing but Python; it unpacks itself once, into the user's own folder."""
    with tempfile.TemporaryDirectory() as site:
        run(*PIP, "install", "--no-index", "--find-links", wheels, "--target", site, f"opsconsole=={__version__}")
        # The worker that asks NVML is a process of its own and must find the packages too: hence the extended path.
        run(
            "shiv.cli", "--site-packages", site, "--console-script", "opsconsole", "--extend-pythonpath",
            "--reproducible", "--compressed", "--output-file", dist / "opsconsole.pyz",
        )  # fmt: skip


def bill_of_materials(dist: Path) -> None:
    """Every package with its version and hashes, as CycloneDX JSON."""
    run(
        "cyclonedx_py", "requirements", "--pyproject", ROOT / "pyproject.toml", "--short-PURLs",
        "--output-reproducible", "--of", "JSON", "-o", dist / "opsconsole.cdx.json", RUNTIME,
    )  # fmt: skip


def checksums(dist: Path) -> None:
    files = sorted(path for path in dist.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(dist)}\n" for path in files]
    (dist / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def build(dist: Path) -> None:
    """Make ``dist`` anew."""
    # A fixed date makes what is built twice from one commit the same to the byte.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")
    shutil.rmtree(dist, ignore_errors=True)
    wheels = folder_of_wheels(packages(dist), dist)
    zipapp(wheels, dist)
    bill_of_materials(dist)
    checksums(dist)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "dist")
