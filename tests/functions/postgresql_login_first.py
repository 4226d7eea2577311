"""Rotates the password of one PostgreSQL user, wrongly: every attempt begins with a login by the current password.

As a function for Active Directory does that asks for a ticket first. Once the password has changed, and before it is
current, no retry gets any further.
"""

import postgresql
import postgresql_single_user
import rotation


class Steps(postgresql_single_user.Steps):
    @staticmethod
    def create(service, arn, token):
        connection = postgresql.connect(rotation.read(service, arn, "AWSCURRENT"))
        if not connection:
            raise ValueError("the current credential is refused")
        connection.close()
        postgresql_single_user.Steps.create(service, arn, token)


def lambda_handler(event, context):
    rotation.handle(event, Steps)
