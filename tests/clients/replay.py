"""Sends scenarios to a server with boto3, and compares each answer with the one that `run` gives in its trace.

Takes the `stagewright` command and files or folders as its arguments. Starts and stops a server for each scenario, on a
virtual clock. Validation by the client is off: what a file sends is what comes over the wire.
"""

import base64
import collections
import concurrent.futures
import datetime
import itertools
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import boto3
import server
import yaml
from botocore.exceptions import ClientError

# Seconds for one call, with room for a busy machine.
TIMEOUT = 60

# What a call takes on a virtual clock.
CALL = datetime.timedelta(milliseconds=100)

own = threading.local()


class Skipped(Exception):
    """Why a scenario can't be sent over the wire."""


def traces(command, paths):
    """What `run` answers, scenario by scenario. Its status is no matter: a scenario may be unhappy in both worlds."""
    ran = subprocess.run([command, "run", *paths, "--format", "json", "--show-values"], capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        sys.exit(ran.stderr)
    return json.loads(ran.stdout)["scenarios"]


def read(path):
    """The file without its steps, as text all through, so that nothing is taken for a number or a date."""
    kept, in_steps = [], False
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line[0] not in " -#\n":
                in_steps = line.startswith("steps:")
            if not in_steps:
                kept.append(line)
    return yaml.load("".join(kept), yaml.BaseLoader)


def is_stale(path):
    """Whether a step of the file says that its read is stale."""
    with open(path, encoding="utf-8") as file:
        return any(line.strip() == "stale: true" for line in file)


def account(arn):
    return arn.split(":")[4]


def options(scenario, assume, calls):
    """What a server needs to stand where the scenario does."""
    given = scenario.get("given", {})
    if "callers" in scenario:
        raise Skipped("every caller may do everything at a server")
    callers = {call["who"]["arn"] for call in calls}
    policies = [str(policy) for call in calls if (policy := call["with"].get("ResourcePolicy"))]
    if any(arn in policy for arn in callers for policy in policies) and len(callers) > len(set(map(account, callers))):
        raise Skipped("a policy tells callers of one account apart")
    chosen = ["--clock", "virtual"]
    for key in ("start", "account", "region", "seed", "arn-suffix"):
        if key in scenario:
            chosen += [f"--{key}", scenario[key]]
    if "replication-lag" in given:
        chosen += ["--replication-lag", given["replication-lag"]]
    for secret in given.get("managed-secrets", []):
        chosen += ["--managed-secret", f"{secret['name']}={secret['owning-service']}"]
    for assumption in assume.items():
        chosen += ["--assume", "=".join(assumption)]
    if missing := given.get("missing-functions"):
        named = {call["with"].get("RotationLambdaARN") for call in calls} - {None}
        if not named <= set(missing):
            raise Skipped("only some of its functions are missing")
        chosen.append("--strict-functions")
    return chosen


def clients(region, key):
    """A client, made once for each thread: only the URL differs from server to server."""
    kept = own.__dict__.setdefault("clients", {})
    if (region, key) not in kept:
        made = server.client("http://127.0.0.1:1", region, key, parameter_validation=False, read_timeout=TIMEOUT)
        made.meta.events.register("before-call.secrets-manager", before_call)
        made.meta.events.register("before-parse.secrets-manager", before_parse)
        kept[region, key] = made
    return kept[region, key]


def before_call(params, **_):
    params["url"] = own.url + "/"
    if own.body is not None:
        params["body"] = own.body


def before_parse(response_dict, **_):
    own.answer = json.loads(response_dict["body"])


def is_typed(shape, value):
    """Whether boto3 can write this value itself."""
    if shape.type_name == "structure":
        members = shape.members
        return isinstance(value, dict) and all(name in members and is_typed(members[name], it) for name, it in value.items())
    if shape.type_name == "list":
        return isinstance(value, list) and all(is_typed(shape.member, it) for it in value)
    kinds = {"string": str, "blob": str, "boolean": bool, "integer": int, "long": int}
    return type(value) is kinds[shape.type_name]


def call(url, region, row):
    """Makes the call of a row; gives status and body of the answer."""
    client = clients(row.get("region", region), account(row["who"]["arn"]))
    model = client.meta.service_model.operation_model(row["call"])
    shape, members = model.input_shape, dict(row["with"])
    typed = is_typed(shape, members) and all(name in members for name in model.idempotent_members)
    # What boto3 would complete or can't write is put in the place of an empty request.
    own.url, own.body = url, None if typed else json.dumps(members).encode()
    own.answer = None
    sent = members if typed else {}
    if "SecretBinary" in sent:
        sent["SecretBinary"] = base64.b64decode(sent["SecretBinary"], validate=True)
    try:
        parsed = client._make_api_call(row["call"], sent)
    except ClientError as error:
        told = error.response
        status = told["ResponseMetadata"]["HTTPStatusCode"]
        if told["Error"]["Code"] != own.answer["__type"]:
            raise AssertionError(f"boto3 reads the code as {told['Error']}") from error
        return status, own.answer
    unread = set(own.answer) - set(parsed)
    if unread:
        raise AssertionError(f"boto3 doesn't read {unread}")
    return 200, own.answer


def control(url, route, body):
    request = urllib.request.Request(f"{url}/_stagewright/{route}", json.dumps(body).encode(), method="POST")
    urllib.request.urlopen(request, timeout=TIMEOUT).close()


def expected(row):
    """Status and body as the trace has them."""
    failed = row.get("fails")
    if not failed:
        return 200, row["returns"]
    body = {"__type": failed["code"]}
    if failed.get("message"):
        body["Message"] = failed["message"]
    return failed["status"], body


def playable(rows, calls):
    """Whether the calls of a rotation function can come from outside: nobody else runs the program of a file."""
    if any("fault" in row for row in rows):
        raise Skipped("faults of the function")
    if any("start" in row.get("does", "").split(" the ")[0].split(" a ")[0] for row in rows):
        raise Skipped("the service starts a rotation by itself, which needs the function")
    if any(denies_the_function(call) for call in calls):
        raise Skipped("the role of the function isn't known to a server")
    times = [datetime.datetime.fromisoformat(call["at"].replace("Z", "+00:00")) for call in calls]
    if any(after - before < CALL for before, after in itertools.pairwise(times)):
        raise Skipped("calls overlap, which a virtual clock has no room for")


def denies_the_function(call):
    return call.get("fails", {}).get("code") == "AccessDeniedException" and call["who"]["name"] == "lambda"


class Names:
    """How the two worlds name the same thing where a server can't be told the name."""

    def __init__(self, calls):
        # A server knows of its callers no more than the account.
        callers = {call["who"]["arn"] for call in calls}
        self.pairs = [(arn, f"arn:aws:iam::{account(arn)}:user/operator") for arn in sorted(callers)]

    def serve(self, run):
        """What `run` says, in the words of the server."""
        text = json.dumps(run)
        for ours, theirs in self.pairs:
            text = text.replace(ours, theirs)
        return json.loads(text)


def replay(command, ran):
    """The differences of one scenario, and how many calls were compared."""
    scenario = read(ran["path"])
    rows = ran["trace"]
    calls = [row for row in rows if "call" in row]
    if is_stale(ran["path"]):
        raise Skipped("a server can't be told which read is stale")
    if "function" in scenario:
        playable(rows, calls)
    differences = []
    names = Names(calls)
    region = scenario.get("region", server.REGION)
    chosen = options(scenario, ran["assume"], calls)
    with server.serving(command, *chosen, statuses=(0, 1), stderr=subprocess.DEVNULL) as url:
        for row in calls:
            at = f"{ran['path']}: step {row['step']} {row['call']}"
            try:
                control(url, "time", {"until": row["at"]})
            except urllib.error.HTTPError as error:
                differences.append(f"{at}: {error.read().decode().strip()}")
            try:
                answer = call(url, region, {**row, "with": names.serve(row["with"])})
            except AssertionError as error:
                differences.append(f"{at}: {error}")
                continue
            want = expected(row)
            want = (want[0], names.serve(want[1]))
            if answer != want:
                differences.append(f"{at}\n    run   {json.dumps(want, sort_keys=True)}\n    serve {json.dumps(answer, sort_keys=True)}")
    return differences, len(calls)


def main(command, paths):
    ran = traces(command, paths)

    def one(it):
        try:
            return replay(command, it)
        except Skipped as why:
            return str(why)

    skipped = collections.Counter()
    differences, compared, same = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for outcome in pool.map(one, ran):
            if isinstance(outcome, str):
                skipped[outcome] += 1
                continue
            differences += outcome[0]
            compared += outcome[1]
            same += not outcome[0]
    sent = len(ran) - skipped.total()
    print(f"boto3 {boto3.__version__}: {same} of {sent} scenarios get the same answers, {compared} calls compared")
    print(f"{skipped.total()} of {len(ran)} can't be sent over the wire:")
    for why, count in skipped.most_common():
        print(f"  {count}: {why}")
    if differences:
        sys.exit("\n".join(differences))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
