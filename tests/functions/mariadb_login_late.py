"""Rotates between two MariaDB users, wrongly: a user that is there is taken to be complete.

As a user of Oracle needs CREATE SESSION, this one is unlocked later, and gets its grants last. Whoever is killed before
that is stuck, and whoever is killed after that goes on without grants.
"""

import mariadb
import rotation


class Steps(mariadb.Steps):
    @staticmethod
    def give(connection, model, user, password):
        if mariadb.run(connection, "SELECT 1 FROM mysql.user WHERE user = %s", user):
            mariadb.run(connection, "ALTER USER %s@'%%' IDENTIFIED BY %s", user, password)
            return
        mariadb.run(connection, "CREATE USER %s@'%%' IDENTIFIED BY %s ACCOUNT LOCK", user, password)
        mariadb.run(connection, "ALTER USER %s@'%%' ACCOUNT UNLOCK", user)
        mariadb.copy_grants(connection, model, user)


def lambda_handler(event, context):
    rotation.handle(event, Steps)
