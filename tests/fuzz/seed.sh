#!/bin/sh
# Fills tests/fuzz/corpus/<target> from tests/data: each file that is recognised, behind the byte that picks its format.
set -eu
cd "$(dirname "$0")/../.."
HEADROOM_CORPUS="$PWD/tests/fuzz/corpus" \
    cargo test --test headroom_tests odd_mutations::write_fuzz_seeds -- --ignored
