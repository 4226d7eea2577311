"""Connections to MariaDB for the rotation functions of these tests, and what these have in common."""

import json

import pymysql
import rotation

# A wrong password, and an account that is locked.
REFUSED = (1045, 4151)


def connect(secret):
    """A connection with that credential; None if it is refused."""
    try:
        return pymysql.connect(
            user=secret["username"],
            password=secret["password"],
            host=secret["host"],
            port=int(secret["port"]),
            connect_timeout=5,
        )
    except pymysql.err.OperationalError as error:
        if error.args[0] in REFUSED:
            return None
        raise


def run(connection, statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def other(user):
    clone = "_clone"
    return user.removesuffix(clone) if user.endswith(clone) else user + clone


def copy_grants(connection, model, user):
    """Gives `user` what `model` may do."""
    for (grant,) in run(connection, "SHOW GRANTS FOR %s@'%%'", model):
        if " TO " in grant:
            privileges = grant.split(" TO ")[0].replace("%", "%%")
            run(connection, f"{privileges} TO %s@'%%'", user)


def administrator(service, current):
    value = service.get_secret_value(SecretId=current["masterarn"])["SecretString"]
    connection = connect(json.loads(value))
    if not connection:
        raise ValueError("the administrator's credential is refused")
    return connection


def test(secret):
    """Logs in and asks something."""
    connection = connect(secret)
    if not connection:
        raise ValueError("the pending credential is refused")
    run(connection, "SELECT 1")
    connection.close()


class Steps:
    """The steps of alternating users. The functions differ in `give`, by which the administrator makes the pending
    credential work."""

    @staticmethod
    def create(service, arn, token):
        current = rotation.read(service, arn, "AWSCURRENT")
        if rotation.read(service, arn, "AWSPENDING", token) is None:
            user = other(current["username"])
            value = {**current, "username": user, "password": rotation.password(service)}
            rotation.put(service, arn, token, value)

    @classmethod
    def set(cls, service, arn, token):
        pending = rotation.read(service, arn, "AWSPENDING", token)
        connection = connect(pending)
        if connection:
            connection.close()
            return
        current = rotation.read(service, arn, "AWSCURRENT")
        connection = administrator(service, current)
        cls.give(connection, current["username"], pending["username"], pending["password"])
        connection.close()

    @staticmethod
    def test(service, arn, token):
        test(rotation.read(service, arn, "AWSPENDING", token))
