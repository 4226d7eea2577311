"""Compares moto's server with the model: the differences that it is known for are found, each by its rule.

Takes the `stagewright` command as its argument. Between the two stands a proxy that recomputes the signature of every
call with botocore, so that what AWS would refuse doesn't pass here.
"""

import http.server
import io
import json
import logging
import os
import socketserver
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import zipfile

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

ACCESS_KEY, SECRET_KEY, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI", "session/token+=="

# For each scenario, the kind of the difference, where it is, and the rule that it counts for. The numbers are those of
# docs/comparing.md.
KNOWN = {
    "m01-stuck-rotation": [("accepted", "", "ROT-3")],
    "m02-read-after-promotion": [("member", "VersionId", "GSV-1")],
    "m03-pending-value-is-kept": [("accepted", "", "PSV-15")],
    "m04-a-move-names-its-source": [("accepted", "", "USVS-10")],
    "m05-current-is-not-removed": [("accepted", "", "USVS-12")],
    "m06-own-labels-stay": [("labels", "release-41", "PSV-13")],
    "m07-deprecated-versions-are-hidden": [("labels", "", "DSC-1"), ("member", "Versions", "DSC-3")],
    "m08-about-a-hundred-versions": [("accepted", "", "PSV-24")],
    "m09-rotation-needs-a-function": [("accepted", "", "ROT-1")],
    "m10-update-keeps-the-pending-value": [("accepted", "", "US-6")],
    "m11-no-writes-before-deletion": [("accepted", "", "GEN-9")],
    "m12-a-schedule-turns-rotation-on": [("member", "RotationEnabled", "DSC-7")],
    "m13-the-answer-comes-before-the-rotation": [("member", "LastRotatedDate", "DSC-7")],
}


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes calls on to moto if their signature is right."""

    moto = None
    wrong = []
    checked = 0

    def do_GET(self):
        self.respond(404, b"{}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.check(body)
        request = urllib.request.Request(self.moto, body, dict(self.headers))
        try:
            with urllib.request.urlopen(request) as response:
                self.respond(response.status, response.read())
        except urllib.error.HTTPError as error:
            self.respond(error.code, error.read())

    def check(self, body):
        authorization = self.headers["Authorization"]
        signed = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
        signature = authorization.split("Signature=")[1]
        request = AWSRequest("POST", f"http://{self.headers['Host']}/", data=body)
        for name in signed:
            request.headers[name] = self.headers[name]
        request.context["timestamp"] = self.headers["x-amz-date"]
        signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY, TOKEN), "secretsmanager", "eu-west-3")
        expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        type(self).checked += 1
        if expected != signature or not {"host", "x-amz-date", "x-amz-target", "x-amz-security-token"} <= set(signed):
            self.wrong.append(authorization)

    def respond(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def function(url):
    """Makes a rotation function that does nothing; gives its ARN."""
    config = json.dumps({"lambda": {"use_docker": False}}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/config", config, method="POST")).close()
    options = {
        "endpoint_url": url,
        "region_name": "eu-west-3",
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
    }
    role = boto3.client("iam", **options).create_role(RoleName="rotate", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("rotate.py", "def handler(event, context): return None")
    made = boto3.client("lambda", **options).create_function(
        FunctionName="rotate", Runtime="python3.12", Role=role, Handler="rotate.handler", Code={"ZipFile": code.getvalue()}
    )
    return made["FunctionArn"]


def compare(command, url, *arguments):
    """Runs the command; gives its answer and its status."""
    variables = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": TOKEN,
        "AWS_REGION": "eu-west-3",
    }
    arguments = [os.path.abspath(command), "compare", "--endpoint-url", url, "--format", "json", *arguments]
    ran = subprocess.run(arguments, capture_output=True, text=True, env={**os.environ, **variables})
    if ran.stderr:
        sys.exit(ran.stderr)
    return json.loads(ran.stdout), ran.returncode


def check(condition, what):
    if not condition:
        sys.exit(what)


def main(command):
    # Some random calls break moto itself, which it tells at length.
    logging.disable(logging.CRITICAL)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    Proxy.moto = f"http://{host}:{port}/"
    proxy = Server(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{proxy.server_port}"
    arn = function(Proxy.moto.rstrip("/"))

    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "moto.yaml")
        told, status = compare(
            command, url, "scenarios/emulators", "--function-arn", arn, "--profile-out", profile
        )
        with open(profile, encoding="utf-8") as file:
            page = file.read()
    check(status == 1, f"compare ends with {status}")
    found = {}
    for scenario in told["scenarios"]:
        name = os.path.basename(scenario["path"]).removesuffix(".yaml")
        found[name] = {(it["kind"], it["place"], it["rules"][0] if it["rules"] else None) for it in scenario.get("differences", [])}
    missing = {name: set(known) - found.get(name, set()) for name, known in KNOWN.items()}
    missing = {name: known for name, known in missing.items() if known}
    check(not missing, f"not found: {missing}\nfound: { {name: found.get(name) for name in missing} }")
    check(set(found) == set(KNOWN), f"scenarios that no difference is known for: {set(found) ^ set(KNOWN)}")
    rules = {rule for known in KNOWN.values() for _, _, rule in known}
    check(all(f"- rule: {rule}\n" in page for rule in rules), "a rule is not on the page of quirks")

    # The known option, of an endpoint that is known to take the other one.
    told, status = compare(command, url, "--question", "outgoing-labels")
    fits = told["questions"][0]["fits"]
    check(status == 0 and fits == ["drop-all"], f"outgoing-labels: {fits}")

    # What moto answers can be read again, also where it breaks down and where it makes a secret without a name.
    odd = [f"scenarios/rules/{it}.yaml" for it in ("gen-04-name-characters", "q-09-length-of-a-name")]
    with tempfile.TemporaryDirectory() as folder:
        compare(command, url, *odd, "--record", folder)
        ran = subprocess.run([os.path.abspath(command), "run", "-q", folder], capture_output=True, text=True)
    check(ran.returncode in (0, 1) and "2 scenarios" in ran.stdout, ran.stdout + ran.stderr)

    # Random calls find more, each difference once and with few calls.
    told, status = compare(command, url, "--fuzz", "--cases", "13")
    differ = [case for case in told["scenarios"] if case.get("differences")]
    by_chance = {rule["rule"] for rule in told["rules"]}
    check(status == 1 and len(differ) + told["summary"]["known"] > 10, f"random calls: {told['summary']}")
    check({"GEN-2", "ROT-1", "USVS-12"} <= by_chance, f"random calls find {sorted(by_chance)}")
    check(all(case["calls"] <= 5 for case in differ), "random calls are not made fewer")

    check(not Proxy.wrong, f"signatures that botocore computes otherwise: {Proxy.wrong[:3]}")
    secrets = boto3.client(
        "secretsmanager", endpoint_url=Proxy.moto.rstrip("/"), region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x"
    )
    left = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    check(not left, f"left over: {[secret['Name'] for secret in left]}")
    print(
        f"moto: {len(KNOWN)} known differences found by rule, {len(by_chance)} rules by random calls, "
        f"{Proxy.checked} signatures checked, nothing left over"
    )
    moto.stop()


if __name__ == "__main__":
    main(sys.argv[1])
