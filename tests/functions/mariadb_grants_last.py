"""Rotates between two MariaDB users, wrongly: the new user has its password before its grants.

Whoever is killed between finds at the retry that the login works, and leaves it at that.
"""

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
        mariadb.run(connection, "CREATE OR REPLACE USER %s@'%%' IDENTIFIED BY %s", user, pending["password"])
        mariadb.copy_grants(connection, current["username"], user)
        connection.close()


def lambda_handler(event, context):
    rotation.handle(event, Steps)
