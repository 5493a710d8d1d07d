"""Times `check` on many jobs, and the start of the program.

Usage: python scripts/check_speed.py PROGRAM [JOBS] [TABLES]

PROGRAM is `trichter`, JOBS the number of jobs (100) with TABLES tables each (10). Every job has two sources, a chain of tables that
join and aggregate, a KPI and a model. Prints the seconds of one call for all jobs, of one job alone, and of `--version`, each the best of
five. Ends with 1 if all jobs take a second or more, or `--version` 20 ms.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

CONFIG = "storages:\n  lake: { folder: ./lake }\n  marts: { folder: ./marts }\n"

JOB = """job: {name}
title: {{ en: Shop }}
currency: EUR
languages: [en]
calendar: {{ period: week, starts: monday, time_zone: Europe/Berlin }}
sources:
  sales:
    party: first
    path: lake/sales/
    time: day
    columns:
      day: {{ type: date, required: true }}
      shop: {{ type: string, required: true }}
      units: {{ type: bigint, required: true, min: 0 }}
      price: {{ type: double }}
  weather:
    party: third
    about: weather
    path: lake/weather/
    time: day
    columns:
      day: {{ type: date, required: true, unique: true }}
      temperature: {{ type: double }}
tables:
{tables}recipients:
  head: {{ name: Head, language: en }}
decisions:
  stock: {{ question: {{ en: How much? }}, owner: head, cadence: week }}
kpis:
  units:
    label: {{ en: Units }}
    from: {last}
    value: sum(units)
    unit: units
    better: higher
    owner: head
    decisions: [stock]
models:
  demand:
    outcome:
      label: {{ en: Demand }}
      table: {last}
      success: {{ amount: {{ column: units, at: day, unit: units }} }}
      explains: units
      drivers:
        temperature: {{ per: 5, unit: "°C" }}
publish: {{ to: marts/{name}/ }}
"""

TABLE = """  {name}:
    sql: {file}
    key: [day, shop]
    time: day
    checks:
      - not_null: {{ columns: [units] }}
"""

FIRST = """-- One row per day and shop.
-- key: day, shop
select s.day, s.shop, sum(s.units) as units, avg(s.price) as price, max(w.temperature) as temperature
from sales as s
join weather as w on w.day = s.day
group by s.day, s.shop
"""

NEXT = """-- One row per day and shop.
-- key: day, shop
select t.day, t.shop, t.units, t.price, t.temperature,
       case when t.units > 10 then 'many' else 'few' end as size_{number},
       sum(t.units) over (partition by t.shop order by t.day) as total_{number}
from {before} as t
left join (select day, count(*) as shops from {before} group by day) as d on d.day = t.day
where t.price is not null
"""


def write_job(folder: pathlib.Path, number: int, tables: int) -> str:
    """Writes a job with its SQL and returns its path."""
    name = f"job_{number}"
    text = ""
    for at in range(tables):
        file = f"{name}/t{at}.sql"
        sql = FIRST if at == 0 else NEXT.format(number=at, before=f"t{at - 1}")
        path = folder / "sql" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql)
        text += TABLE.format(name=f"t{at}", file=file)
    job = folder / "jobs" / f"{name}.yaml"
    job.parent.mkdir(exist_ok=True)
    job.write_text(JOB.format(name=name, tables=text, last=f"t{tables - 1}"))
    return str(job.relative_to(folder))


def best(command: list[str], folder: pathlib.Path) -> float:
    """Returns the seconds of the fastest of five calls."""
    seconds = []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRICHTER_")}
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def main() -> None:
    program = str(pathlib.Path(sys.argv[1]).resolve())
    count, tables = (int(value) for value in (sys.argv[2:4] + ["100", "10"][len(sys.argv) - 2 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "config").mkdir()
        (folder / "config" / "local.yaml").write_text(CONFIG)
        jobs = [write_job(folder, number, tables) for number in range(count)]
        every = best([program, "check", *jobs], folder)
        one = best([program, "check", jobs[0]], folder)
        version = best([program, "--version"], folder)
    print(f"check of {count} jobs with {tables} tables each: {every:.3f} s, {every / count * 1000:.1f} ms a job")
    print(f"check of one job: {one * 1000:.0f} ms; --version: {version * 1000:.1f} ms; load {os.getloadavg()[0]:.1f}")
    if every >= 1 or version >= 0.02:
        sys.exit(1)


if __name__ == "__main__":
    main()
