#!/usr/bin/env bash
# Runs the store's tests, and the command's own on it, against ministack, a second and independent DynamoDB, over HTTP on a free loopback port.
# Needs python3 and PyPI. MINISTACK_VENV keeps the environment between runs (default: a folder below the target folder).
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=${MINISTACK_VENV:-${CARGO_TARGET_DIR:-target}/ministack-venv}
if [ ! -x "$venv/bin/ministack" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet ministack==1.5.33
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$(mktemp)
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port LAMBDA_EXECUTOR=local SFTP_ENABLED=0 "$venv/bin/ministack" >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT

python3 - "$port" <<'PY' || { cat "$log" >&2; exit 1; }
import socket, sys, time
for _ in range(300):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.1)
sys.exit("ministack did not start")
PY

TIDELOCK_TEST_DYNAMODB="http://127.0.0.1:$port" cargo test --locked --workspace -- store:: any_dynamodb "$@"
