#!/usr/bin/env python3
"""Writes template.yaml as CloudFormation sees it: without SAM's short forms, as JSON.

    infra/translate.py OUT

CloudFormation makes this translation itself. Here it serves to lint what will really be deployed, and to give it to an
emulator that knows no SAM. Needs aws-sam-translator (it comes with aws-sam-cli); no account and no network. The code of
the functions is <function>.zip in a bucket `code`.
"""
import argparse
import json
import os
import pathlib
import sys

# The translator asks for a region, and for nothing else of AWS.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent


class NoManagedPolicies:
    """No role of ours uses one of AWS's own policies."""

    @staticmethod
    def load():
        return {}


def translated(template):
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": "code", "Key": f"{name.lower()}.zip"}
            # For `sam build` only.
            resource.pop("Metadata", None)
    return transform(template, {}, NoManagedPolicies())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("out", type=pathlib.Path)
    out = arguments.parse_args().out
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    out.write_text(json.dumps(translated(template), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
