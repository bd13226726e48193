#!/usr/bin/env bash
# Feeds the program what people feed programs: tests/check/bad_input.sh PROGRAM [FOLDER_FOR_LARGE_FILES]
# Every case must end with exit code 2, one sentence that names the file, and a project that is byte for byte what it was.
# The 2 GB line needs that much room in the folder (default: the system's temporary folder).
set -uo pipefail
program=$(readlink -f "$1"); root=$(readlink -f "$(dirname "$0")/../.."); work=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/headroom-bad-XXXX")
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work"; failed=0
"$program" import "$root/sample-data/checkout/outages.csv" --project p.headroom -q || exit 2
before=$(sha256sum <p.headroom)
header=timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,grpThreads,allThreads,Latency
: >empty.csv
head -c 300000 /dev/urandom >binary.jtl
mkdir folder.csv
echo "$header" >header-only.jtl
{ echo "$header"; for i in $(seq 500); do echo "then,soon,GET /,200,OK,t 1-1,maybe,1,1,1,1"; done; } >every-row-broken.jtl
{ echo "$header"; echo "1795225245008,67,GET /,200,OK,t 1-1,true,402,2,2,67"; } | iconv -t UTF-16 >utf16.jtl
echo '{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\""}' >error.json
echo '{"status":"success","data":{"resultType":"matrix","result":[]}}' >no-series.json
echo '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"' >cut.json
printf 'Dear team,\nplease find the numbers attached.\n' >letter.txt
printf 'start,end,state\n' >no-outages.csv
printf 'start,end,state\nyesterday,today,down\n' >bad-outages.csv
cp "$root/sample-data/checkout/outages.csv" no-permission.csv; chmod 000 no-permission.csv
{ printf '%s\n' "$header"; head -c 2147483648 /dev/zero | tr '\0' a; } >one-long-line.jtl

run() { # FILE
  local out code peak
  out=$(/usr/bin/time -f '%M' -o peak "$program" import "$1" --project p.headroom -q 2>&1); code=$?; peak=$(($(tail -1 peak) / 1024))
  local verdict=ok
  [ $code -eq 2 ] || verdict="FAILED (exit $code)"
  [[ $out == *"$1"* ]] || verdict="FAILED (does not name the file)"
  [ "$(sha256sum <p.headroom)" = "$before" ] || verdict="FAILED (the project changed)"
  [ "$verdict" = ok ] || failed=1
  printf '%-22s %s, %d MB: %s\n' "$1" "$verdict" "$peak" "$out"
}
for file in empty.csv binary.jtl folder.csv header-only.jtl every-row-broken.jtl utf16.jtl error.json no-series.json cut.json letter.txt no-outages.csv bad-outages.csv missing.csv one-long-line.jtl; do run "$file"; done
if [ "$(id -u)" -eq 0 ]; then echo "no-permission.csv      not tried: root may read everything"; else run no-permission.csv; fi
exit $failed
