"""Holds the furniture job's response model to the truth behind its lake, over many seeds.

Usage: python scripts/furniture_accuracy.py PROGRAM FIRST_SEED LAST_SEED

Makes each world, runs the job, and compares channel_performance with truth_channels: median relative error
of ROAS (the channel without effect left out), coverage of 90 % intervals, mean interval score, the share of the
channel without effect, and the signs of outside drivers. Two truths stand side by side: what a channel brings on its own and
by way of search, and the same with its part in the synergy, which is what would be lost without it.
"""

import collections
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import duckdb

SIGNS = {
    "own_price": -1,
    "market_demand": 1,
    "competitor_price": 1,
    "competitor_ads": -1,
    "consumer_confidence": 1,
    "heat": -1,
    "rain": 1,
    "holidays": -1,
}


def one_seed(program: str, seed: int, folder: pathlib.Path) -> tuple[list, list]:
    """Channels with their truths, and drivers with their effects."""
    environment = os.environ | {"TRICHTER_LAKE": str(folder / "lake"), "TRICHTER_MARTS": str(folder / "marts")}
    subprocess.run([program, "demo", "--seed", str(seed)], check=True, env=environment, capture_output=True)
    current = folder / "marts/furniture/current"
    channels = duckdb.sql(f"""
        select p.channel, p.roas, p.roas_lower, p.roas_upper, p.outcome_share, t.roas as own,
            case when t.spend > 0 then (t.incremental_outcome + t.synergy_outcome) / t.spend end as lost
        from '{current}/channel_performance/*.parquet' as p
        join '{folder}/lake/furniture_truth/truth_channels/*.parquet' as t
            on t.channel = p.channel and t.region = 'ALL' and t.window_end - t.window_start = 156 * 7
        where p.unit = ''
    """).fetchall()
    drivers = duckdb.sql(f"""
        select driver, effect from '{current}/driver_effects/*.parquet' where model = 'revenue_response'
    """).fetchall()
    return channels, drivers


def main() -> None:
    program, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    errors = {"own": [], "lost": []}
    covered = {"own": [], "lost": []}
    scores = {"own": [], "lost": []}
    by_channel = collections.defaultdict(list)
    nothing: list[float] = []
    right: collections.Counter = collections.Counter()
    for seed in range(first, last + 1):
        with tempfile.TemporaryDirectory() as folder:
            channels, drivers = one_seed(program, seed, pathlib.Path(folder))
        for channel, roas, lower, upper, share, own, lost in channels:
            for name, truth in (("own", own), ("lost", lost)):
                missed = max(0, lower - truth) + max(0, truth - upper)
                scores[name].append(upper - lower + 20 * missed)
                if own > 0:
                    errors[name].append(abs(roas / truth - 1))
                    covered[name].append(missed == 0)
            if own > 0:
                by_channel[channel].append(roas / lost - 1)
            else:
                nothing.append(share)
        for driver, effect in drivers:
            right[driver] += effect * SIGNS[driver] > 0
        print(f"seed {seed}: {len(channels)} channels", file=sys.stderr)
    for name, meaning in (("own", "own and by way of search"), ("lost", "with its part in the synergy")):
        print(
            f"{meaning}: median error {statistics.median(errors[name]):.3f}, coverage "
            f"{statistics.mean(covered[name]):.3f}, interval score {statistics.mean(scores[name]):.2f}"
        )
    for channel, found in sorted(by_channel.items()):
        print(f"  {channel:12} bias {statistics.mean(found):+.2f}, median error {statistics.median(map(abs, found)):.2f}")
    nothing.sort()
    ninth = nothing[min(len(nothing) - 1, len(nothing) * 9 // 10)]
    print(f"channel without effect, share of the outcome: median {statistics.median(nothing):.4f}, 90 % {ninth:.4f}")
    print("right signs: " + ", ".join(f"{driver} {right[driver]}/{last - first + 1}" for driver in SIGNS))


if __name__ == "__main__":
    main()
