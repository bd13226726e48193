#!/bin/sh
# headroom stats against DuckDB and polars (Python) on one JMeter file, side by side in one go.
#
#     tests/bench/stats_vs_peers.sh [ROWS] [RUNS]
#
# The file (made from a seed) and the Python packages are kept in a cache folder outside the repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
rows=${1:-10000000}
runs=${2:-5}
cache=${HEADROOM_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/headroom-bench}
mkdir -p "$cache"

(cd "$root" && cargo build --release --locked --bins)
program=${CARGO_TARGET_DIR:-$root/target}/release/headroom

if [ ! -x "$cache/venv/bin/python" ]; then
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet duckdb polars
fi
"$cache/venv/bin/python" -c 'import duckdb, polars; print("DuckDB", duckdb.__version__, "· polars", polars.__version__)'

file=$cache/results-$rows.csv
if [ ! -s "$file" ]; then
    echo "making $rows rows …"
    python3 "$here/make_jtl.py" "$rows" "$file.part" 1
    mv "$file.part" "$file"
fi
cat "$file" > /dev/null
"$cache/venv/bin/python" "$here/peers.py" race "$file" "$program" "$runs"
