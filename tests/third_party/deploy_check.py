"""Deploys the translated template to an emulator and checks what it made. See deploy.sh."""
import hashlib
import io
import json
import os
import pathlib
import string
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

import boto3
from botocore.config import Config

STACK = "tidelock"
FUNCTIONS = ("dispatch", "sync", "validation", "repair", "health")
HEX = set("0123456789abcdef")
KEY = hashlib.sha512(b"a key for the emulator").hexdigest()

failures = []


def check(claim, holds, found=None):
    print(("ok    " if holds else "FAIL  ") + claim + ("" if holds or found is None else f": {found}"))
    if not holds:
        failures.append(claim)


def eventually(claim, look, seconds=60):
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found or time.monotonic() > until:
            check(claim, bool(found), "not within the time")
            return found
        time.sleep(0.5)


class Aws:
    def __init__(self, endpoint):
        self.endpoint = endpoint

    def __getattr__(self, service):
        config = Config(retries={"max_attempts": 3}, read_timeout=120, s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=self.endpoint, config=config)


def wait_until_it_listens(aws):
    for _ in range(300):
        try:
            aws.s3.list_buckets()
            return
        except Exception:  # noqa: BLE001 - whatever it is, it is not up yet
            time.sleep(0.1)
    sys.exit("the emulator did not start")


def packed(binary):
    """A package as `sam build` makes it: one file, bootstrap, that may be run."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, binary.read_bytes())
    return out.getvalue()


def is_unknown(resource):
    """What the emulator does not know: saved queries, and alarms on several metrics. The linters look at them all the same."""
    several = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return several or resource["Type"] == "AWS::Logs::QueryDefinition"


def made_digestible(template):
    """The emulator hands a number parameter on as text, over which its poller stumbles. CloudFormation makes it a number.

    And Google has to be reached by https, which the simulator does not speak."""
    for name in ("GoogleApi", "GoogleToken"):
        del template["Parameters"][name]["AllowedPattern"]
    for resource in template["Resources"].values():
        scaling = resource["Properties"].get("ScalingConfig")
        if scaling:
            parameter = template["Parameters"][scaling["MaximumConcurrency"]["Ref"]]
            scaling["MaximumConcurrency"] = int(parameter["Default"])


def install_key(aws, template, out):
    """The emulator ignores which characters a secret may have: what was asked for is checked, and a key put in its place."""
    asked = template["Resources"]["InstallKey"]["Properties"]["GenerateSecretString"]
    letters = set() if asked.get("ExcludeLowercase") else set(string.ascii_lowercase)
    upper = set() if asked.get("ExcludeUppercase") else set(string.ascii_uppercase)
    marks = set() if asked.get("ExcludePunctuation") else set(string.punctuation)
    digits = set() if asked.get("ExcludeNumbers") else set(string.digits)
    allowed = (letters | upper | marks | digits) - set(asked["ExcludeCharacters"])
    check("the install key is asked for as 128 hexadecimal digits", asked["PasswordLength"] == 128 and allowed == HEX, allowed ^ HEX)
    made = aws.secretsmanager.get_secret_value(SecretId=out["InstallKeySecret"])["SecretString"]
    check("a secret of that length was made", len(made) == 128, len(made))
    aws.secretsmanager.put_secret_value(SecretId=out["InstallKeySecret"], SecretString=KEY)


def deploy(aws, google, template, binaries):
    made_digestible(template)
    left_out = [name for name, r in template["Resources"].items() if is_unknown(r)]
    for name in left_out:
        del template["Resources"][name]
    print(f"      left out, since the emulator does not know them: {', '.join(left_out)}")
    aws.s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for function in FUNCTIONS:
        aws.s3.put_object(Bucket="code", Key=f"{function}.zip", Body=packed(binaries / function))
    aws.s3.put_object(Bucket="code", Key="template.json", Body=json.dumps(template).encode())
    # Schedules are off: this script is the clock.
    aws.cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{aws.endpoint}/code/template.json",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[
            {"ParameterKey": "Schedules", "ParameterValue": "DISABLED"},
            {"ParameterKey": "AlertMail", "ParameterValue": "ops@example.com"},
            {"ParameterKey": "GoogleApi", "ParameterValue": f"{google}/calendar/v3"},
            {"ParameterKey": "GoogleToken", "ParameterValue": f"{google}/token"},
        ],
    )
    status = None
    for _ in range(240):
        stack = aws.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        status = stack["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(0.5)
    check("the stack is made", status == "CREATE_COMPLETE", status)
    if status != "CREATE_COMPLETE":
        for event in aws.cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]:
            if "FAILED" in event["ResourceStatus"]:
                print("     ", event["LogicalResourceId"], event.get("ResourceStatusReason"))
        sys.exit(1)
    return {out["OutputKey"]: out["OutputValue"] for out in stack["Outputs"]}


def made(aws, template, out):
    resources = template["Resources"]
    listed = aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    there = {r["LogicalResourceId"] for page in listed for r in page["StackResourceSummaries"]}
    check("every resource of the template is there", set(resources) <= there, sorted(set(resources) - there))

    table = aws.dynamodb.describe_table(TableName=out["TableName"])["Table"]
    keys = {k["AttributeName"]: k["KeyType"] for k in table["KeySchema"]}
    check("the table has its keys", keys == {"pk": "HASH", "sk": "RANGE"}, keys)
    check("the table is paid by request", table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST")

    for name in ("sync", "validation", "repair"):
        url = out[f"{name.capitalize()}QueueUrl"]
        attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = json.loads(attributes.get("RedrivePolicy", "{}"))
        check(f"messages of {name} are hidden for 1800 s", attributes["VisibilityTimeout"] == "1800", attributes["VisibilityTimeout"])
        check(f"messages of {name} die after five tries", str(redrive.get("maxReceiveCount")) == "5", redrive)
        dead = out[f"{name.capitalize()}DeadLettersArn"]
        check(f"{name} has its own dead letters", redrive.get("deadLetterTargetArn") == dead, redrive)

    for name in FUNCTIONS:
        config = aws.__getattr__("lambda").get_function_configuration(FunctionName=f"{STACK}-{name}")
        wanted = resources[name.capitalize()]["Properties"]
        same = [config["Timeout"], config["MemorySize"], config["Runtime"]] == [wanted["Timeout"], wanted["MemorySize"], wanted["Runtime"]]
        check(f"{name} has its timeout, memory and runtime", same)
        variables = config["Environment"]["Variables"]
        check(f"{name} knows the table by name", variables.get("TIDELOCK_TABLE") == out["TableName"], variables.get("TIDELOCK_TABLE"))
        empty = sorted(k for k, v in variables.items() if not v)
        check(f"{name} has no empty variable", not empty, empty)

    sources = aws.__getattr__("lambda").list_event_source_mappings()["EventSourceMappings"]
    pairs = sorted((s["FunctionArn"].rsplit(":", 1)[1], s["EventSourceArn"].rsplit(":", 1)[1]) for s in sources)
    check("three queues start three functions", pairs == [(f"{STACK}-{n}",) * 2 for n in ("repair", "sync", "validation")], pairs)
    rules = {r["Name"]: r for r in aws.events.list_rules()["Rules"]}
    named = {n: rules.get(f"{STACK}-{n}", {}).get("ScheduleExpression") for n in ("dispatch", "validation", "health")}
    check("three schedules", named == {"dispatch": "rate(1 minute)", "validation": "rate(1 hour)", "health": "rate(5 minutes)"}, named)

    pages = aws.cloudwatch.get_paginator("describe_alarms").paginate()
    alarms = [a["AlarmName"] for page in pages for a in page["MetricAlarms"]]
    wanted = [r for r in resources.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    check(f"all {len(wanted)} alarms", len(alarms) == len(wanted), len(alarms))
    json.loads(aws.cloudwatch.get_dashboard(DashboardName=STACK)["DashboardBody"])
    check("the dashboard is JSON", True)
    mails = aws.sns.list_subscriptions_by_topic(TopicArn=out["AlertTopic"])["Subscriptions"]
    check("the mail is subscribed", [m["Endpoint"] for m in mails] == ["ops@example.com"], mails)


def tick(name, minutes=0):
    """A scheduled event, as EventBridge sends it, so many minutes from now."""
    at = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() + 60 * minutes))
    return {
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "000000000000", "time": at, "region": "eu-central-1",
        "resources": [f"arn:aws:events:eu-central-1:000000000000:rule/{STACK}-{name}"], "detail": {},
    }


def invoke(aws, name, event):
    answer = aws.__getattr__("lambda").invoke(FunctionName=f"{STACK}-{name}", Payload=json.dumps(event).encode())
    body = answer["Payload"].read().decode()
    check(f"{name} starts and answers", "FunctionError" not in answer, body[:400])
    return body


def messages(aws, url):
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])


def driven(aws, out):
    item = aws.dynamodb.get_item(TableName=out["TableName"], Key={"pk": {"S": "HEALTH"}, "sk": {"S": "LATEST"}})
    check("health kept its report in the table", "Item" in item)
    for name in ("sync", "validation", "repair"):
        url = out[f"{name.capitalize()}QueueUrl"]
        aws.sqs.send_message(QueueUrl=url, MessageBody="no JSON at all", MessageGroupId="somebody")
        eventually(f"{name} takes a message that nobody can read", lambda u=url: messages(aws, u) == 0)
    eventually("the three are in quarantine", lambda: messages(aws, out["QuarantineUrl"]) == 3)
    got = aws.sqs.receive_message(QueueUrl=out["QuarantineUrl"], MessageAttributeNames=["All"], MaxNumberOfMessages=10).get("Messages", [])
    told = [set(m.get("MessageAttributes", {})) >= {"reason", "queue"} for m in got]
    check("with the reason and the queue beside them", bool(told) and all(told), got)
    aws.sqs.send_message(QueueUrl=out["SyncQueueUrl"], MessageBody=json.dumps({"v": 99, "calendar": "x"}), MessageGroupId="somebody")
    time.sleep(3)
    check("a newer version's message stays for newer code", messages(aws, out["SyncQueueUrl"]) == 1)


class Google:
    """The simulated one: an account with two calendars."""

    MAIN, SECOND = "me@example.com", "two@group.calendar.google.com"

    def __init__(self, address):
        self.address = address

    def _call(self, method, path, body=None):
        request = urllib.request.Request(f"{self.address}/calendar/v3/{path}", method=method)
        request.add_header("Authorization", "Bearer tok_test")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, json.dumps(body).encode() if body else None, timeout=20) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def insert(self, calendar, event):
        return self._call("POST", f"calendars/{calendar}/events", event)["id"]

    def delete(self, calendar, event):
        self._call("DELETE", f"calendars/{calendar}/events/{event}")

    def events(self, calendar):
        return self._call("GET", f"calendars/{calendar}/events")["items"]


def config(aws, google, out):
    return f"""
[google]
api = "{google.address}/calendar/v3"
token = "{google.address}/token"
[store]
endpoint = "{aws.endpoint}"
table = "{out["TableName"]}"
region = "eu-central-1"
key = "env:TIDELOCK_KEY"
[[user]]
name = "ann"
  [[user.account]]
  name = "work"
  client_id = "cid"
  client_secret = "sec"
  refresh_token = "1//good"
"""


def tidelock(binaries, command, file):
    environment = {**os.environ, "TIDELOCK_KEY": KEY}
    done = subprocess.run([binaries / "tidelock", command, "--config", file], env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def until(claim, aws, out, look, rounds=12):
    """Minutes pass, as the schedule has them, until it is as claimed. Nothing but the schedule starts anything."""
    minutes = getattr(until, "minutes", 0)
    for round_ in range(1, rounds + 1):
        body = aws.__getattr__("lambda").invoke(FunctionName=f"{STACK}-dispatch", Payload=json.dumps(tick("dispatch", minutes)).encode())
        body["Payload"].read()
        minutes += 1
        for _ in range(100):
            if messages(aws, out["SyncQueueUrl"]) == 0:
                break
            time.sleep(0.2)
        if look():
            check(f"{claim}, in {round_} minutes of the schedule", True)
            break
    else:
        check(claim, False, f"not within {rounds} minutes of the schedule")
    until.minutes = minutes


def kept_in_step(aws, google, out, binaries):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "tidelock.toml"
        file.write_text(config(aws, google, out))
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))
        event = {"summary": "Dentist", "start": {"dateTime": f"{day}T10:00:00Z"}, "end": {"dateTime": f"{day}T11:00:00Z"}}
        dentist = google.insert(google.MAIN, event)
        code, text = tidelock(binaries, "connect", file)
        check("a person is connected", code == 0, text)
        blocks = lambda: [e for e in google.events(google.SECOND) if e.get("status") != "cancelled"]  # noqa: E731
        until("the event is a block on the other calendar", aws, out, lambda: len(blocks()) == 1)
        shown = blocks()
        check("it says Busy and no more", bool(shown) and shown[0].get("summary") == "Busy" and "Dentist" not in json.dumps(shown), shown)
        google.delete(google.MAIN, dentist)
        until("the block goes with its event", aws, out, lambda: not blocks())
        invoke(aws, "health", tick("health"))
        code, text = tidelock(binaries, "status", file)
        check("status finds everything in order", code == 0, text)
        dead = [name for name in ("sync", "validation", "repair") if messages(aws, aws.sqs.get_queue_url(QueueName=f"{STACK}-{name}-dead-letters")["QueueUrl"])]
        check("there are no dead letters", not dead, dead)


def main():
    aws, google = Aws(sys.argv[1]), Google(sys.argv[2])
    translated, binaries = pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
    wait_until_it_listens(aws)
    template = json.loads(translated.read_text())
    out = deploy(aws, google.address, template, binaries)
    install_key(aws, template, out)
    made(aws, template, out)
    for name in ("dispatch", "validation", "health"):
        invoke(aws, name, tick(name))
    for name in ("sync", "repair"):
        invoke(aws, name, {"Records": []})
    kept_in_step(aws, google, out, binaries)
    driven(aws, out)
    print(f"{len(failures)} failed" if failures else "all as it should be")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
