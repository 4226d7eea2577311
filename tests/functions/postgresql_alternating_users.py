"""Rotates between two PostgreSQL users, with the credential of an administrator: the one in use is left alone."""

import json

import pg8000.native
import postgresql
import rotation

CLONE = "_clone"


def other(user):
    return user.removesuffix(CLONE) if user.endswith(CLONE) else user + CLONE


class Steps:
    @staticmethod
    def create(service, arn, token):
        current = rotation.read(service, arn, "AWSCURRENT")
        if rotation.read(service, arn, "AWSPENDING", token) is None:
            value = {
                **current,
                "username": other(current["username"]),
                "password": rotation.password(service),
            }
            rotation.put(service, arn, token, value)

    @staticmethod
    def set(service, arn, token):
        pending = rotation.read(service, arn, "AWSPENDING", token)
        connection = postgresql.connect(pending)
        if connection:
            connection.close()
            return
        current = rotation.read(service, arn, "AWSCURRENT")
        admin = json.loads(
            service.get_secret_value(SecretId=current["masterarn"])["SecretString"]
        )
        connection = postgresql.connect(admin)
        if not connection:
            raise ValueError("the administrator's credential is refused")
        user, model = pending["username"], current["username"]
        # In one transaction, so that no clone is ever there without its grants.
        connection.run("BEGIN")
        exists = connection.run("SELECT 1 FROM pg_roles WHERE rolname = :user", user=user)
        name = pg8000.native.identifier(user)
        if not exists:
            connection.run(f"CREATE USER {name}")
            connection.run(f"GRANT {pg8000.native.identifier(model)} TO {name}")
        postgresql.set_password(connection, user, pending["password"])
        connection.run("COMMIT")
        connection.close()

    @staticmethod
    def test(service, arn, token):
        postgresql.test(rotation.read(service, arn, "AWSPENDING", token))


def lambda_handler(event, context):
    rotation.handle(event, Steps)
