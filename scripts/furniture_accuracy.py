"""Holds the furniture job's response model to the truth behind its lake, over many seeds.

Usage: python scripts/furniture_accuracy.py PROGRAM FIRST_SEED LAST_SEED

Makes each world, runs the job, and compares channel_performance with truth_channels: median relative error
of ROAS (the channel without effect left out), coverage of 90 % intervals, mean interval score, the share of the
channel without effect, and the signs of outside drivers. Two truths stand side by side: what a channel brings on its own and
by way of search, and the same with its part in the synergy, which is what would be lost without it.

Beside it stands plain ridge regression with a block bootstrap, fitted on the same published tables: what one would
do without this program. Carry-over and saturation of each channel are chosen on
held-out weeks.
"""

import collections
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import duckdb
import numpy as np

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

# The 156 weeks before the demo's end.
WINDOW = ("--start", "2022-01-03", "--end", "2024-12-30")
RETENTIONS = (0.0, 0.3, 0.5, 0.7, 0.85)
# Pressure of half the response, in multiples of a channel's mean; infinite for a straight line.
HALVES = (0.5, 1.0, 2.0, 4.0, np.inf)
PENALTIES = 10.0 ** np.arange(-4, 3)
BLOCK = 13
RESAMPLES = 200
SWEEPS = 2


def panel(folder: pathlib.Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Weeks, inhabitants, revenue and controls and spend per inhabitant of the model's 156 weeks, row by row."""
    tables = folder / "marts/furniture/tables"
    drivers = ", ".join(SIGNS)
    weekly = duckdb.sql(f"""
        select week, region, inhabitants_thousands as size, revenue, {drivers}
        from '{tables}/weekly_panel/*/*.parquet' order by region, week
    """).df()
    spend = duckdb.sql(f"""
        pivot (
            select week, region, channel, cast(spend as double) as spend from '{tables}/media/*/*.parquet'
            union all
            select week, region, 'field_sales', cast(cost as double)
            from '{folder}/lake/furniture/crm/sales_effort/**/*.parquet'
        ) on channel using sum(spend) group by week, region
    """).df()
    data = weekly.merge(spend, on=["week", "region"], how="left").fillna(0.0).sort_values(["region", "week"])
    channels = [name for name in spend.columns if name not in ("week", "region")]
    size = data["size"].to_numpy()
    week = data["week"].rank(method="dense").to_numpy()
    turn = 2 * np.pi * week / 52.18
    waves = [wave(turn * times) for times in (1, 2, 3) for wave in (np.sin, np.cos)]
    regions = [data["region"].to_numpy() == region for region in data["region"].unique()]
    controls = np.column_stack([*regions, week, *waves, *(data[driver] for driver in SIGNS)]).astype(float)
    return week, size, data["revenue"].to_numpy() / size, controls, data[channels].to_numpy() / size[:, None], channels


def ridge(folder: pathlib.Path, seed: int) -> dict[str, tuple[float, float, float]]:
    """ROAS with 90 % intervals by channel.

    Carry-over and saturation, channel by channel, and the penalty are chosen on held-out blocks of weeks; then blocks are
    resampled.
    """
    week, size, outcome, controls, spend, channels = panel(folder)
    block = ((week - 1) // BLOCK).astype(int)
    starts = set(np.flatnonzero(np.diff(week, prepend=np.inf) < 0).tolist())
    free = controls.shape[1]

    def carried(retention: float) -> np.ndarray:
        felt = np.zeros_like(spend)
        for row in range(len(spend)):
            before = 0.0 if row in starts else retention * felt[row - 1]
            felt[row] = (1 - retention) * spend[row] + before
        return felt / felt.mean(axis=0)

    def saturated(felt: np.ndarray, half: float) -> np.ndarray:
        return felt if np.isinf(half) else felt / (felt + half)

    def products(columns: np.ndarray) -> np.ndarray:
        rows = np.column_stack([controls, columns, outcome])
        return np.stack([rows[block == at].T @ rows[block == at] for at in range(block.max() + 1)])

    def left(product: np.ndarray) -> np.ndarray:
        """What controls leave of each channel's square."""
        inner, cross = product[:free, :free], product[:free, free:-1]
        explained = cross * np.linalg.lstsq(inner, cross)[0]
        return np.diag(product)[free:-1] - explained.sum(axis=0)

    def solve(product: np.ndarray, penalty: float, scale: np.ndarray) -> np.ndarray:
        # A resample may leave a control without variation.
        penalties = np.diag(np.concatenate([np.zeros(free), penalty * scale]))
        return np.linalg.lstsq(product[:-1, :-1] + penalties, product[:-1, -1])[0]

    def missed(of_blocks: np.ndarray, penalty: float, scale: np.ndarray) -> float:
        error = 0.0
        for held in of_blocks:
            weights = np.append(solve(of_blocks.sum(axis=0) - held, penalty, scale), -1.0)
            error += weights @ held @ weights
        return error

    # One channel after the other, twice; the penalty in between.
    responses = {
        (retention, half): saturated(felt, half)
        for retention in RETENTIONS
        for felt in (carried(retention),)
        for half in HALVES
    }
    shapes = [(0.5, np.inf)] * len(channels)
    penalty = 0.01

    def design() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        columns = np.column_stack([responses[shape][:, at] for at, shape in enumerate(shapes)])
        of_blocks = products(columns)
        return of_blocks, left(of_blocks.sum(axis=0)), columns

    for _ in range(SWEEPS):
        for at in range(len(channels)):
            errors = {}
            for shape in responses:
                shapes[at] = shape
                of_blocks, scale, _ = design()
                errors[shape] = missed(of_blocks, penalty, scale)
            shapes[at] = min(errors, key=errors.get)
        of_blocks, scale, columns = design()
        penalty = min(PENALTIES, key=lambda choice: missed(of_blocks, choice, scale))
    # What a unit of coefficient brings per unit of spend.
    returns = (columns * size[:, None]).sum(axis=0) / (spend * size[:, None]).sum(axis=0)
    random = np.random.default_rng(seed)
    draws = [
        returns * solve(of_blocks[random.integers(len(of_blocks), size=len(of_blocks))].sum(axis=0), penalty, scale)[free:]
        for _ in range(RESAMPLES)
    ]
    middle = returns * solve(of_blocks.sum(axis=0), penalty, scale)[free:]
    lower, upper = np.quantile(draws, (0.05, 0.95), axis=0)
    return {
        channel: (float(middle[at]), float(lower[at]), float(upper[at])) for at, channel in enumerate(channels)
    }


def one_seed(program: str, seed: int, folder: pathlib.Path) -> tuple[list, list]:
    """Channels with their truths, and drivers with their effects."""
    environment = os.environ | {"TRICHTER_LAKE": str(folder / "lake"), "TRICHTER_MARTS": str(folder / "marts")}
    # The window holds every week of the model, so that the panel which the peer needs is published too.
    for command in (["demo", "--seed", str(seed), "--data-only"], ["run", "jobs/furniture.yaml", *WINDOW]):
        subprocess.run([program, *command], check=True, env=environment, capture_output=True)
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
    judged: dict = collections.defaultdict(lambda: {"errors": [], "covered": [], "scores": []})
    by_channel = collections.defaultdict(list)
    nothing: list[float] = []
    right: collections.Counter = collections.Counter()
    for seed in range(first, last + 1):
        with tempfile.TemporaryDirectory() as folder:
            channels, drivers = one_seed(program, seed, pathlib.Path(folder))
            peers = ridge(pathlib.Path(folder), seed)
        for channel, roas, lower, upper, share, own, lost in channels:
            for who, (value, low, high) in (("here", (roas, lower, upper)), ("ridge", peers[channel])):
                for meaning, truth in (("own", own), ("lost", lost)):
                    judge(judged[who, meaning], value, low, high, truth)
            if own > 0:
                by_channel[channel].append(roas / lost - 1)
            else:
                nothing.append(share)
        for driver, effect in drivers:
            right[driver] += effect * SIGNS[driver] > 0
        print(f"seed {seed}: {len(channels)} channels", file=sys.stderr)
    for meaning, words in (("own", "own and by way of search"), ("lost", "with its part in the synergy")):
        for who in ("here", "ridge"):
            found = judged[who, meaning]
            print(
                f"{words}, {who}: median error {statistics.median(found['errors']):.3f}, coverage "
                f"{statistics.mean(found['covered']):.3f}, interval score {statistics.mean(found['scores']):.2f}"
            )
    for channel, found in sorted(by_channel.items()):
        print(f"  {channel:12} bias {statistics.mean(found):+.2f}, median error {statistics.median(map(abs, found)):.2f}")
    nothing.sort()
    ninth = nothing[min(len(nothing) - 1, len(nothing) * 9 // 10)]
    print(f"channel without effect, share of the outcome: median {statistics.median(nothing):.4f}, 90 % {ninth:.4f}")
    print("right signs: " + ", ".join(f"{driver} {right[driver]}/{last - first + 1}" for driver in SIGNS))


def judge(judged: dict, value: float, lower: float, upper: float, truth: float) -> None:
    """Adds an estimate: relative error and coverage where there is an effect, interval score (Gneiting and Raftery 2007)."""
    missed = max(0, lower - truth) + max(0, truth - upper)
    judged["scores"].append(upper - lower + 20 * missed)
    if truth > 0:
        judged["errors"].append(abs(value / truth - 1))
        judged["covered"].append(missed == 0)


if __name__ == "__main__":
    main()
