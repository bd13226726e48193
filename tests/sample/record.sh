#!/usr/bin/env bash
# Records the real part of sample-data/checkout: JMeter 2.13 and Prometheus 2.42 (Debian's packages) against tests/sample/server.py.
#   tests/sample/record.sh sample-data/checkout
# Everything stays on 127.0.0.1; each run ends by itself after about two and a half minutes.
set -euo pipefail
out=$(readlink -f "$1"); here=$(dirname "$(readlink -f "$0")"); work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
home=/usr/share/jmeter
classpath="$work:$home/bin/ApacheJMeter.jar:$(printf '%s:' $home/lib/*.jar $home/lib/ext/*.jar)"
javac -nowarn -d "$work" -cp "$classpath" "$here/LoadTest.java"
opens=(); for package in java.util java.lang java.text java.lang.reflect; do opens+=(--add-opens "java.base/$package=ALL-UNNAMED"); done
opens+=(--add-opens java.desktop/java.awt.font=ALL-UNNAMED)

record() { # NAME SLOWDOWN
  python3 "$here/server.py" 18080 "$2" & local server=$!
  cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 5s}
scrape_configs: [{job_name: checkout, static_configs: [{targets: ["127.0.0.1:18080"]}]}]
YAML
  rm -rf "$work/data"
  prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address=127.0.0.1:19090 >"$work/prometheus.log" 2>&1 & local prometheus=$!
  sleep 12
  local begin; begin=$(date +%s)
  rm -f "$work/run.csv"
  (cd "$work" && java "${opens[@]}" -Djava.awt.headless=true -cp "$classpath" LoadTest $home 18080 "$work/run.csv" 15 1 1 2 4 4 4 8 8 16)
  sleep 6
  mv "$work/run.csv" "$out/load-test-$1.jtl"
  curl -sfG "http://127.0.0.1:19090/api/v1/query_range" --data-urlencode 'query={job="checkout",__name__=~"http_request.*"}' \
    -d "start=$((begin - 10))" -d "end=$(date +%s)" -d step=5 >"$out/load-test-$1-prometheus.json"
  kill $server $prometheus; wait $server $prometheus 2>/dev/null || true
}
record 1.8 1.0
record 1.9 1.35
ls -l "$out"
