"""Scores how opsconsole reads and judges a corpus of logs: score.py [FOLDER] [--command "opsconsole"] [--verbose].

Without --command, each call is a process that has the program's modules already: to compile its patterns anew
for every file would take three quarters of the time. README.md beside this file says what is
counted. The last line of the output is one JSON object with all totals.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module

FOLDERS = ("logs", "envelopes", "mad", "harmless")
COLUMNS = ("kept", "time", "level", "verb", "target", "namespace", "value", "before", "mood", "count")
SEVERITIES = (None, "info", "warning", "critical")
VERBS = re.compile(
    r"\b(?:(?P<scale>(?:up|down)?scal|resiz)|(?P<evict>evict)|(?P<delete>delet|remov|terminat|kill|destroy)"
    r"|(?P<patch>patch|updat|set|modif|appl|annotat|upgrad|adjust|suspend)|(?P<cordon>cordon)|(?P<taint>taint)"
    r"|(?P<create>creat|launch|provision|add|grant)|(?P<restart>restart|reboot)|(?P<rollback>rollback|revert|undo)"
    r"|(?P<disrupt>disrupt|deprovision|consolidat)|(?P<drain>drain)|(?P<query>query))"
)
LEVELS = {"trace": "debug", "notice": "info", "warn": "warning", "fatal": "critical", "panic": "critical",
          "emergency": "critical"}  # fmt: skip
FLOORS = {"kept": 100, "time": 98, "level": 98, "verb": 92, "target": 90, "value": 90, "before": 90, "mood": 90}
"""Least percentage of each column, over the whole corpus."""

SLOWEST = 300
"""Seconds that one call may take."""

MOST_WRONG = 1
"""Most wrong claims, in percent of the entries that were kept."""

UNITS = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def load(expectation):
    """One sample: its file, the header and the entries, each with its physical lines as ``text``."""
    header, *entries = json.loads(expectation.read_text())
    path = expectation.parent / header["file"]
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace").split("\n")
    for entry, after in zip(entries, [*entries[1:], {"line": len(lines) + 1}], strict=True):
        entry["text"] = "\n".join(lines[entry["line"] - 1 : after["line"] - 1])
    return path, header, entries


def run(command, rest):
    """Exit code and records of one call; the user's own settings and state are left out of it."""
    rest = [*map(str, rest), "--output", "json"]
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as said:
        env = dict.fromkeys(("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home)
        if command:
            called = [*shlex.split(command), *rest]
            code = subprocess.run(
                called, check=False, stdout=said, stderr=subprocess.DEVNULL, timeout=SLOWEST, env=os.environ | env
            ).returncode
        else:
            code = forked(rest, env, said)
        said.seek(0)
        found = [json.loads(line) for line in said.read().decode().split("\n") if line.startswith("{")]
    empty = {"decision": {}, "findings": []}
    return code, [empty | (each if empty.keys() & each.keys() else {"decision": each}) for each in found]


def forked(arguments, env, said):
    """Exit code of the program with ``arguments``: it is this very process, which was forked for it and ends then."""
    from opsconsole.cli import main

    os.environ.update(env)
    os.dup2(said.fileno(), 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        main(arguments, prog_name="opsconsole")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
    return 0


def answered(command, asked):
    """Yield what each call gives, in order; several are under way at once."""
    if not command:
        from opsconsole.cli import COMMANDS

        for name in ("judge", "show"):  # each process has them when it is forked
            import_module(COMMANDS[name].partition(":")[0])
    # A process for each call: what one call leaves behind can't help the next.
    with multiprocessing.get_context("fork").Pool(maxtasksperchild=1) as pool:
        answers = pool.imap(partial(run, command), asked)
        for _ in asked:
            yield answers.next(timeout=SLOWEST)  # of a process that a signal ended none comes, ever


def calls(folder, path):
    """The arguments of the program for one file, one call each."""
    return [("judge", path), *[("--decision-log", path, "show", "decisions")] * (folder == "envelopes")]


def words(text):
    """The words of a line, with colours and escapes taken off."""
    return set(re.findall(r"[^\W_]+(?:[._-][^\W_]+)*", re.sub(r'[\x1b\u241b]\[[0-9;]*m|\\+[nrt"]', " ", text)))


def align(found, entries):
    """For each entry the records that tell of it: in order, as alike as can be, spread over as many as can be."""
    texts, nowhere = [words(entry["text"]) for entry in entries], (float("-inf"), None)
    bodies = [words(each["decision"].get("body") or each["decision"].get("message") or "") for each in found]
    best = [(0.0, None), *[nowhere] * len(texts)]
    for body in bodies:
        row = [nowhere]
        for at, text in enumerate(texts, 1):
            points, way = max(best[:at], key=lambda way: way[0])
            points, way = max(best[at], (points + 0.02, way), key=lambda way: way[0])
            shared = len(body & text)
            row.append((points + shared / (len(body) or 1) + 0.1 * shared / (len(body | text) or 1), (at - 1, way)))
        best = row
    told, (_points, way) = [[] for _ in entries], max(best, key=lambda way: way[0])
    for record, body in zip(reversed(found), reversed(bodies), strict=True):
        at, way = way
        if body and len(body & texts[at]) >= 0.6 * len(body):
            told[at].insert(0, record)
    return told


def claims_of(told):
    """Every deed that some records claim: its verbs, targets, fields, mood and count."""
    for deed in (record["decision"] for record in told):
        action = re.sub(r"([a-z])([A-Z])|[\W\d_]", r"\1 \2", str(deed.get("verb") or deed.get("action") or "")).lower()
        targets = [target for target in (deed.get("target"), *(deed.get("targets") or ())) if target]
        yield {
            "verbs": {match.lastgroup for match in VERBS.finditer(action)},
            "targets": [tuple(each.get(key) or "" for key in ("kind", "namespace", "name")) for each in targets],
            "fields": deed.get("fields") or [],
            "mood": str(deed.get("mood") or "").lower().replace("_", "-"),
            "count": deed.get("count"),
        }


def family(path):
    """What a field is about and on which side: ``containers[app].resources.limits.memory`` is a memory limit."""
    lower = path.lower().replace("_", "")
    what = re.search("minreplicas|maxreplicas|weight|memory|cpu|image|replica|size", lower)
    side = re.search("limit|request", lower)
    return what and what[0].replace("size", "replica"), side and side[0]


def same_field(one, other):
    """Are two paths about one thing? A side that is not said fits either."""
    (what, side), (other_what, other_side) = family(one), family(other)
    return what and what == other_what and (side == other_side or not side or not other_side)


def number(value):
    """A value as a number in base units, else as its text."""
    text = str(value).strip()
    match = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*([kKMGT]?i?|m)B?", text)
    return float(match[1]) * UNITS[match[2]] if match and match[2] in UNITS else text.lower().replace("infinity", "inf")


def same_time(entry, at):
    """Is it the entry's time to the second? Where the line says no year, the year does not count."""
    want, have = datetime.fromisoformat(entry["time"]), datetime.fromtimestamp(at or 0, UTC)
    return abs((have.replace(year=want.year) if entry.get("no_year") else have) - want) <= timedelta(seconds=1)


def deed_columns(deed, claims):
    """Compare one deed with all that the entry's records claim; ``a|b``: either is right, ``a|``: need not be told."""
    verbs, names, kinds, spaces = (deed[key].split("|") for key in ("verb", "name", "kind", "namespace"))
    mine = [claim for claim in claims if claim["verbs"] & set(verbs)]
    named = [target for claim in claims for target in claim["targets"] if "" in names or target[2] in names]
    for path, (before, after) in deed["fields"].items():
        fields = [field for claim in claims for field in claim["fields"] if same_field(path, field["path"])]
        yield "value", any(number(field["value"]) == number(after) for field in fields)
        if before is not None:
            yield "before", any(number(field.get("before")) == number(before) for field in fields)
    asked = [
        ("verb", True, bool(mine)),
        ("target", "" not in names, any("" in kinds or kind in kinds for kind, _, _ in named)),
        ("namespace", "" not in spaces, any(space in spaces for _, space, _ in named)),
        ("mood", deed["mood"], any(claim["mood"] in str(deed["mood"]).split("|") for claim in mine)),
        ("count", deed["count"] is not None, any(claim["count"] == deed["count"] for claim in mine)),
    ]
    yield from ((column, right) for column, said, right in asked if said)


def wrong_claims(entry, claims):
    """What records claim that the entry does not say, each in words."""
    deeds, text = entry["deeds"], entry["text"]
    said = {key: {one for deed in deeds for one in deed[key].split("|")} for key in ("verb", "name", "namespace")}
    wanted = [(path, number(after)) for deed in deeds for path, (_before, after) in deed["fields"].items()]
    for claim in (claim for claim in claims if claim["mood"] != "observed"):
        if claim["verbs"] - {"query"} and not claim["verbs"] & said["verb"]:
            yield f"wrong deed: {'/'.join(sorted(claim['verbs']))}"
        for kind, space, name in claim["targets"]:
            if name and name not in said["name"] and (deeds or name not in text):
                yield f"wrong target: {kind}/{name}"
            elif deeds and space and space not in said["namespace"]:
                yield f"wrong namespace: {space}"
        for field in (field for field in claim["fields"] if family(field["path"])[0]):
            values = [value for path, value in wanted if same_field(path, field["path"])]
            if not (number(field["value"]) in values if values else deeds and str(field["value"]) in text):
                yield f"wrong value: {field['path']} = {field['value']}"


def worst(told):
    """Rank of the worst finding of some records."""
    return max((SEVERITIES.index(finding["severity"]) for each in told for finding in each["findings"]), default=0)


def score(header, entries, found):
    """Compare one file's records with what is expected: columns, wrong claims and misses by line, flags."""
    tally, wrong, missed, groups = defaultdict(list), [], [], defaultdict(list)
    for at, (entry, mine) in enumerate(zip(entries, align(found, entries), strict=True)):
        groups[entry.setdefault("group", at)] += mine
        claims, levels = list(claims_of(mine)), [str(each["decision"].get("level") or "").lower() for each in mine]
        tally["kept"].append(bool(mine))
        if entry["time"]:
            tally["time"].append(any(same_time(entry, each["decision"].get("at")) for each in mine))
        if entry["level"]:
            tally["level"].append(entry["level"] in [LEVELS.get(level, level) for level in levels])
        for deed in entry["deeds"] if not entry.get("arguable") else ():
            columns = list(deed_columns(deed, claims)) if deed["mood"] != "observed" else []
            for column, right in columns:
                tally[column].append(right)
            if ("verb", False) in columns and re.search("done|planned", deed["mood"] or ""):
                missed.append((entry["line"], "deed not read"))
        wrong += [(entry["line"], claim) for claim in wrong_claims(entry, claims) if not entry.get("arguable")]
    asked = [("all", header.get("file_flag"), found), *((e["line"], e["flag"], groups[e["group"]]) for e in entries)]
    flags = {line: worst(told) >= SEVERITIES.index(flag) for line, flag, told in asked if flag}
    read = not wrong and all(all(tally[column]) for column in COLUMNS[:7])
    return {"tally": tally, "wrong": wrong, "missed": missed, "flags": flags, "read": read}


def share(results):
    """``3/4`` of some booleans; a dash where there is nothing to count."""
    return f"{sum(results)}/{len(results)}" if results else "–"


def report(name, code, result, verbose):
    """Print one file's row and, if asked to, what is missing or wrong in it."""
    cells = [*(share(result["tally"][c]) for c in COLUMNS), len(result["wrong"]), share(result["flags"].values()), code]
    print(f"{name:44}" + "".join(f"{cell!s:>10}" for cell in cells))
    notes = [(line, "not flagged enough") for line, enough in result["flags"].items() if not enough]
    for line, note in [*result["wrong"], *result["missed"], *notes] if verbose else ():
        print(f"    line {line}: {note}")


def below(tally, wrong, counts):
    """What is below its floor, each in words."""
    shares = {column: 100 * sum(tally[column]) / max(1, len(tally[column])) for column in FLOORS}
    failed = [
        f"{column}: {percent:.1f} % is below {FLOORS[column]} %"
        for column, percent in shares.items()
        if percent < FLOORS[column]
    ]
    if 100 * wrong > MOST_WRONG * len(tally["kept"]):
        failed.append(f"{wrong} wrong claims are more than {MOST_WRONG} % of {len(tally['kept'])} entries")
    failed += [f"{name}: {share(counts[name])}" for name in ALL_RIGHT if not all(counts[name])]
    return failed + [f"{name}: {share(counts[name])}" for name in NONE_RIGHT if any(counts[name])]


ALL_RIGHT = ("envelopes right in judge", "envelopes right in show")
NONE_RIGHT = ("files with exit 0 although deeds were missed",)


def main():
    """Run the program over the corpus and print what it made of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument(
        "--command", default="", help="call a program so (default: the one of this folder, loaded once)"
    )
    parser.add_argument("--verbose", action="store_true", help="also print each miss and each wrong claim")
    options = parser.parse_args()
    samples = [(sub, *load(path)) for sub in FOLDERS for path in sorted((options.folder / sub).glob("*.expect.json"))]
    if not samples or (options.command and not shutil.which(shlex.split(options.command)[0])):
        parser.error(f"there is no program {options.command}, or no *.expect.json in the folders of {options.folder}")
    tallies, counts, wrong = {sub: defaultdict(list) for sub in (*FOLDERS, "all")}, defaultdict(list), Counter()
    print(f"{'file':44}" + "".join(f"{column:>10}" for column in (*COLUMNS, "wrong", "flags", "exit")))
    answers = answered(options.command, [call for folder, path, *_ in samples for call in calls(folder, path)])
    for folder, path, header, entries in samples:
        code, found = next(answers)
        result = score(header, entries, found)
        flags = result["flags"].values()
        report(f"{folder}/{path.name}", code, result, options.verbose)
        for column in COLUMNS:
            tallies[folder][column] += result["tally"][column]
            tallies["all"][column] += result["tally"][column]
        wrong.update(claim.split()[1].rstrip(":") for _line, claim in result["wrong"])
        counts["files with exit 0 although deeds were missed"].append(code == 0 and bool(result["missed"]))
        if folder == "envelopes":
            _code, shown = next(answers)
            counts["envelopes right in judge"].append(result["read"] and all(flags))
            counts["envelopes right in show"].append(score(header, entries, shown)["read"])
        elif folder == "mad":
            counts["mad files with a flag"].append(any(flags))
            counts["mad files with all flags"].append(all(flags))
            counts["mad flags"] += flags
        elif folder == "harmless":
            counts["harmless files with a false alarm"].append(worst(found) >= SEVERITIES.index("warning"))
    print(f"\n{'wrong claims':44}{wrong.total():>10}")
    for name, tally in tallies.items():
        cells = [f"{100 * sum(tally[c]) / len(tally[c]):.0f}%" if tally[c] else "–" for c in COLUMNS]
        print(f"{name:44}" + "".join(f"{cell:>10}" for cell in cells))
    for name, results in counts.items():
        print(f"{name:44}{share(results):>10}")
    totals = {name: [sum(results), len(results)] for name, results in counts.items()}
    totals |= {name: {c: [sum(tally[c]), len(tally[c])] for c in COLUMNS} for name, tally in tallies.items()}
    if failed := below(tallies["all"], wrong.total(), counts):
        print("\n".join(failed))
    print(json.dumps({"files": len(samples), "wrong claims": {"all": wrong.total(), **wrong}} | totals))

    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
