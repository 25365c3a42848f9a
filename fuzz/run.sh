#!/usr/bin/env bash
# Builds a fuzz target with the coverage counters that libFuzzer reads, and runs it: run.sh TARGET [FLAG...].
set -euo pipefail
cd "$(dirname "$0")"
target=${1:?which target: frame, message or batch}
shift
triple=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
cargo build --release --target "$triple" --bin "$target"
mkdir -p "found/$target"
"${CARGO_TARGET_DIR:-target}/$triple/release/$target" -artifact_prefix=found/ "found/$target" "seeds/$target" "$@"
