#!/usr/bin/env bash
# One run of the whole program as a person would use it: tests/check/end_to_end.sh PROGRAM
# Imports the sample, judges, forecasts, reports; opens the desktop under a virtual display, uses it, kills it, opens it again.
set -euo pipefail
program=$(readlink -f "$1"); root=$(readlink -f "$(dirname "$0")/../.."); sample=$root/sample-data/checkout
work=$(mktemp -d); pids=()
export HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_DATA_HOME=$work/home/data XDG_RUNTIME_DIR=$work/run LIBGL_ALWAYS_SOFTWARE=1
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"; chmod 700 "$XDG_RUNTIME_DIR"; unset WAYLAND_DISPLAY || true
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"; }
trap cleanup EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
expect() { # CODES NAME COMMAND…   (codes: those allowed, separated by |)
  local codes=$1 name=$2 code=0; shift 2
  "$@" >"$work/out" 2>"$work/err" || code=$?
  [[ "|$codes|" == *"|$code|"* ]] || { cat "$work/err" >&2; fail "$name ended with $code, not $codes"; }
  echo "ok: $name (exit $code)"
}
json() { python3 -c "import json,sys; d=json.load(open('$work/out')); assert $1, d if len(str(d))<2000 else 'see the command'" || fail "$1"; }

project=$work/checkout.headroom
expect 0 "formats" "$program" formats
expect 0 "stats" "$program" stats "$sample/load-test-1.8.jtl" --json
json "d['total']['count'] > 10000 and d['files'][0]['rejected'] == 0 and d['total']['p95_ms'] > 0"
expect 0 "import" "$program" import "$sample"/*.csv "$sample"/*.json "$sample"/*.jtl --project "$project" --sla "$sample/sla.yaml" --limit 'cpu_percent=80%' --limit 'disk_used_percent=80%' --json
json "len(d['sources']) == 7"
expect 1 "sla, October" "$program" sla --project "$project" --period 2026-10 --json
json "d['verdict'] == 'breached' and {o['name'] for o in d['objectives'] if o['verdict'] == 'met'}"
expect '0|1' "forecast" "$program" forecast --project "$project" --series disk_used_percent --capacity 80% --json
json "d['capacity']['crossing']['p50'] and len(d['points']) == 90"
expect 0 "report, month" "$program" report --project "$project" --period 2026-10 -o "$work/october.xlsx"
expect 0 "report, quarter" "$program" report --project "$project" --period 2026-Q3 -o "$work/q3.xlsx"
[ "$(head -c 2 "$work/october.xlsx")" = PK ] || fail "the workbook is not a workbook"
: >"$work/empty.csv"
expect 2 "an empty file" "$program" stats "$work/empty.csv" --json
json "d['error']['file'].endswith('empty.csv') and d['error']['kind'] == 'empty-file'"
mkdir "$work/nothing"
expect 2 "a folder without files" "$program" stats "$work/nothing" --json
json "d['error']['file'].endswith('nothing') and d['error']['message']"
expect 0 "a folder of files" "$program" stats "$sample" --json
json "d['total']['count'] > 10000 and len(d['files']) >= 7"
expect 0 "a screenshot without a display" "$program" "$project" --screen overview --screenshot "$work/overview.png" --size 1280x800
[ "$(stat -c %s "$work/overview.png")" -gt 20000 ] || fail "the screenshot is empty"

number=90; while [ -e /tmp/.X$number-lock ]; do number=$((number + 1)); done
Xvfb :$number -screen 0 1280x800x24 >/dev/null 2>&1 & pids+=($!)
export DISPLAY=:$number
for _ in $(seq 100); do xdotool getdisplaygeometry >/dev/null 2>&1 && break; sleep .1; done
open_window() {
  "$program" "$project" >"$work/desktop.log" 2>&1 & desktop=$!; pids+=($desktop)
  for _ in $(seq 200); do
    window=$(xdotool search --onlyvisible --name Headroom 2>/dev/null | tail -1) && [ -n "$window" ] && return
    kill -0 $desktop 2>/dev/null || { cat "$work/desktop.log" >&2; fail "the desktop ended"; }
    sleep .1
  done
  cat "$work/desktop.log" >&2; fail "no window"
}
open_window
sleep 4
xdotool windowfocus "$window" 2>/dev/null || true
for key in ctrl+2 ctrl+3 ctrl+4 ctrl+6 ctrl+1; do xdotool key --window "$window" $key; sleep .7; done
import -window root "$work/desktop.png"
colours=$(identify -format '%k' "$work/desktop.png")
[ "$colours" -gt 100 ] || fail "the window shows next to nothing ($colours colours)"
kill -0 $desktop 2>/dev/null || fail "the desktop died while it was used"
kill -9 $desktop; wait $desktop 2>/dev/null || true
expect 1 "the project after a kill" "$program" sla --project "$project" --period 2026-10 --json
open_window
sleep 2
before=$(awk '{print $14 + $15}' /proc/$desktop/stat); sleep 3; after=$(awk '{print $14 + $15}' /proc/$desktop/stat)
echo "idle for 3 s: $(((after - before) * 10)) ms of processor time"
kill $desktop; wait $desktop 2>/dev/null || true
echo "end to end: all well"
