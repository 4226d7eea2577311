"""Runs the stand-alone crate under `tests/sdk`, which calls the main operations with the Rust SDK.

Takes the `stagewright` command as its argument. Starts and stops its own server.
"""

import os
import pathlib
import subprocess
import sys

from server import ACCOUNT, serving, verify

CRATE = pathlib.Path(__file__).parent.parent / "sdk"

# Beside everything else that is built.
TARGET = CRATE.parent.parent / "target" / "sdk"


def main(command):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    run = ["cargo", "run", "--quiet", "--locked", "--manifest-path", str(CRATE / "Cargo.toml")]
    # Built first: it takes longer than a server should wait.
    subprocess.run([*run[:1], "build", *run[2:]], check=True, env=environment)
    with serving(command, *verify(ACCOUNT)) as url:
        status = subprocess.run(run, env={**environment, "STAGEWRIGHT_URL": url}).returncode
    if status:
        sys.exit(f"the calls of the Rust SDK end with {status}")


if __name__ == "__main__":
    main(sys.argv[1])
