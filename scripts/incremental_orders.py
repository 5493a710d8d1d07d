"""Runs a job over many orders week by week and at once: what is read, how much memory it takes, and that both come to the same.

Usage: python scripts/incremental_orders.py PROGRAM [ORDERS] [MEMORY]

PROGRAM is `trichter`, ORDERS the number of orders in three years (50 million), MEMORY the engine's limit (`2 GiB`). Orders lie in one
Parquet file a day. One in a hundred comes a week late, in a file of its own that is not there before. The job keeps every order and a
table of weeks. It is run up to four weeks before the end, then week by week, then in full. The script ends with 1 if the two differ,
if a weekly run reads more than three weeks of orders, or if a run takes more than 4 GiB.
"""

import datetime
import hashlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import duckdb

FIRST_DAY = "2022-01-03"
WEEKS = 156
STEPS = 4
GIBIBYTE = 1 << 30

CONFIG = """storages:
  lake: {{ folder: ./lake }}
  marts: {{ folder: "./marts" }}
engine: {{ memory_limit: {memory}, work_folder: ./work }}
"""

JOB = """job: orders
title: { en: Orders }
currency: EUR
languages: [en]
calendar: { period: week, starts: monday, time_zone: UTC }
sources:
  orders:
    party: first
    path: lake/orders/
    partitions: { day: date }
    time: day
    columns:
      order_id: { type: bigint, required: true }
      ordered_at: { type: timestamp, required: true }
      customer: { type: bigint, required: true }
      region: { type: string, required: true }
      amount: { type: "decimal(12,2)", min: 0 }
tables:
  clean_orders:
    sql: orders/clean_orders.sql
    key: [order_id]
    time: day
    store: publish
    restate: 2 weeks
  order_weeks:
    sql: orders/order_weeks.sql
    key: [week, region]
    time: week
    store: publish
    restate: 2 weeks
    checks:
      - reconciles: { sum: revenue, with: select sum(amount) from orders, tolerance: 0% }
recipients:
  planner: { name: Planner, language: en }
decisions:
  stock:
    question: { en: How much do we stock? }
    owner: planner
    cadence: week
kpis:
  revenue:
    label: { en: Revenue }
    from: order_weeks
    value: sum(revenue)
    unit: EUR
    better: higher
    owner: planner
    by: [region]
    decisions: [stock]
publish: { to: marts/orders/ }
"""

CLEAN_ORDERS = """-- One row per order.
-- key: order_id
select order_id, day, ordered_at, customer, region, amount from orders
"""

ORDER_WEEKS = """-- One row per week and region.
-- key: week, region
select cast(date_trunc('week', day) as date) as week, region, sum(amount) as revenue, count(*) as orders,
    avg(cast(amount as double)) as average
from orders
group by 1, 2
"""


def day_of(place: int) -> str:
    return str(datetime.date.fromisoformat(FIRST_DAY) + datetime.timedelta(days=place))


def monday(week: int) -> str:
    return day_of(7 * week)


def write_week(lake: pathlib.Path, week: int, orders: int) -> None:
    """The orders of one week, and the late ones of the week before it."""
    for weekday in range(7):
        day = 7 * week + weekday
        for late, place in ((False, day), (True, day - 7)):
            if place < 0:
                continue
            folder = lake / "orders" / f"day={day_of(place)}"
            folder.mkdir(parents=True, exist_ok=True)
            picked = "= 0" if late else "<> 0"
            duckdb.sql(f"""
                copy (
                    select
                        {place}::bigint * 10000000 + i as order_id,
                        (date '{FIRST_DAY}' + {place}) + to_microseconds((hash(i, {place}) % 86400000000)::bigint) as ordered_at,
                        (hash(i, {place}, 1) % 1000000)::bigint as customer,
                        'region_' || (hash(i, {place}, 2) % 16) as region,
                        ((hash(i, {place}, 3) % 50000) / 100)::decimal(12, 2) as amount
                    from range({orders}) as r(i) where i % 100 {picked}
                ) to '{folder / ("late.parquet" if late else "part-0.parquet")}' (format parquet, compression zstd)
            """)


def run(program: str, project: pathlib.Path, start: str, end: str, *flags: str) -> dict:
    before = time.monotonic()
    command = [program, "run", "jobs/orders.yaml", "--start", start, "--end", end, "--artifacts", "artifacts", *flags]
    done = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    _, errors = done.communicate()
    if done.returncode != 0:
        sys.exit(f"[{start}, {end}) ended with {done.returncode}\n{errors}")
    results = json.loads((project / "artifacts/run_results.json").read_text())
    storages = {storage["storage"]: storage for storage in results["storages"]}
    return {
        "seconds": time.monotonic() - before,
        "read": storages["lake"]["bytes_read"],
        "kept_read": storages["marts"]["bytes_read"],
        "objects": len([read for read in results["sources_read"] if read["source"] == "orders"]),
        "memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
    }


def fingerprints(project: pathlib.Path) -> dict[str, str]:
    tables = project / "marts/orders/tables"
    return {
        str(path.relative_to(tables)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(tables.rglob("*.parquet"))
    }


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000_000
    memory = sys.argv[3] if len(sys.argv) > 3 else "2 GiB"
    a_day = orders // (7 * WEEKS)
    with tempfile.TemporaryDirectory(prefix="orders-", dir=os.environ.get("TMPDIR")) as folder:
        project = pathlib.Path(folder)
        for name, text in (
            ("config/local.yaml", CONFIG.format(memory=memory)),
            ("jobs/orders.yaml", JOB),
            ("sql/orders/clean_orders.sql", CLEAN_ORDERS),
            ("sql/orders/order_weeks.sql", ORDER_WEEKS),
        ):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text)
        lake = project / "lake"
        for week in range(WEEKS - STEPS):
            write_week(lake, week, a_day)
        first = run(program, project, monday(WEEKS - STEPS - 1), monday(WEEKS - STEPS))
        print_line("first run", first)
        steps = []
        for week in range(WEEKS - STEPS, WEEKS):
            write_week(lake, week, a_day)
            steps.append(run(program, project, monday(week), monday(week + 1)))
            print_line(f"week {week + 1}", steps[-1])
        stepped = fingerprints(project)
        full = run(program, project, monday(WEEKS - 1), monday(WEEKS), "--full-refresh")
        print_line("full refresh", full)
        lake_bytes = sum(path.stat().st_size for path in lake.rglob("*.parquet"))
        same = stepped == fingerprints(project)
        objects = max(step["objects"] for step in steps)
        print(f"{orders:,} orders, {lake_bytes / 1e9:.2f} GB in the lake, {len(stepped)} kept files")
        print(f"a weekly run reads {max(step['read'] for step in steps) / lake_bytes:.2%} of the lake's bytes, {objects} objects")
        print(f"incremental runs and full refresh: {'the same bytes' if same else 'DIFFERENT'}")
        if not same or objects > 42 or max(first["memory"], full["memory"]) > 4 * GIBIBYTE:
            sys.exit(1)


def print_line(what: str, measured: dict) -> None:
    print(
        f"{what:12}  {measured['seconds']:7.1f} s  read {measured['read'] / 1e6:9.1f} MB of orders in {measured['objects']:5} objects, "
        f"{measured['kept_read'] / 1e6:6.1f} MB kept  peak so far {measured['memory'] / GIBIBYTE:.2f} GiB",
        flush=True,
    )


if __name__ == "__main__":
    main()
