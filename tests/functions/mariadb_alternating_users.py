"""Rotates between two MariaDB users. Account statements commit by themselves, so the password comes last: until then
nobody can log in as a user that isn't complete."""

import mariadb
import rotation


class Steps(mariadb.Steps):
    @staticmethod
    def give(connection, model, user, password):
        mariadb.run(connection, "CREATE USER IF NOT EXISTS %s@'%%' ACCOUNT LOCK", user)
        mariadb.copy_grants(connection, model, user)
        mariadb.run(connection, "ALTER USER %s@'%%' IDENTIFIED BY %s ACCOUNT UNLOCK", user, password)


def lambda_handler(event, context):
    rotation.handle(event, Steps)
