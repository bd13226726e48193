#!/bin/sh
# Cargo's wrapper of the compiler: counts edges (libFuzzer's coverage) in what reads files, and nowhere else.
# Counting them in all dependencies takes hours on two cores and tells the fuzzer about fonts and windows.
for word in "$@"; do
  if [ "$previous" = --crate-name ]; then crate=$word; break; fi
  previous=$word
done
case ${crate-} in
  headroom | sonic_rs | sonic_number | calamine | zip | tar | base64 | csv_core | load_tests | metrics | access_logs | uptime | traces | tables | detection)
    exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
      -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing ;;
esac
exec "$@"
