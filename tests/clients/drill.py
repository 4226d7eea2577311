"""Drills rotation functions of a real PostgreSQL: sound ones are clean under every single fault, at every statement.

Takes the `stagewright` command as its argument, and which fault groups to drill (all calls if left out). Starts and stops
its own database.
"""

import json
import os
import pathlib
import subprocess
import sys

import rotation

FUNCTIONS = pathlib.Path(__file__).parent.parent / "functions"


def drill(command, admin, function, reset, strategy, *arguments):
    """Drills a function against that database; gives what came of it."""
    listen = rotation.free_port()
    place = {"host": "127.0.0.1", "port": str(listen)}
    first = {"username": "app", "password": "first", "masterarn": "db/admin", **place}
    words = [os.path.abspath(command), "drill", "--format", "json", "--probe", "postgresql", "--strategy", strategy]
    words += ["--secret", f"db/app={json.dumps(first)}", "--secret", f"db/admin={json.dumps({**admin, **place})}"]
    words += ["--target", f"{listen}=127.0.0.1:{admin['port']}", "--reset", reset, *arguments]
    words += ["--", sys.executable, "-m", "awslambdaric", f"{function}.lambda_handler"]
    ended = subprocess.run(words, cwd=FUNCTIONS, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(f"the drill of {function} ends with {ended.returncode}")
    return json.loads(ended.stdout)


def bad(drilled):
    """The places at which something is violated."""
    return [
        f"{run['step']}:{run['call']}:{run['fault']} " + " ".join(it["property"] for it in run["violations"])
        for run in drilled["runs"]
        if run["violations"]
    ]


def main():
    command, *kinds = sys.argv[1:]
    faults = [word for kind in kinds or ["calls"] for word in ("--fault", kind)]
    with rotation.database() as admin:
        sql = "DROP ROLE IF EXISTS app_clone; DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN PASSWORD 'first'"
        where = f"-h 127.0.0.1 -p {admin['port']} -U postgres postgres"
        reset = f"PGPASSWORD={admin['password']} PGOPTIONS='-c client_min_messages=warning' psql -X -q -c \"{sql}\" {where}"
        for function, strategy in [
            ("postgresql_single_user", "single-user"),
            ("postgresql_alternating_users", "alternating-users"),
        ]:
            drilled = drill(command, admin, function, reset, strategy, *faults)
            found = bad(drilled)
            assert not found, "\n".join(found)
            assert any(call["call"] == "ALTER-USER" for call in drilled["calls"]), drilled["calls"]
            print(f"{function}: {len(drilled['calls'])} calls, {len(drilled['runs'])} runs, all well")
        # Two invocations of each step take turns, statement by statement.
        turns = ["--fault", "interleaved", "--interleavings", "100", "--preemptions", "1"]
        drilled = drill(command, admin, "postgresql_single_user", reset, "single-user", *turns)
        assert not bad(drilled), "\n".join(bad(drilled))
        assert drilled["interleavings"]["covered_preemptions"] == 1, drilled["interleavings"]
        print(f"postgresql_single_user: {len(drilled['runs'])} interleavings, all well")
        # Somebody takes AWSPENDING off after the password has changed: nobody knows the password then.
        place = "testSecret:SELECT:pending-removed"
        drilled = drill(command, admin, "postgresql_single_user", reset, "single-user", "--only", place)
        assert any("current-works" in line for line in bad(drilled)), drilled["runs"]
        print(f"{place}: found")


if __name__ == "__main__":
    main()
