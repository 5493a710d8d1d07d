"""Response models beside PyMC-Marketing on the same simulated data: seconds, error, coverage, interval score.

Usage: python scripts/compare_pymc.py BENCH_RESPONSE [CASES]

Needs `pip install pymc-marketing==0.19.2`, in an environment of its own. BENCH_RESPONSE is the program built by
`cargo build --release --features bench --bin bench-response`; it makes the data and says what it finds in them. The
peer gets what a careful analyst would give it: both drivers, a trend, three yearly waves, geometric carry-over of 13 weeks,
logistic saturation, its default priors and sampler (NUTS, 1,000 draws after 1,000 of tuning), one chain on each of two cores.

ROAS here counts all effects of the spend inside the fitted weeks; for the peer it is the contribution in those weeks ÷
their spend, as its tutorials have it. The difference is the edges, about one percent.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")

# Seed of the world, units, weeks, channels.
CASES = [(1, 1, 156, 5), (2, 1, 156, 5), (3, 1, 156, 5), (4, 1, 208, 8), (5, 8, 104, 4), (6, 8, 104, 4)]
DRIVERS = ["demand", "weather"]


def peer(panel: pd.DataFrame, channels: list[str], units: int) -> tuple[np.ndarray, float, float]:
    """Draws of ROAS (draw × channel), seconds, largest R-hat."""
    import arviz
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM

    fitted = panel[panel["is_fitted"]].copy()
    fitted["date"] = pd.to_datetime(fitted["date"])
    fitted["trend"] = fitted.groupby("unit").cumcount() / 52
    for name in [*DRIVERS, "trend"]:
        fitted[name] = (fitted[name] - fitted[name].mean()) / fitted[name].std()
    dims = {"dims": ("unit",)} if units > 1 else {}
    begin = time.monotonic()
    model = MMM(
        date_column="date",
        target_column="outcome",
        channel_columns=channels,
        control_columns=[*DRIVERS, "trend"],
        yearly_seasonality=3,
        adstock=GeometricAdstock(l_max=13),
        saturation=LogisticSaturation(),
        **dims,
    )
    columns = ["date", *(["unit"] if units > 1 else []), *channels, *DRIVERS, "trend"]
    predictors, outcome = fitted[columns], fitted["outcome"]
    model.build_model(predictors, outcome)
    model.add_original_scale_contribution_variable(var=["channel_contribution"])
    model.fit(predictors, outcome, progressbar=False, random_seed=1, chains=2, cores=2)
    seconds = time.monotonic() - begin
    contribution = model.posterior["channel_contribution_original_scale"]
    others = [dim for dim in contribution.dims if dim not in ("chain", "draw", "channel")]
    total = contribution.sum(others).stack(sample=("chain", "draw")).transpose("sample", "channel").sel(channel=channels)
    spend = np.array([fitted[f"{channel}_spend"].sum() for channel in channels])
    diagnostics = arviz.rhat(model.posterior[["saturation_beta", "saturation_lam", "adstock_alpha"]])
    rhat = max(float(diagnostics[name].max()) for name in diagnostics)
    return total.to_numpy() / spend, seconds, rhat


def judge(value: np.ndarray, lower: np.ndarray, upper: np.ndarray, truth: np.ndarray) -> dict:
    """Relative errors and coverage of channels with an effect, interval scores of all in multiples of the mean ROAS."""
    missed = np.maximum(0, lower - truth) + np.maximum(0, truth - upper)
    acting = truth > 0
    return {
        "errors": np.abs(value / np.where(acting, truth, 1) - 1)[acting].tolist(),
        "covered": (missed == 0)[acting].tolist(),
        "scores": ((upper - lower + 20 * missed) / truth.mean()).tolist(),
    }


def main() -> None:
    program = sys.argv[1]
    cases = CASES[: int(sys.argv[2])] if len(sys.argv) > 2 else CASES
    print("| units × weeks × channels | | seconds | median error | coverage | interval score | largest R-hat |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    together: dict = {"here": [], "PyMC-Marketing": []}
    for seed, *size in cases:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, "export", str(seed), folder, *map(str, size)], check=True)
            panel = pd.read_csv(pathlib.Path(folder) / "panel.csv")
            found = pd.read_csv(pathlib.Path(folder) / "channels.csv")
        truth = found["true_roas"].to_numpy()
        draws, seconds, rhat = peer(panel, list(found["channel"]), size[0])
        lower, upper = np.quantile(draws, (0.05, 0.95), axis=0)
        rows = {
            "here": (
                judge(*(found[name].to_numpy() for name in ("roas", "roas_lower", "roas_upper")), truth),
                found["seconds"].iloc[0],
                "",
            ),
            "PyMC-Marketing": (judge(draws.mean(axis=0), lower, upper, truth), seconds, f"{rhat:.2f}"),
        }
        for who, (judged, took, mixed) in rows.items():
            together[who].append(judged)
            print(
                f"| {' × '.join(map(str, size))}, world {seed} | {who} | {took:.1f} | "
                f"{statistics.median(judged['errors']):.2f} | {statistics.mean(judged['covered']):.2f} | "
                f"{statistics.mean(judged['scores']):.1f} | {mixed} |",
                flush=True,
            )
    for who, judged in together.items():
        every = {name: [value for one in judged for value in one[name]] for name in judged[0]}
        print(
            f"| all | {who} | | {statistics.median(every['errors']):.2f} | {statistics.mean(every['covered']):.2f} | "
            f"{statistics.mean(every['scores']):.1f} | |"
        )


if __name__ == "__main__":
    main()
