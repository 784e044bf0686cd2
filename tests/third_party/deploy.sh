#!/usr/bin/env bash
# Deploys template.yaml to ministack, an emulator that takes CloudFormation, and drives the table, queues and functions that it
# made: a person is connected, whose calendars at a simulated Google are brought in step by schedule and queues alone.
# Needs python3, PyPI, and everything built for this machine: cargo build --release --workspace --bins
#
#   tests/third_party/deploy.sh
#
# BINARIES         folder of the binaries (default: target/release)
# MINISTACK_VENV   keeps ministack between runs (default: a folder below the target folder)
set -euo pipefail
cd "$(dirname "$0")/../.."

binaries=${BINARIES:-${CARGO_TARGET_DIR:-target}/release}
for binary in dispatch sync validation repair health tidelock; do
  if [ ! -x "$binaries/$binary" ]; then
    echo "there is no $binaries/$binary: cargo build --release --workspace --bins" >&2
    exit 1
  fi
done

tools=$(.ci/template venv | tail -n 1)
venv=${MINISTACK_VENV:-${CARGO_TARGET_DIR:-target}/ministack-venv}
if [ ! -x "$venv/bin/ministack" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet ministack==1.5.33
fi

work=$(mktemp -d)
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
google=$(free_port)
# Functions run as children of ministack, and reach it by AWS_ENDPOINT_URL, which it gives them. It unpacks them where TMPDIR says
# and leaves them there: 130 MB a run.
TMPDIR=$work BIND_HOST=127.0.0.1 GATEWAY_PORT=$port LAMBDA_EXECUTOR=local SFTP_ENABLED=0 AWS_ENDPOINT_URL=http://127.0.0.1:$port \
  "$venv/bin/ministack" >"$work/ministack.log" 2>&1 &
server=$!
"$binaries/tidelock" simulator --port "$google" >"$work/google.log" 2>&1 &
simulator=$!

finish() {
  status=$?
  kill "$server" "$simulator" 2>/dev/null || true
  wait "$server" "$simulator" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then
    echo "-- ministack said:" >&2
    grep -vE '"(GET|POST|PUT) ' "$work/ministack.log" | tail -n 60 >&2 || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

"$tools/bin/python" infra/translate.py "$work/translated.json"
AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-central-1 \
  "$tools/bin/python" tests/third_party/deploy_check.py "http://127.0.0.1:$port" "http://127.0.0.1:$google" "$work/translated.json" "$binaries"
