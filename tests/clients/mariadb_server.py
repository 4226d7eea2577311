"""A MariaDB of its own on a loopback port, for as long as a test takes."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile

from rotation import FUNCTIONS, free_port, running

sys.path.insert(0, str(FUNCTIONS))
import mariadb  # noqa: E402


def tool(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if not found:
        sys.exit(f"{name} of MariaDB is not installed")
    return found


@contextlib.contextmanager
def database():
    """Starts it; gives the credential of its administrator."""
    folder = tempfile.mkdtemp(prefix="stagewright-mariadb-")
    data, socket = os.path.join(folder, "data"), os.path.join(folder, "socket")
    admin = {"username": "admin", "password": secrets.token_hex(8), "host": "127.0.0.1", "port": free_port()}
    init = os.path.join(folder, "init.sql")
    with open(init, "w", encoding="utf-8") as file:
        file.write(
            "DELETE FROM mysql.global_priv WHERE User = '';\nFLUSH PRIVILEGES;\n"
            f"CREATE USER admin@'%' IDENTIFIED BY '{admin['password']}';\n"
            "GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;\nCREATE DATABASE shop;\n"
        )
    # MariaDB refuses to run as root.
    user = ["--user=mysql"] if os.getuid() == 0 else []
    if user:
        os.chmod(init, 0o644)
        shutil.chown(folder, "mysql")
    install = [tool("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db", *user]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    options = [f"--datadir={data}", f"--socket={socket}", f"--port={admin['port']}", f"--init-file={init}"]
    options += ["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]
    words = [tool("mariadbd"), "--no-defaults", *options, *user]
    try:
        with running("MariaDB", words, lambda: mariadb.connect(admin)):
            yield admin
    finally:
        shutil.rmtree(folder, ignore_errors=True)
