#!/usr/bin/env bash
# `tidelock up` with the functions' real binaries, from an empty folder until all is in order; then a stop that loses nothing.
# BINARIES: where they are (default: target/debug).
set -euo pipefail
cd "$(dirname "$0")/../.."
binaries=${BINARIES:-target/debug}
folder=$(mktemp -d)
"$binaries/tidelock" up --data "$folder" >"$folder/out" 2>"$folder/err" &
up=$!
trap 'kill -9 "$up" 2>/dev/null || true; rm -rf "$folder"' EXIT

# The first syncs wait for each other's calendars, and are asked for again a minute later.
in_order() { "$binaries/tidelock" status --config "$folder/up.toml" >"$folder/status" 2>&1; }
until in_order; do
  if [ "$SECONDS" -gt 200 ] || ! kill -0 "$up" 2>/dev/null; then
    cat "$folder/out" "$folder/err" "$folder/status"
    echo "it does not come in order" >&2
    exit 1
  fi
  sleep 2
done
cat "$folder/out" "$folder/status"
echo "in order after $SECONDS s"

kill -INT "$up"
wait "$up"
[ -s "$folder/google.json" ] || { echo "it did not save what the simulated Google remembers" >&2; exit 1; }
echo "stopped"
