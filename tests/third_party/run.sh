#!/bin/sh
# Third-party clients against the simulator: Google's Python client and gcal_sync. Fails on any FAIL or SKIP.
#
#   tests/third_party/run.sh [PORT]
#
# SIMULATOR_COMMAND   how to start the simulator; "--port PORT" is appended
# VENV                folder of the Python environment, made if it is not there
set -eu

here=$(cd "$(dirname "$0")" && pwd)
port=${1:-4599}
base=http://127.0.0.1:$port
command=${SIMULATOR_COMMAND:-cargo run -q --bin tidelock -- simulator}
venv=${VENV:-$here/../../target/venv-third-party}
work=$(mktemp -d)
simulator=

finish() {
    status=$?
    if [ -n "$simulator" ]; then
        kill "$simulator" 2>/dev/null || true
        wait "$simulator" 2>/dev/null || true
    fi
    if [ "$status" -ne 0 ] && [ -s "$work/simulator.log" ]; then
        echo "-- the simulator said:" >&2
        tail -n 40 "$work/simulator.log" >&2
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

if ! [ -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"

cd "$here/../.."
# exec: the process that is stopped at the end is the simulator, not a shell around it.
sh -c "exec $command --port $port" >"$work/simulator.log" 2>&1 &
simulator=$!

answers() {
    "$venv/bin/python" -c "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 1)" "$port" 2>/dev/null
}
# The first start may have to compile.
left=600
until answers; do
    left=$((left - 1))
    if [ "$left" -le 0 ] || ! kill -0 "$simulator" 2>/dev/null; then
        echo "the simulator did not start on port $port: $command --port $port" >&2
        exit 1
    fi
    sleep 1
done

python=$venv/bin/python
"$python" "$here/discovery2jsonschema.py" "$here/calendar.v3.json" "$work/schema.json" >/dev/null
"$python" "$here/official_client_check.py" --base "$base" --doc "$here/calendar.v3.json" --schema "$work/schema.json" \
    --token tok_test --token-uri "$base/token" --refresh-token 1//good --client-id cid --client-secret sec
"$python" "$here/gcal_sync_check.py" "$base"
