"""Rotates the password of one PostgreSQL user, with that user's own credential."""

import postgresql
import rotation


class Steps:
    @staticmethod
    def create(service, arn, token):
        current = rotation.read(service, arn, "AWSCURRENT")
        if rotation.read(service, arn, "AWSPENDING", token) is None:
            rotation.put(service, arn, token, {**current, "password": rotation.password(service)})

    @staticmethod
    def set(service, arn, token):
        pending = rotation.read(service, arn, "AWSPENDING", token)
        connection = postgresql.connect(pending)
        if connection:
            # A run before this one got so far.
            connection.close()
            return
        current = rotation.read(service, arn, "AWSCURRENT")
        if current["username"] != pending["username"] or current["host"] != pending["host"]:
            raise ValueError("the pending version is of another user or host")
        connection = postgresql.connect(current)
        if not connection:
            previous = rotation.read(service, arn, "AWSPREVIOUS")
            connection = previous and postgresql.connect(previous)
        if not connection:
            raise ValueError("neither the current nor the previous credential is accepted")
        postgresql.set_password(connection, pending["username"], pending["password"])
        connection.close()

    @staticmethod
    def test(service, arn, token):
        postgresql.test(rotation.read(service, arn, "AWSPENDING", token))


def lambda_handler(event, context):
    rotation.handle(event, Steps)
