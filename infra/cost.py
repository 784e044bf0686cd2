#!/usr/bin/env python3
"""What a month of Tidelock on AWS costs, from what is counted (infra/counts.json) and what AWS asks for it (PRICES).

    infra/cost.py            writes the table into infra/README.md, between its marks
    infra/cost.py --check    fails if the table there is not what would be written
    infra/cost.py --show     prints it only

The counts of calls and units are asserted by tests; times and sizes in counts.json are estimates, and say so.
Free tiers are left out: they make small installations cheaper than shown, and large ones not noticeably.
"""
import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
README = HERE / "README.md"
TEMPLATE = HERE.parent / "template.yaml"
BEGIN, END = "<!-- cost.py: begin -->", "<!-- cost.py: end -->"

# USD, US East (N. Virginia), before tax; other regions differ by up to a third. AWS's own pages could not be opened where this was
# written: Lambda, DynamoDB's units, SQS and CloudWatch were compared with guides of 2025 and 2026 that quote those pages; the
# rest is as remembered. Check them there before you rely on a figure.
# name: (price, of what, where AWS says so)
PRICES = {
    "lambda_gb_second": (0.0000133334, "GB-second on arm64, first tier", "https://aws.amazon.com/lambda/pricing/"),
    "lambda_request": (0.20e-6, "start of a function", "https://aws.amazon.com/lambda/pricing/"),
    "table_read": (0.125e-6, "read request unit, on demand", "https://aws.amazon.com/dynamodb/pricing/on-demand/"),
    "table_write": (0.625e-6, "write request unit, on demand", "https://aws.amazon.com/dynamodb/pricing/on-demand/"),
    "table_gb": (0.25, "GB of table a month", "https://aws.amazon.com/dynamodb/pricing/on-demand/"),
    "recovery_gb": (0.20, "GB of point-in-time recovery a month", "https://aws.amazon.com/dynamodb/pricing/on-demand/"),
    "queue_request": (0.40e-6, "request to a standard queue", "https://aws.amazon.com/sqs/pricing/"),
    "fair_request": (0.10e-6, "request with a message group on a standard queue, on top", "https://aws.amazon.com/sqs/pricing/"),
    "key": (1.00, "KMS key a month", "https://aws.amazon.com/kms/pricing/"),
    "key_request": (0.03 / 10_000, "KMS request", "https://aws.amazon.com/kms/pricing/"),
    "secret": (0.40, "secret a month", "https://aws.amazon.com/secrets-manager/pricing/"),
    "log_gb": (0.50, "GB of log taken in", "https://aws.amazon.com/cloudwatch/pricing/"),
    "log_gb_month": (0.03, "GB of log kept a month, compressed to a sixth", "https://aws.amazon.com/cloudwatch/pricing/"),
    "alarm": (0.10, "metric of an alarm a month", "https://aws.amazon.com/cloudwatch/pricing/"),
    "metric": (0.30, "metric of our own a month", "https://aws.amazon.com/cloudwatch/pricing/"),
    "dashboard": (3.00, "dashboard a month", "https://aws.amazon.com/cloudwatch/pricing/"),
}
PRICE_DATE = "as of 2026, see cost.py"

DAYS = 30
MINUTES = DAYS * 24 * 60
GB = 1e9
LOG_COMPRESSION = 6
# Lambda keeps five pollers on a queue whose event source has a maximum concurrency, each with long polls of 20 s.
POLLERS, POLLS_A_MINUTE = 5, 3
# One Decrypt for each role and key of a table or queue in five minutes: DynamoDB and SQS keep data keys for so long or longer.
KEY_USERS, KEY_MINUTES = 12, 5

SIZES = (10, 1_000, 100_000)


def from_template():
    """Metrics that alarms look at, and the names of our own metrics that the dashboard or an alarm knows."""
    text = TEMPLATE.read_text(encoding="utf-8")
    alarms = text[text.index("# ---- Alarms") : text.index("# ---- Queries")]
    watched = len(re.findall(r"^ +MetricName: ", alarms, re.M))
    memory = dict(re.findall(r"BuildProperties: \{ Binary: (\w+) \}.*?MemorySize: (\d+)", text, re.S))
    retention = int(re.search(r"LogRetentionDays:\n    Type: Number\n    Default: (\d+)", text)[1])
    return watched, {name: int(mb) / 1024 for name, mb in memory.items()}, retention


def own_metrics():
    """Metrics that every installation writes; those of single kinds of issues come and go."""
    code = (HERE.parent / "shared/src/metrics/line.rs").read_text(encoding="utf-8")
    names = re.findall(r'Self::\w+ => "[a-z_]+"', code)
    # `source` names its two values in the same form; parked_total is written by both sources.
    return len(names) - 2 + 1


class Month:
    """What happens in a month, in units that have a price."""

    def __init__(self, people, counts, gb):
        self.counts, self.gb = counts, gb
        c = counts
        self.users = people
        self.calendars = people * c["people"]["calendars_each"]
        self.rows = self.calendars * c["rows_per_calendar"]
        self.polls = self.calendars * MINUTES / c["poll"]["every_minutes"]
        self.changes = self.calendars * c["change"]["per_calendar_a_day"] * DAYS
        self.comparisons = self.calendars * c["comparison"]["runs_per_calendar_a_day"] * DAYS
        self.validations = self.users * c["stored_validation"]["runs_per_user_a_day"] * DAYS
        self.looks = MINUTES / c["health"]["every_minutes"]
        self.dispatches = MINUTES * c["dispatch"]["runs_a_minute"]
        self.syncs = self.polls + self.changes * c["change"]["messages"]
        self.messages = self.syncs + self.comparisons * c["comparison"]["messages"] + self.validations

    def reads(self):
        c = self.counts
        return {
            "polls": self.polls * c["poll"]["read_units"] + self.dispatches * self.wheel_units(),
            "changes": self.changes * c["change"]["read_units"],
            "health": self.looks * self.calendars * c["health"]["read_units_per_calendar"],
            "validation": DAYS * self.rows * (c["stored_validation"]["read_units_per_row"] + c["comparison"]["read_units_per_row"]),
        }

    def wheel_units(self):
        """A query costs one unit at least, and one for each 4 KB of entries."""
        dispatch = self.counts["dispatch"]
        return max(dispatch["read_units"], self.polls / MINUTES * dispatch["bytes_per_entry"] / 4096)

    def writes(self):
        c = self.counts
        return {
            "polls": self.polls * c["poll"]["write_units"] + self.calendars * DAYS * 24 * c["hourly_note"]["write_units"],
            "changes": self.changes * c["change"]["write_units"],
            "validation": self.comparisons * c["comparison"]["write_units"],
        }

    def google(self):
        c = self.counts
        list_pages = DAYS * self.rows * c["comparison"]["google_units_per_row"]
        return self.polls * c["poll"]["google_units"] + self.changes * c["change"]["google_units"] + max(list_pages, self.comparisons)

    def per_run(self):
        """Messages that one run of sync takes: a batch, if there is so much to do in a minute."""
        return max(1.0, min(self.counts["message"]["per_run"], self.syncs / MINUTES))

    def starts(self):
        return {
            "sync": self.syncs / self.per_run(),
            "dispatch": self.dispatches,
            "health": self.looks,
            "validation": self.comparisons + self.validations + DAYS * 24,
        }

    def gb_seconds(self):
        ms, gb = self.counts["milliseconds"], self.gb
        per_look = ms["health_run"] + 1000 * self.calendars / self.counts["health"]["calendars_per_second"]
        return {
            "sync": gb["sync"] * self.syncs * ms["sync_per_message"] / 1000,
            "dispatch": gb["dispatch"] * self.dispatches * (ms["dispatch_run"] + self.syncs / MINUTES) / 1000,
            "health": gb["health"] * self.looks * per_look / 1000,
            "validation": gb["validation"] * (self.comparisons * ms["comparison"] + DAYS * self.rows * ms["validation_per_row"]) / 1000,
        }

    def message_requests(self):
        return self.messages * self.counts["message"]["requests_per_run"] / self.per_run()

    @staticmethod
    def empty_polls():
        return 3 * POLLERS * POLLS_A_MINUTE * MINUTES

    def log_gb(self):
        size = self.counts["log_bytes"]
        return (sum(self.starts().values()) * size["per_run"] + self.syncs * size["per_sync"]) / GB

    def table_gb(self):
        size = self.counts["table"]
        # Sync records are kept for 30 days: those of one month.
        return (self.rows * size["bytes_per_row"] + self.changes * size["bytes_per_sync_record"]) / GB


def price(name, amount):
    return PRICES[name][0] * amount


def lines(month, watched, retention):
    """What each thing costs, in the order in which it is shown."""
    reads, writes = month.reads(), month.writes()
    run, start = month.gb_seconds(), month.starts()
    def table(part):
        return price("table_read", reads.get(part, 0)) + price("table_write", writes.get(part, 0))
    def functions(*names):
        return sum(price("lambda_gb_second", run[n]) + price("lambda_request", start[n]) for n in names)
    logs = month.log_gb()
    return {
        "functions: dispatch and sync": functions("dispatch", "sync"),
        "functions: health, validation, repair": functions("health", "validation"),
        "table: polls": table("polls"),
        "table: changes": table("changes"),
        "table: health": table("health"),
        "table: validation": table("validation"),
        "table: storage and recovery": price("table_gb", month.table_gb()) + price("recovery_gb", month.table_gb()),
        "queues": price("queue_request", month.message_requests() + month.empty_polls()) + price("fair_request", month.message_requests()),
        "key and secret": price("key", 1) + price("secret", 1) + price("key_request", KEY_USERS * MINUTES / KEY_MINUTES),
        "logs": price("log_gb", logs) + price("log_gb_month", logs * retention / DAYS / LOG_COMPRESSION),
        "alarms, metrics, dashboard": price("alarm", watched) + price("metric", own_metrics()) + price("dashboard", 1),
    }


def money(amount):
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:,.2f}"


def table_text(counts):
    watched, gb, retention = from_template()
    months = [Month(size, counts, gb) for size in SIZES]
    bills = [lines(month, watched, retention) for month in months]
    rows = [["USD a month"] + [f"{size:,} people" for size in SIZES], ["---"] + ["---:"] * len(SIZES)]
    rows += [[name] + [money(bill[name]) for bill in bills] for name in bills[0]]
    totals = [sum(bill.values()) for bill in bills]
    rows += [["**together**"] + [f"**{money(total)}**" for total in totals]]
    rows += [["a person"] + [f"{total / size:,.3f}" for total, size in zip(totals, SIZES)]]
    rows += [["Google units a minute, on average"] + [f"{month.google() / MINUTES:,.0f}" for month in months]]
    rows += [["syncs at once, on average"] + [f"{month.syncs * counts['milliseconds']['sync_per_message'] / 1000 / 60 / MINUTES:,.1f}" for month in months]]
    shown = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return f"{shown}\n\nPrices: US East (N. Virginia), {PRICE_DATE}, free tiers left out; {watched} metrics under alarms, {own_metrics()} of our own.\n"


def with_table(text, table):
    if BEGIN not in text or END not in text:
        sys.exit(f"{README}: the marks {BEGIN} and {END} are missing")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{table}{END}{rest.split(END, 1)[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    table = table_text(json.loads((HERE / "counts.json").read_text(encoding="utf-8")))
    if asked.show:
        print(table)
        return 0
    old = README.read_text(encoding="utf-8")
    new = with_table(old, table)
    if asked.check:
        if new != old:
            print("infra/README.md: the table of costs is not what counts and prices give; run infra/cost.py", file=sys.stderr)
        return int(new != old)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
