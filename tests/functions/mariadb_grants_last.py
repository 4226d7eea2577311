"""Rotates between two MariaDB users, wrongly: the new user has its password before its grants.

Whoever is killed between finds at the retry that the login works, and leaves it at that.
"""

import mariadb
import rotation


class Steps(mariadb.Steps):
    @staticmethod
    def give(connection, model, user, password):
        mariadb.run(connection, "CREATE OR REPLACE USER %s@'%%' IDENTIFIED BY %s", user, password)
        mariadb.copy_grants(connection, model, user)


def lambda_handler(event, context):
    rotation.handle(event, Steps)
