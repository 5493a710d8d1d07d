#!/usr/bin/env bash
# Writes the files that are generated from the types: schemas for editors, reference pages for people.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet
trichter="${CARGO_TARGET_DIR:-target}/debug/trichter"
mkdir -p config/schema docs/reference
for of in job config; do
    "$trichter" schema "$of" > "config/schema/$of.schema.json"
done
for of in job config tables; do
    "$trichter" schema "$of" --format markdown > "docs/reference/$of.md"
done
