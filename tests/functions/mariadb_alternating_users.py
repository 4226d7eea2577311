"""Rotates between two MariaDB users. Account statements commit by themselves, so the password comes last: until then
nobody can log in as a user that isn't complete."""

import mariadb
import rotation


class Steps(mariadb.Steps):
    @staticmethod
    def set(service, arn, token):
        pending = rotation.read(service, arn, "AWSPENDING", token)
        connection = mariadb.connect(pending)
        if connection:
            connection.close()
            return
        current = rotation.read(service, arn, "AWSCURRENT")
        connection = mariadb.administrator(service, current)
        user = pending["username"]
        mariadb.run(connection, "CREATE USER IF NOT EXISTS %s@'%%' ACCOUNT LOCK", user)
        mariadb.copy_grants(connection, current["username"], user)
        mariadb.run(connection, "ALTER USER %s@'%%' IDENTIFIED BY %s ACCOUNT UNLOCK", user, pending["password"])
        connection.close()


def lambda_handler(event, context):
    rotation.handle(event, Steps)
