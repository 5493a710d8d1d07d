"""Fits a logistic model with many rows here and with scikit-learn, in the same run.

Usage: scale.py [--rows 10000000] [--drivers 40] [--peer-rows N] [--folder DIR]

Writes seeded rows to one Parquet file, builds the benchmark, and prints seconds, peak memory and the
ratio to scikit-learn's LogisticRegression (no penalty, `newton-cholesky`, the fastest of its solvers
for many rows and few columns) on as many of the same rows as it is told to hold.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CHUNK = 65_536
MONTHS = 48


def generate(path: pathlib.Path, rows: int, drivers: int) -> None:
    random = np.random.default_rng(7)
    names = [f"x{index:02}" for index in range(drivers)]
    effects = random.normal(0, 0.15, drivers)
    months = np.arange("2020-01", "2024-01", dtype="datetime64[M]").astype("datetime64[D]")
    schema = pa.schema(
        [("id", pa.int64()), ("month", pa.date32()), ("won", pa.bool_())] + [(name, pa.float64()) for name in names]
    )
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for begin in range(0, rows, CHUNK):
            count = min(CHUNK, rows - begin)
            shared = random.normal(size=(count, 1))
            x = 0.5 * shared + random.normal(size=(count, drivers))
            chance = 1 / (1 + np.exp(-(x @ effects - 1.5)))
            won = random.random(count) < chance
            month = months[(np.arange(begin, begin + count) * MONTHS) // rows]
            columns = [pa.array(np.arange(begin, begin + count)), pa.array(month, pa.date32()), pa.array(won)]
            columns += [pa.array(x[:, index]) for index in range(drivers)]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=CHUNK)


def peak_of(command: list[str]) -> tuple[float, float, str]:
    """Seconds, peak memory in GiB, and standard output of a command."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return time.perf_counter() - before, usage.ru_maxrss / 2**20, out


def peer(path: str, rows: int) -> None:
    from sklearn.linear_model import LogisticRegression

    table = pq.ParquetFile(path)
    names = [name for name in table.schema_arrow.names if name.startswith("x")]
    x = np.empty((rows, len(names)))
    y = np.empty(rows, dtype=bool)
    filled = 0
    for batch in table.iter_batches(CHUNK, columns=["won", *names]):
        take = min(batch.num_rows, rows - filled)
        for index, name in enumerate(names):
            x[filled : filled + take, index] = batch.column(name).to_numpy()[:take]
        y[filled : filled + take] = batch.column("won").to_numpy(zero_copy_only=False)[:take]
        filled += take
        if filled == rows:
            break
    before = time.perf_counter()
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8, max_iter=100).fit(x, y)
    seconds = time.perf_counter() - before
    names = ["intercept", *names]
    print(json.dumps({"fit_seconds": seconds, "coefficients": dict(zip(names, [*model.intercept_, *model.coef_[0]]))}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--drivers", type=int, default=40)
    parser.add_argument("--peer-rows", type=int)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    peer_rows = min(arguments.peer_rows or arguments.rows, arguments.rows)
    if arguments.peer:
        peer(arguments.peer, peer_rows)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or pathlib.Path(temporary)
        path = folder / f"rows-{arguments.rows}-{arguments.drivers}.parquet"
        if not path.exists():
            generate(path, arguments.rows, arguments.drivers)
        print(f"{arguments.rows} rows x {arguments.drivers} drivers, {path.stat().st_size / 2**30:.2f} GiB of Parquet")
        print(f"load average {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
        build = ["cargo", "build", "--release", "--features", "bench", "--bin", "bench-logistic"]
        built = subprocess.run([*build, "--message-format=json"], check=True, stdout=subprocess.PIPE, text=True)
        programs = [json.loads(line).get("executable") for line in built.stdout.splitlines()]
        program = [program for program in programs if program][-1]
        seconds, memory, out = peak_of([program, str(path)])
        ours = json.loads(out.splitlines()[-1])
        print(f"here: fit {ours['fit_seconds']:.1f} s, process {seconds:.1f} s, peak {memory:.2f} GiB")
        command = [sys.executable, __file__, "--peer", str(path), "--rows", str(arguments.rows), "--peer-rows", str(peer_rows)]
        seconds, memory, out = peak_of(command)
        theirs = json.loads(out.splitlines()[-1])
        print(f"scikit-learn on {peer_rows} rows: fit {theirs['fit_seconds']:.1f} s, process {seconds:.1f} s, peak {memory:.2f} GiB")
        per_row = (ours["fit_seconds"] / arguments.rows) / (theirs["fit_seconds"] / peer_rows)
        print(f"ratio of fit seconds per row, here / scikit-learn: {per_row:.2f}")
        if peer_rows == arguments.rows:
            gap = max(abs(ours["coefficients"][name] - value) for name, value in theirs["coefficients"].items())
            print(f"largest difference of a coefficient: {gap:.1e}")


if __name__ == "__main__":
    main()
