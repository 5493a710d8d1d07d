"""Runs the SQL of the furniture job over a large demo lake here and with DuckDB, in the same run.

Usage: demo_scale.py TRICHTER [--scale 205] [--folder DIR] [--threads 2]

TRICHTER is the path of the program. Writes the lake (205 is about 100 million order lines, 3 GB) into
DIR unless it is there, runs jobs/furniture.yaml over all four years of it within 4 GiB of memory, and then
the same SQL files over the same Parquet files with DuckDB, with as many threads and as much memory. Each
table is written to one sorted Parquet file by both. Prints seconds, rows per second, peak memory and the
ratio; fails when the two disagree about a sum of any table.

Here a table's seconds include its checks (keys, contracts of the job); DuckDB's do not.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import duckdb

END = datetime.date(2024, 12, 30)
START = datetime.date(2021, 1, 4)
TABLES = [
    "daily_sales",
    "weeks",
    "media",
    "channel_weeks",
    "weather_weekly",
    "outside",
    "weekly_panel",
    "leads",
    "decided_leads",
    "deals",
    "closed_deals",
]
# What both must agree on to the cent or the count. Doubles are rounded: only here are their sums exact.
SUMS = {
    "daily_sales": "sum(revenue), sum(cost_of_goods), sum(order_lines), sum(orders)",
    "weeks": "count(*)",
    "media": "sum(spend), count(*)",
    "channel_weeks": "round(sum(spend), 2), round(sum(exposure), 3), count(*)",
    "weather_weekly": "round(sum(temperature), 6), round(sum(rain), 6), count(*) filter (where is_estimated)",
    "outside": "round(sum(market_demand), 6), round(sum(competitor_price), 6), sum(holidays)",
    "weekly_panel": "round(sum(revenue), 2), round(sum(marketing_cost), 2), round(sum(heat), 6), sum(holidays)",
    "leads": "count(*), count(*) filter (where is_accepted), count(decided_on)",
    "decided_leads": "count(*), sum(accepted)",
    "deals": "count(*), count(*) filter (where is_won), sum(early_sales_touches)",
    "closed_deals": "count(*), sum(won)",
}


def run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak memory in GiB of a program that must succeed."""
    before = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} {command[1]} failed")
    return time.perf_counter() - before, usage.ru_maxrss / 2**20


def whole_history_job(folder: pathlib.Path) -> pathlib.Path:
    """The job as it is, but reading all four years and keeping what its tables hold."""
    text = pathlib.Path("jobs/furniture.yaml").read_text()
    text, changed = re.subn(r"history: 156 weeks", "history: 208 weeks", text)
    assert changed == 1
    # Models and advice are measured elsewhere: this is about SQL.
    text = text[: text.index("# Step 4: drivers.")] + "publish: { to: marts/furniture/ }\n"
    # Published tables hold the weeks of the window; the comparison needs all of them.
    text, changed = re.subn(r"start: 2024-12-23", f"start: {START}", text)
    assert changed == 1
    # Every table with periods is kept, so that every one can be compared.
    text = re.sub(r"    store: publish\n", "", text)
    text = re.sub(r"(    key: \[.*\]\n)(?=    time:)", r"\1    store: publish\n", text)
    job = folder / "furniture.yaml"
    job.write_text(text)
    return job


def run_here(program: str, folder: pathlib.Path, threads: int) -> tuple[dict, pathlib.Path, float]:
    environment = {
        "TRICHTER_LAKE": str(folder),
        "TRICHTER_MARTS": str(folder / "marts"),
        "TRICHTER_MEMORY_LIMIT": "4 GiB",
    }
    artifacts = folder / "artifacts"
    job = whole_history_job(folder)
    command = [program, "run", str(job), "--threads", str(threads), "--artifacts", str(artifacts)]
    _, peak = run(command, environment)
    return json.loads((artifacts / "run_results.json").read_text()), folder / "marts/furniture", peak


def source_views(con: duckdb.DuckDBPyConnection, lake: pathlib.Path) -> None:
    """The sources under the names that the job gives them, with types as its contracts have them."""
    named = {
        "order_lines": "erp/order_lines",
        "returns": "erp/returns",
        "daily_closing": "erp/daily_closing",
        "service_costs": "erp/service_costs",
        "price_index": "erp/price_index",
        "ads": "media/ads",
        "campaigns": "media/campaigns",
        "sales_effort": "crm/sales_effort",
        "sessions": "web/sessions",
        "visitors": "stores/visitors",
        "crm_leads": "crm/leads",
        "crm_deals": "crm/deals",
        "crm_stages": "crm/stages",
        "touches": "crm/touches",
        "regions": "master/regions",
    }
    outside = [
        "search_demand",
        "competitor_prices",
        "competitor_stores",
        "competitor_ads",
        "weather",
        "economy",
        "holidays",
    ]
    named |= {name: f"external/{name}" for name in outside}
    for name, path in named.items():
        # Clock readings without a zone are read as UTC by the job.
        columns = "* replace (ordered_at at time zone 'UTC' as ordered_at)" if name == "order_lines" else "*"
        con.sql(f"create view {name} as select {columns} from read_parquet('{lake}/{path}/**/*.parquet')")
    con.sql(
        f"create view agency_bookings as select * from read_csv('{lake}/media/agency_nordlicht.csv', delim = ';', "
        "encoding = 'latin-1', header = true, auto_detect = false, columns = {'Woche': 'varchar', "
        "'Bundesland': 'varchar', 'Mediengattung': 'varchar', 'Kampagne': 'bigint', 'Kosten': 'varchar', "
        "'Kontakte': 'bigint'})"
    )
    # `at time zone` already gives the local clock there.
    con.sql("create macro to_local_time(clock) as clock")


def run_duckdb(lake: pathlib.Path, out: pathlib.Path, threads: int) -> dict[str, float]:
    con = duckdb.connect(config={"threads": threads, "memory_limit": "4GiB", "temp_directory": str(out / "spill")})
    con.sql("set timezone = 'UTC'")
    source_views(con, lake)
    seconds = {}
    for table in TABLES:
        text = pathlib.Path(f"sql/furniture/{table}.sql").read_text()
        key = re.search(r"^-- key: (.*)$", text, re.MULTILINE)[1]
        file = out / f"{table}.parquet"
        bound = text.replace("$end", f"date '{END}'")
        before = time.perf_counter()
        con.sql(f"copy ({bound}\norder by {key}) to '{file}' (format parquet, compression zstd)")
        seconds[table] = time.perf_counter() - before
        con.sql(f"create view {table} as select * from read_parquet('{file}')")
    return seconds


def compare(marts: pathlib.Path, out: pathlib.Path) -> None:
    con = duckdb.connect()
    for table, sums in SUMS.items():
        here = con.sql(f"select {sums} from read_parquet('{marts}/tables/{table}/*/*.parquet')").fetchall()
        there = con.sql(f"select {sums} from read_parquet('{out}/{table}.parquet')").fetchall()
        if here != there:
            sys.exit(f"{table}: {here[0]}, but DuckDB has {there[0]}")
    print(f"sums of all {len(SUMS)} tables agree")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--scale", default="205")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (arguments.folder or pathlib.Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        command = [arguments.program, "demo", "--data-only", "--scale", arguments.scale]
        seconds, peak = run(command + ["--threads", str(arguments.threads)], {"TRICHTER_LAKE": str(folder)})
        print(f"lake: {seconds:.1f} s, peak memory {peak:.2f} GiB")
        print(f"load average {os.getloadavg()[0]:.1f}, {arguments.threads} threads, memory limit 4 GiB")

        results, marts, peak = run_here(arguments.program, folder, arguments.threads)
        steps = {step["step"]: step for step in results["steps"]}
        with tempfile.TemporaryDirectory() as out:
            there = run_duckdb(folder / "furniture", pathlib.Path(out), arguments.threads)
            print(f"{'table':16} {'rows':>11} {'here':>8} {'DuckDB':>8} {'ratio':>6}")
            for table in TABLES:
                step = steps[f"table.{table}"]
                ratio = step["seconds"] / there[table]
                print(f"{table:16} {step['rows']:11,} {step['seconds']:7.2f}s {there[table]:7.2f}s {ratio:6.2f}")
            total = sum(steps[f"table.{table}"]["seconds"] for table in TABLES)
            print(f"{'all tables':16} {'':11} {total:7.2f}s {sum(there.values()):7.2f}s {total / sum(there.values()):6.2f}")
            lines = duckdb.sql(
                f"select count(*) from read_parquet('{folder}/furniture/erp/order_lines/*/*.parquet')"
            ).fetchall()[0][0]
            print(f"{lines:,} order lines: {lines / steps['table.daily_sales']['seconds']:,.0f} a second in daily_sales")
            print(f"contracts of all sources: {steps['sources']['seconds']:.1f} s for {steps['sources']['rows']:,} rows")
            print(f"peak memory of the run: {peak:.2f} GiB")
            compare(marts, pathlib.Path(out))


if __name__ == "__main__":
    main()
