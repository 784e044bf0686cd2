#!/usr/bin/env python3
"""What no linter knows of template.yaml: its alarms have their sections in the runbook and a reason, and its dashboard is
JSON that names only what there is.

    infra/check.py TRANSLATED      (infra/translate.py writes it)
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = re.compile(r"\$\{([A-Za-z0-9:]+)(?:\.[A-Za-z]+)?\}")


def anchors(markdown):
    return {re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in re.findall(r"^#+ (.+)$", markdown, re.M)}


def alarms(resources):
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == "AWS::CloudWatch::Alarm"}


def alarm_problems(resources, sections):
    for name, alarm in alarms(resources).items():
        text, own = alarm["AlarmDescription"], alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        if not re.fullmatch(r".{20,}\. See docs/runbook\.md#[a-z-]+", text):
            yield f"{name}: gives no reason or no section: {text}"
        elif text.rsplit("#", 1)[1] != own:
            yield f"{name}: is called {own} and leads to another section"
        elif own not in sections:
            yield f"{name}: docs/runbook.md has no section {own}"
        if not alarm.get("AlarmActions") or "TreatMissingData" not in alarm:
            yield f"{name}: tells nobody, or leaves open what missing data means"


def dashboard_problems(template):
    body, values = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    known = set(template["Resources"]) | set(template["Parameters"]) | set(values) | {"AWS::Region", "AWS::StackName", "AWS::Partition", "AWS::AccountId"}
    for name in sorted(set(PLACE.findall(body)) - known):
        yield f"Dashboard: there is no {name}"
    board = json.loads(PLACE.sub("1", body))
    shown = {arn.rsplit("alarm:1-", 1)[1] for w in board["widgets"] if w["type"] == "alarm" for arn in w["properties"]["alarms"]}
    there = {a["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-") for a in alarms(template["Resources"]).values()}
    for name in sorted(shown ^ there):
        yield f"Dashboard: {name} is an alarm that is not shown, or is shown and is none"


def metric_names():
    code = (ROOT / "shared/src/metrics/line.rs").read_text(encoding="utf-8")
    return set(re.findall(r'Self::\w+ => "([a-z_]+)"', code))


def metric_problems(template):
    """Every metric of namespace Tidelock is one that the code writes."""
    text = json.dumps(template)
    used = set(re.findall(r'\\"Tidelock\\", \\"([a-z_]+)\\"', text))
    for alarm in alarms(template["Resources"]).values():
        stats = [alarm] + [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        used |= {s["MetricName"] for s in stats if s.get("Namespace") == "Tidelock"}
    for name in sorted(used - metric_names()):
        yield f"metric {name} is written by nobody"
    if not used:
        yield "no metric of ours is used: this check looks in the wrong place"


def main():
    template = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    sections = anchors((ROOT / "docs/runbook.md").read_text(encoding="utf-8"))
    problems = [*alarm_problems(template["Resources"], sections), *dashboard_problems(template), *metric_problems(template)]
    print("\n".join(problems) or f"{len(alarms(template['Resources']))} alarms, each with its reason and section")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
