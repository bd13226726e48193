#!/bin/sh
# Builds one fuzz target and runs it: tests/fuzz/run.sh TARGET [SECONDS]
# Findings stay in tests/fuzz/artifacts. The ordinary compiler will do: only a sanitizer would need a nightly one.
set -eu
target=${1:?name a target: load_tests, metrics, access_logs, uptime, traces, tables or detection}
seconds=${2:-300}
cd "$(dirname "$0")"
[ -d "corpus/$target" ] || ./seed.sh
[ -e Cargo.lock ] || cp ../../Cargo.lock .
CARGO_INCREMENTAL=0 RUSTC_WRAPPER="$PWD/edges.sh" cargo build --bin "$target"
mkdir -p artifacts
built=${CARGO_TARGET_DIR:-target}/debug/$target
exec "$built" "corpus/$target" -artifact_prefix="artifacts/$target-" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=20 \
  -max_len=200000 -print_final_stats=1
