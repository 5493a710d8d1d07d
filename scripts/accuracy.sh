#!/usr/bin/env bash
# Reproduces docs/accuracy.md: agreement with statsmodels and scikit-learn, false positives of drivers,
# and with --full the large fit too (4 GB of disk, a few minutes).
set -euo pipefail
cd "$(dirname "$0")/.."

: "${TRICHTER_PUBLISHED:?set it to the folder of the published data sets, see docs/published-data.md}"
python="${PYTHON:-}"
if [ -z "$python" ]; then
    folder="${XDG_CACHE_HOME:-$HOME/.cache}/trichter/python"
    [ -x "$folder/bin/python" ] || python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check -r scripts/requirements.txt
    python="$folder/bin/python"
fi
target="${CARGO_TARGET_DIR:-target}"
cargo build --quiet --locked --release --features bench --bins

"$python" scripts/accuracy.py "$target/release/trichter"
case "${1:-}" in
    --quick) "$target/release/bench-placebos" 100 ;;
    *) "$target/release/bench-placebos" 2000 ;;
esac
if [ "${1:-}" = --full ]; then
    "$python" scripts/scale.py
fi
