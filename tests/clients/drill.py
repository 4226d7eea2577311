"""Drills rotation functions of a real PostgreSQL and a real MariaDB, at every statement: sound ones are clean under every
single fault, and each way to be wrong is found at exactly the calls where it is.

Takes the `stagewright` command as its argument, and `all` if every fault is to be drilled, and not just one that shows it.
Starts and stops its own databases.
"""

import contextlib
import json
import os
import pathlib
import pty
import resource
import shlex
import subprocess
import sys
import tempfile
import time

import mariadb_server
import rotation

FUNCTIONS = pathlib.Path(__file__).parent.parent / "functions"
PAGE = pathlib.Path(__file__).parent.parent.parent / "docs" / "drill.md"

# What has an effect at the call that it hits, and what comes before that.
AFTER = ["killed-after", "lost-reply"]
BEFORE = ["killed-before", "error-before", "throttled"]


class Bench:
    """A database, and how functions for it are drilled."""

    def __init__(self, command, admin, probe, reset):
        self.command, self.admin, self.probe, self.reset = os.path.abspath(command), admin, probe, reset

    def words(self, function, strategy, *arguments, previous=False):
        """The command line that drills a function."""
        listen = rotation.free_port()
        place = {"host": "127.0.0.1", "port": str(listen)}
        first = {"username": "app", "password": "first", "masterarn": "db/admin", **place}
        words = [self.command, "drill", "--probe", self.probe, "--strategy", strategy]
        words += ["--secret", f"db/app={json.dumps(first)}", "--secret", f"db/admin={json.dumps({**self.admin, **place})}"]
        words += ["--target", f"{listen}=127.0.0.1:{self.admin['port']}", "--reset", self.reset]
        words += ["--previous", json.dumps({**first, "password": "older"})] if previous else []
        return [*words, *arguments, "--", sys.executable, "-m", "awslambdaric", f"{function}.lambda_handler"]

    def drill(self, function, *arguments, **more):
        """Drills a function; gives what came of it."""
        return drilled(self.words(function, *arguments, "--format", "json", **more))


def run(words, codes=(0, 1), **more):
    ended = subprocess.run(words, cwd=FUNCTIONS, stdout=subprocess.PIPE, text=True, check=False, **more)
    assert ended.returncode in codes, f"{words} ends with {ended.returncode}"
    return ended.stdout


def drilled(words):
    return json.loads(run(words))


def place(run):
    return f"{run['step']}:{run['call']}:{run['fault']}"


def bad(drilled):
    """The places at which something is violated, each with what is."""
    return {
        place(run): " ".join(it["property"] for it in run["violations"]) for run in drilled["runs"] if run["violations"]
    }


def between(drilled, first, last):
    """The places at which a rotation ends after the effect of one call and before that of another."""
    calls = [f"{call['step']}:{call['call']}" for call in drilled["calls"]]
    hit = {place(run) for run in drilled["runs"]}
    inside = calls[calls.index(first) : calls.index(last)]
    until = calls[calls.index(first) + 1 : calls.index(last) + 1]
    places = [f"{call}:{fault}" for call in inside for fault in AFTER]
    places += [f"{call}:{fault}" for call in until for fault in BEFORE]
    return {it for it in places if it in hit}


def replay(bench, drilled):
    """The lines that are printed show it again."""
    seen = set()
    for one in drilled["runs"]:
        names = bad({"runs": [one]}).get(place(one))
        if names is None or names in seen:
            continue
        seen.add(names)
        words = shlex.split(one["replay"])
        assert words[0] == "stagewright", words
        again = json.loads(run([bench.command, "drill", "--format", "json", *words[2:]], codes=(1,)))
        assert bad(again) == {place(one): names}, f"{bad(again)} instead of {place(one)}: {names}"


def report(function, drilled, told):
    print(f"{function}: {len(drilled['calls'])} calls, {len(drilled['runs'])} runs, {told}", flush=True)


def sound(bench, function, strategy, *faults):
    """Nothing that happens to a single call does any harm."""
    came = bench.drill(function, strategy, *faults)
    assert not bad(came), bad(came)
    assert any(call["call"] == "ALTER-USER" for call in came["calls"]), came["calls"]
    report(function, came, "all well")


def wrong(bench, function, strategy, windows, *faults):
    """What is wrong shows between the effects of two calls, and nowhere else."""
    came = bench.drill(function, strategy, *faults)
    expected = {it: names for names, first, last in windows for it in between(came, first, last)}
    assert expected and bad(came) == expected, f"{function}: {bad(came)} instead of {expected}"
    replay(bench, came)
    report(function, came, f"{len(expected)} of them bad, as they should be")


def turns(bench):
    """Two invocations of each step take turns, statement by statement."""
    some = ["--fault", "interleaved", "--interleavings", "100", "--preemptions", "1"]
    came = bench.drill("postgresql_single_user", "single-user", *some)
    assert not bad(came), bad(came)
    assert came["interleavings"]["covered_preemptions"] == 1, came["interleavings"]
    print(f"postgresql_single_user: {len(came['runs'])} interleavings, all well", flush=True)


# What other people and an overtaken invocation do to a rotation with one user: the property that no longer holds, from
# which call to which, and the calls between at which it does.
DAMAGE = {
    "zombie": ("current-works", "setSecret:login", "finishSecret:DescribeSecret", {"setSecret:login#2"}),
    "pending-removed": ("current-works", "setSecret:login", "finishSecret:DescribeSecret", set()),
    "current-back": ("no-lost-update", "createSecret:GetSecretValue#2", "finishSecret:UpdateSecretVersionStage", set()),
    "value-put": ("current-works", "setSecret:login", "finishSecret:DescribeSecret", set()),
}


def people(bench, complete):
    """The zombie, the operator who removes AWSPENDING, the early rollback and the Terraform write are found where they do
    damage; if not all places are drilled, at the ends of that."""
    function, strategy = "postgresql_single_user", "single-user"
    faults = [word for fault in DAMAGE for word in ("--fault", fault)]
    calls = [f"{it['step']}:{it['call']}" for it in bench.drill(function, strategy, "--only", "testSecret:*:doubled")["calls"]]
    expected, ends = set(), []
    for fault, (_, first, last, harmless) in DAMAGE.items():
        first, last = calls.index(first), calls.index(last)
        expected |= {f"{call}:{fault}" for call in calls[first : last + 1] if call not in harmless}
        near = {first - 1, first, last, last + 1} | {calls.index(call) for call in harmless}
        ends += [f"{calls[it]}:{fault}" for it in sorted(near) if it < len(calls)]
    # Between the last look at the labels and the promotion, the write of Terraform makes a promotion that undoes it.
    expected.add("finishSecret:UpdateSecretVersionStage:value-put")
    ends.append("finishSecret:UpdateSecretVersionStage:value-put")
    only = [word for it in dict.fromkeys(ends) for word in ("--only", it)]
    came = bench.drill(function, strategy, *(faults if complete else only), previous=True)
    hit = {place(one) for one in came["runs"]}
    found = {it for it, names in bad(came).items() if DAMAGE[it.rsplit(":", 1)[1]][0] in names.split()}
    assert found == expected & hit, f"{sorted(found ^ (expected & hit))}"
    replay(bench, came)
    report(function, came, f"people and zombies do damage at {len(found)} places")


def page(bench):
    """The transcript of the page is what is printed today, and the lines it prints show it again."""
    block = PAGE.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    rows = [line.split()[1] for line in block.splitlines() if line.strip()[:1].isdigit()]
    faults = ["killed-before", "killed-after", "error-before", "lost-reply"]
    only = [word for row in rows for fault in faults for word in ("--only", f"setSecret:{row}:{fault}")]
    function, strategy = "mariadb_grants_last", "alternating-users"
    came = run(bench.words(function, strategy, *only), codes=(1,))
    # The rows of other steps are empty here.
    shown = came.split("\n\n")[1].splitlines()
    begin = shown.index("  setSecret")
    shown = shown[:2] + ["  setSecret"] + [line for line in shown[begin:] if line.split()[1:2] and line.split()[1] in rows][: len(rows)]
    assert block.splitlines() == shown, "\n".join(["docs/drill.md has another matrix than this:", *shown])
    assert f"✗ same-privileges at {block.count('BROKEN')} places" in came, came
    line = came.split("  replay: ")[1].splitlines()[0]
    again = run([bench.command, *shlex.split(line)[1:]], codes=(1,))
    assert "✗ same-privileges at 1 place\n" in again, again
    print(f"{function}: {len(only) // 2} runs, as the page says", flush=True)


def terminal(bench):
    """On a terminal a bar says how far it is, and the answer is the same."""
    words = bench.words("postgresql_single_user", "single-user", "--only", "createSecret:*:doubled")
    quiet = run(words)
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", 0) as ours:
        answer = run(words, stderr=theirs, env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while more := ours.read(4096):
                shown += more
    assert answer == quiet, f"{answer}\n{quiet}"
    for text in ("a rotation without faults is recorded", "0/1 runs"):
        assert text in shown.decode(), shown
    print("on a terminal: a bar, and the same answer")


def python(bench, complete):
    """`--python` takes the environment that is active, and makes one if none has the runtime."""
    words = bench.words("postgresql_single_user", "single-user", "--only", "createSecret:*:doubled")
    words = words[: words.index("--")] + ["--python", "postgresql_single_user.py"]
    answer = run(words, env={**os.environ, "VIRTUAL_ENV": sys.prefix})
    assert "1 run, all well" in answer, answer
    if complete:
        with tempfile.TemporaryDirectory() as folder:
            for file in FUNCTIONS.glob("*.py"):
                pathlib.Path(folder, file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
            pathlib.Path(folder, "requirements.txt").write_text("pg8000\n", encoding="utf-8")
            words[-1] = os.path.join(folder, words[-1])
            bare = {"HOME": folder, "PATH": "/usr/local/bin:/usr/bin:/bin"}
            for _ in range(2):
                assert run(words, env=bare) == answer
        print("--python: an environment is made, and used again")


def postgresql(command, complete):
    with rotation.database() as admin:
        sql = "DROP ROLE IF EXISTS app_clone; DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN PASSWORD 'first'"
        where = f"-h 127.0.0.1 -p {admin['port']} -U postgres postgres"
        reset = f"PGPASSWORD={admin['password']} PGOPTIONS='-c client_min_messages=warning' psql -X -q -c \"{sql}\" {where}"
        bench = Bench(command, admin, "postgresql", reset)
        some = ["--fault", "calls" if complete else "killed-after"]
        sound(bench, "postgresql_single_user", "single-user", *some)
        sound(bench, "postgresql_alternating_users", "alternating-users", *some)
        changed, promoted = "setSecret:ALTER-USER", "finishSecret:UpdateSecretVersionStage"
        stuck = "pending-cleared current-works rotation-recovers"
        wrong(bench, "postgresql_login_first", "single-user", [(stuck, changed, promoted)], *some)
        turns(bench)
        people(bench, complete)
        terminal(bench)
        python(bench, complete)
        if complete:
            figure(bench)


def mariadb(command, complete):
    with mariadb_server.database() as admin:
        sql = (
            "DROP USER IF EXISTS app_clone@'%'; CREATE OR REPLACE USER app@'%' IDENTIFIED BY 'first'; "
            "GRANT SELECT, INSERT ON shop.* TO app@'%'"
        )
        where = f"--no-defaults --protocol=tcp -h 127.0.0.1 -P {admin['port']} -u {admin['username']}"
        bench = Bench(command, admin, "mysql", f'MYSQL_PWD={admin["password"]} mysql {where} -e "{sql}"')
        some = ["--fault", "calls" if complete else "killed-after"]
        sound(bench, "mariadb_alternating_users", "alternating-users", *some)
        page(bench)
        made, grants = "setSecret:CREATE-USER", "setSecret:GRANT#2"
        if complete:
            windows = [("same-privileges", "setSecret:CREATE-USER", grants)]
            wrong(bench, "mariadb_grants_last", "alternating-users", windows, *some)
        unlocked = "setSecret:ALTER-USER"
        windows = [("pending-cleared rotation-recovers", made, unlocked), ("same-privileges", unlocked, grants)]
        wrong(bench, "mariadb_login_late", "alternating-users", windows, *some)


def figure(bench):
    """How long everything takes that can happen to a function with some twenty calls."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    came = bench.drill("postgresql_single_user", "single-user", previous=True)
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    each = 200 * took / len(came["runs"])
    report("postgresql_single_user", came, f"{took:.0f} s ({spent:.0f} s of the processor); {each:.0f} s for 200 runs")


def main():
    command, *rest = sys.argv[1:]
    complete = rest == ["all"]
    postgresql(command, complete)
    mariadb(command, complete)


if __name__ == "__main__":
    main()
