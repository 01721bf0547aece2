#!/usr/bin/env bash
# Runs your tests beside a double, and ends as they end:  ./shell.sh ./your-tests.sh
# They find the double at MESSAGING_DOUBLE_URL; what it has to say is in double.log.
set -euo pipefail

folder=$(mktemp -d)
export MESSAGING_DOUBLE_PORT=0 MESSAGING_DOUBLE_PORT_FILE="$folder/port.txt"
messaging-double serve >double.log 2>&1 &
double=$!
trap 'kill "$double" 2>/dev/null || true; wait "$double" || true; rm -r "$folder"' EXIT

messaging-double health --wait 30
MESSAGING_DOUBLE_URL="http://127.0.0.1:$(cat "$MESSAGING_DOUBLE_PORT_FILE")"
export MESSAGING_DOUBLE_URL
"$@"
