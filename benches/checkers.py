#!/usr/bin/env python3
"""Compares `stagewright explore` with other checkers on the same models, side by side.

usage: benches/checkers.py [--peers FOLDER] [--rounds N] [--only NAME]

The models stand in scenarios/bench. FOLDER has the other checkers, built: `handopt` (a search written for these models
alone) and `sr` (stateright on the same packed states). Without it only stagewright is run. Rounds are interleaved and
run forward and backward in turn, so that a drift of the machine hits all alike. CPU seconds and peak memory are those of
wait4; every count is compared with the published one. The medians are printed as a table in Markdown.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATES = {"A(6,4)": 1_015_484, "B(5,1)": 1_831_644, "BO(4,2)": 4_944_647}
FILES = {"A(6,4)": "a-6-4", "B(5,1)": "b-5-1", "BO(4,2)": "bo-4-2"}
# Slots that the hand-written search reserves ahead, as a power of two.
SLOTS = {"A(6,4)": "21", "B(5,1)": "22", "BO(4,2)": "24"}
# stateright's fastest search on each model; depth first runs out of memory on A.
SEARCH = {"A(6,4)": "bfs", "B(5,1)": "dfs", "BO(4,2)": "dfs"}


def commands(model, peers):
    """The command of each checker, by name."""
    name, first, second = re.match(r"([A-Z]+)\((\d),(\d)\)", model).groups()
    own = os.path.join(ROOT, "target/release/stagewright")
    path = os.path.join(ROOT, "scenarios/bench", FILES[model] + ".yaml")
    explore = [own, "explore", path, "--format", "json", "--threads"]
    found = {"stagewright": explore + ["1"], "stagewright, two threads": explore + ["2"]}
    if "--no-reductions" in subprocess.run([own, "explore", "--help"], capture_output=True, text=True).stdout:
        found["stagewright, reduced"] = list(found["stagewright"])
        for plain in ("stagewright", "stagewright, two threads"):
            found[plain] = found[plain] + ["--no-reductions"]
    if peers:
        hand = os.path.join(peers, "handopt")
        found["hand-written, with paths"] = [hand, name, first, second, "--log2", SLOTS[model], "--parents"]
        found["stateright, its fastest search"] = [os.path.join(peers, "sr"), name, first, second, SEARCH[model], "1"]
    return found


def run(command):
    """Runs a command; gives its output, CPU seconds, wall seconds and peak memory in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    begun = os.times().elapsed
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = os.times().elapsed - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return output, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024


def states(output):
    """How many states a checker says it found."""
    if output.lstrip().startswith("{"):
        return json.loads(output)["explorations"][0]["states"]
    found = re.search(r"distinct=(\d+)", output)
    return int(found.group(1)) if found else None


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--peers")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    jobs = [
        (model, checker, command)
        for model in STATES
        if options.only in model
        for checker, command in commands(model, options.peers).items()
    ]
    measured = {}
    for number in range(options.rounds):
        for model, checker, command in jobs if number % 2 == 0 else jobs[::-1]:
            output, cpu, wall, memory = run(command)
            found = states(output)
            if "reduced" not in checker and found != STATES[model]:
                sys.exit(f"{checker} on {model} found {found} states, not {STATES[model]}: {command}")
            measured.setdefault((checker, model), []).append((cpu, wall, memory / found))
    models = [model for model in STATES if options.only in model]
    print("| CPU seconds (wall), peak bytes a state | " + " | ".join(models) + " |")
    print("| --- |" + " --- |" * len(models))
    for checker in dict.fromkeys(checker for _, checker, _ in jobs):
        cells = []
        for model in models:
            runs = measured.get((checker, model))
            if runs is None:
                cells.append("")
                continue
            cpu, wall, memory = (statistics.median(column) for column in zip(*runs))
            cells.append(f"{cpu:.2f} ({wall:.2f}), {memory:.0f}")
        print(f"| {checker} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
