"""Holds published figures of the example jobs to statsmodels and scikit-learn on the same rows.

Usage: accuracy.py TRICHTER, the path of the program. Needs TRICHTER_PUBLISHED.

Runs both example jobs for their whole history, rebuilds each model's design from the published tables
alone, and compares coefficients, standard errors, AUC and log loss. Fails beyond the stated tolerances.
"""

import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

# Both sides solve the same normal equations in double precision; their condition leaves 8 digits.
COEFFICIENTS = 1e-8
# Both sides find the same optimum of each fold; scikit-learn stops a little before it.
SCORES = 1e-6


def run(program: str, job: str, window: tuple[str, str], target: pathlib.Path) -> None:
    environment = os.environ | {"TRICHTER_MARTS": str(target)}
    command = [program, "run", f"jobs/examples/{job}.yaml", "--start", window[0], "--end", window[1]]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def within(rows: pd.DataFrame, time: str, window: tuple[str, str]) -> pd.DataFrame:
    """What the model was fitted on: a published table also keeps the periods before the window."""
    at = pd.to_datetime(rows[time])
    return rows[(at >= window[0]) & (at < window[1])].reset_index(drop=True)


def table(target: pathlib.Path, job: str, name: str) -> pd.DataFrame:
    folder = target / job / "current" / name
    if not folder.exists():
        folder = target / job / "tables" / name
    return pd.concat([pq.ParquetFile(file).read().to_pandas() for file in sorted(folder.glob("**/*.parquet"))])


def design(rows: pd.DataFrame, parameters: list[str], day: pd.Series) -> np.ndarray:
    """One column per published parameter, in their order."""
    columns = []
    for name in parameters:
        season = re.fullmatch(r"yearly_(sin|cos)_(\d+)", name)
        if name == "intercept":
            columns.append(np.ones(len(rows)))
        elif name == "trend":
            columns.append((day - day.min()).dt.days / 365.25)
        elif season:
            # The published coefficient belongs to the angle 2 pi k (day of the year) / 365.25.
            angle = 2 * np.pi * int(season[2]) * day.dt.day_of_year / 365.25
            columns.append(np.sin(angle) if season[1] == "sin" else np.cos(angle))
        elif "=" in name:
            driver, level = name.split("=", 1)
            values = rows[driver]
            if values.dtype == bool:
                columns.append((values == (level == "true")).astype(float))
            elif level == "(other)":
                named = {other.split("=", 1)[1] for other in parameters if other.startswith(f"{driver}=")}
                columns.append((~values.isin(named | {reference(rows, driver)})).astype(float))
            else:
                columns.append((values == level).astype(float))
        else:
            columns.append(rows[name].astype(float))
    return np.column_stack(columns)


def reference(rows: pd.DataFrame, driver: str) -> str:
    counts = rows[driver].value_counts()
    return min(counts[counts == counts.max()].index)


def gap(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference, relative to the size of the figure or absolute below one."""
    return float(np.max(np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))))


def lags(periods: int) -> int:
    return math.ceil(1.3 * math.sqrt(periods)) - 1


def compare(name: str, x: np.ndarray, y: np.ndarray, period: pd.Series, ours: pd.DataFrame, logistic: bool) -> None:
    clusters = period.rank(method="dense").astype(int).to_numpy()
    periods = clusters.max()
    model = sm.Logit(y, x) if logistic else sm.OLS(y, x)
    options = {"time": clusters, "maxlags": lags(periods), "use_correction": "cluster"}
    kind = {"method": "newton", "tol": 1e-14, "maxiter": 100, "disp": False} if logistic else {}
    theirs = model.fit(cov_type="hac-groupsum", cov_kwds=options, **kind)
    coefficients = gap(ours["estimate"].to_numpy(), theirs.params)
    errors = gap(ours["standard_error"].to_numpy(), theirs.bse)
    print(f"{name}: {len(y)} rows, {x.shape[1]} parameters, {periods} periods, {lags(periods)} lags")
    print(f"  largest difference to statsmodels: coefficients {coefficients:.1e}, standard errors {errors:.1e}")
    assert coefficients < COEFFICIENTS and errors < COEFFICIENTS


def bike(program: str, target: pathlib.Path) -> None:
    window = ("2011-01-03", "2012-12-31")
    run(program, "bike_sharing", window, target)
    rows = within(table(target, "bike_sharing", "daily_rentals"), "day", window)
    day = pd.to_datetime(rows["day"])
    ours = table(target, "bike_sharing", "model_parameters")
    x = design(rows, list(ours["parameter"]), day)
    week = day.dt.to_period("W-SUN").astype(str)
    compare("bike_sharing daily_demand", x, rows["rentals"].to_numpy(float), week, ours, logistic=False)


def bank(program: str, target: pathlib.Path) -> None:
    window = ("2008-05-01", "2010-12-01")
    run(program, "bank_marketing", window, target)
    rows = within(table(target, "bank_marketing", "contacts"), "month", window)
    month = pd.to_datetime(rows["month"])
    ours = table(target, "bank_marketing", "model_parameters")
    x = design(rows, list(ours["parameter"]), month)
    y = rows["subscribed"].to_numpy(float)
    compare("bank_marketing contact_success", x, y, month.astype(str), ours, logistic=True)
    drivers = x[:, (ours["parameter"] != "intercept").to_numpy()]
    rolling_origins(drivers, y, month, table(target, "bank_marketing", "model_quality"))


def estimable(column: np.ndarray, outcome: np.ndarray) -> bool:
    """False for a column without variation, and for a level all of whose rows have one outcome: its effect
    has no finite estimate, so the fit here leaves it out and so must the peer."""
    levels = np.unique(column)
    if len(levels) < 2:
        return False
    return len(levels) > 2 or all(len(np.unique(outcome[column == level])) > 1 for level in levels)


def rolling_origins(x: np.ndarray, y: np.ndarray, month: pd.Series, quality: pd.DataFrame) -> None:
    """The same folds as docs/methods/drivers.md describes: the second half in at most ten blocks."""
    period = month.rank(method="dense").astype(int).to_numpy() - 1
    count = period.max() + 1
    first = min(math.ceil(count / 2), count - 5)
    origins = min(10, count - first)
    cuts = [first + at * (count - first) // origins for at in range(origins + 1)]
    chances, outcomes = [], []
    for start, end in zip(cuts, cuts[1:]):
        train, test = period < start, (period >= start) & (period < end)
        kept = [column for column in range(x.shape[1]) if estimable(x[train][:, column], y[train])]
        center, scale = x[train][:, kept].mean(axis=0), x[train][:, kept].std(axis=0)
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=1000)
        model.fit((x[train][:, kept] - center) / scale, y[train])
        chances.append(model.predict_proba((x[test][:, kept] - center) / scale)[:, 1])
        outcomes.append(y[test])
    outcome, chance = np.concatenate(outcomes), np.concatenate(chances)
    theirs = {"auc": roc_auc_score(outcome, chance), "log_loss": log_loss(outcome, chance)}
    print(f"  rolling origins: {origins}, {len(outcome)} rows tested")
    for metric, value in theirs.items():
        mine = quality[(quality.metric == metric) & (quality.variant == "model") & (quality.split == "out_of_sample")]
        mine = float(mine["value"].iloc[0])
        print(f"  {metric}: here {mine:.6f}, scikit-learn {value:.6f}")
        assert abs(mine - value) < SCORES


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        bike(program, pathlib.Path(folder))
        bank(program, pathlib.Path(folder))


if __name__ == "__main__":
    main()
