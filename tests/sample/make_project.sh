#!/usr/bin/env bash
# Makes sample-data/checkout.headroom from the files beside it:  tests/sample/make_project.sh PROGRAM
set -euo pipefail
program=$(readlink -f "$1"); cd "$(dirname "$(readlink -f "$0")")/../../sample-data"
rm -f checkout.headroom
"$program" import checkout/metrics.csv checkout/outages.csv checkout/latency-buckets.json --project checkout.headroom --name Checkout \
  --service checkout --environment production --role production --tz Europe/Berlin --sla checkout/sla.yaml --limit 'disk_used_percent=80%' --limit 'cpu_percent=80%'
"$program" import checkout/load-test-1.8.jtl checkout/load-test-1.9.jtl checkout/load-test-1.8-prometheus.json checkout/load-test-1.9-prometheus.json \
  --project checkout.headroom --service checkout --environment staging --role test
"$program" import --scenario checkout/sale.yaml --scenario checkout/sale-bigger.yaml --project checkout.headroom
ls -l checkout.headroom
