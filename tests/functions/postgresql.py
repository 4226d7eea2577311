"""Connections to PostgreSQL for the rotation functions of these tests."""

import pg8000.exceptions
import pg8000.native


def connect(secret):
    """A connection with that credential; None if it is refused."""
    try:
        return pg8000.native.Connection(
            user=secret["username"],
            password=secret["password"],
            host=secret["host"],
            port=int(secret["port"]),
            database=secret.get("dbname", "postgres"),
            timeout=5,
        )
    except pg8000.exceptions.DatabaseError as error:
        if error.args and error.args[0].get("C") in ("28P01", "28000"):
            return None
        raise


def set_password(connection, user, password):
    name, literal = pg8000.native.identifier(user), pg8000.native.literal(password)
    connection.run(f"ALTER USER {name} WITH PASSWORD {literal}")


def test(secret):
    """Logs in and asks something."""
    connection = connect(secret)
    if not connection:
        raise ValueError("the pending credential is refused")
    connection.run("SELECT 1")
    connection.close()
