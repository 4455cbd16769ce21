"""Each thing that evidence is kept of has a file of its own, however long or alike the names are."""

from __future__ import annotations

from pathlib import Path

from opsconsole.journal.evidence import EvidenceFolder, check


def test_names_that_are_cut_or_cleaned_do_not_overwrite_each_other(tmp_path: Path) -> None:
    long = "pod-" + "n" * 250
    names = [f"{long}-a.log", f"{long}-b.log", f"a{long}.log", "pod-a/b.log", "pod-a_b.log", "pod-a b.log", "../x", "x"]
    folder = EvidenceFolder(tmp_path, "run")
    for name in names:
        folder.keep(name, f"evidence of {name}\n")
    exhibits = folder.close()
    assert len({exhibit.file for exhibit in exhibits}) == len(names)
    assert [check(tmp_path, exhibit) for exhibit in exhibits] == [""] * len(names)
    assert all(exhibit.file.startswith("evidence/run/") for exhibit in exhibits)
