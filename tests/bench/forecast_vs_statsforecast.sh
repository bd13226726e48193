#!/bin/sh
# headroom forecast --batch beside statsforecast (Python) on the same panels: accuracy, ranges and speed, one table.
#
#     tests/bench/forecast_vs_statsforecast.sh [DATA] [OPTIONS of forecast_vs_statsforecast.py]
#
# DATA is the folder with forecasting/ and metrics/ (../shared/data). The Python packages and statsforecast's results are
# kept in a cache folder outside the repository; its first run takes the better part of an hour.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
data=${1:-$root/../shared/data}
[ $# -gt 0 ] && shift
cache=${HEADROOM_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/headroom-bench}
mkdir -p "$cache"

(cd "$root" && cargo build --release --locked --bins)
program=${CARGO_TARGET_DIR:-$root/target}/release/headroom

if [ ! -x "$cache/forecast-venv/bin/python" ]; then
    python3 -m venv "$cache/forecast-venv"
    "$cache/forecast-venv/bin/pip" install --quiet statsforecast
fi
export OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1
"$cache/forecast-venv/bin/python" -c 'import statsforecast; print("statsforecast", statsforecast.__version__)'
"$cache/forecast-venv/bin/python" "$here/forecast_vs_statsforecast.py" "$data" "$cache/statsforecast" \
    --headroom "$program" "$@"
