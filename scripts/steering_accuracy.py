"""Holds the furniture job's budget plans to the truth behind its lake, over many seeds.

Usage: python scripts/steering_accuracy.py PROGRAM JUDGE FIRST_SEED LAST_SEED

PROGRAM is `trichter`, JUDGE is `bench-steering`. For every seed it makes the world, runs the job, and asks the judge what the
recommended plan would really have brought over the last year: each cell's money times what the plan recommends. Beside it stands
the best plan within 30 % of every cell. Then it makes the same world without any effect of channels, runs the job, and counts
advice to change something.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import duckdb

# A plan is for 4 weeks, the judge looks at 52.
PLANS_A_YEAR = 13


def run(program: str, seed: int, folder: pathlib.Path, flags: list[str]) -> pathlib.Path:
    environment = os.environ | {"TRICHTER_LAKE": str(folder / "lake"), "TRICHTER_MARTS": str(folder / "marts")}
    for command in (["demo", "--seed", str(seed), "--data-only", *flags], ["run", "jobs/furniture.yaml"]):
        done = subprocess.run([program, *command], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"seed {seed}: {' '.join(command)} ended with {done.returncode}\n{done.stderr}")
    return folder / "marts/furniture/current"


def judged(judge: str, seed: int, current: pathlib.Path) -> dict:
    """What the plan promised, and what it would have brought, in euros over the plan."""
    cells = duckdb.sql(f"""
        select unit, channel, sum(recommended) / sum(current)
        from '{current}/budget_plan/*.parquet' group by unit, channel having sum(current) > 0
    """).fetchall()
    lines = "".join(f"{unit},{channel},{multiple!r}\n" for unit, channel, multiple in cells)
    done = subprocess.run([judge, "judge", str(seed)], input=lines, capture_output=True, text=True, check=True)
    truth = json.loads(done.stdout)
    summary = duckdb.sql(f"""
        select expected_gain, gain_before_correction, gain_kept_on_other_data, status
        from '{current}/budget_summary/*.parquet'
    """).fetchall()[0]
    outcome, worth = duckdb.sql(f"""
        select sum(expected_outcome), sum(expected_worth) from '{current}/budget_plan/*.parquet'
    """).fetchall()[0]
    revenue = duckdb.sql(f"""
        select sum(actual) * 4.0 / count(distinct period_start) from '{current}/predictions/*.parquet'
        where model = 'revenue_response' and unit = ''
    """).fetchall()[0][0]
    return {
        "true": (truth["planned"] - truth["revenue"]) / PLANS_A_YEAR,
        "best": (truth["best"] - truth["revenue"]) / PLANS_A_YEAR,
        "extra": (truth["planned_spend"] - truth["spend"]) / PLANS_A_YEAR,
        "promised": outcome,
        "believed": outcome / summary[2] if summary[2] else 0.0,
        "kept": summary[2],
        "status": summary[3],
        "revenue": revenue,
        "worth": worth,
    }


def changes(current: pathlib.Path) -> int:
    rows = duckdb.sql(f"""
        select count(*) from '{current}/recommendations/*.parquet' where action = 'change' and language = 'en'
    """).fetchall()
    return rows[0][0]


def main() -> None:
    program, judge, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    plans, advised, false_advice = [], [], []
    for seed in range(first, last + 1):
        with tempfile.TemporaryDirectory() as folder:
            current = run(program, seed, pathlib.Path(folder), [])
            plans.append(judged(judge, seed, current))
            advised.append(changes(current))
        with tempfile.TemporaryDirectory() as folder:
            false_advice.append(changes(run(program, seed, pathlib.Path(folder), ["--without-effects"])))
        plan = plans[-1]
        print(
            f"seed {seed}: true gain {plan['true']:,.0f} of {plan['best']:,.0f}, promised {plan['promised']:,.0f}, "
            f"{plan['status']}, {advised[-1]} changes; without effects {false_advice[-1]} changes",
            file=sys.stderr,
        )

    def total(what: str) -> float:
        return sum(plan[what] for plan in plans)

    print(f"{len(plans)} seeds, euros of revenue over a plan of four weeks")
    print(f"true gain / best gain within 30 % of every cell: {total('true') / total('best'):.3f}")
    print(f"realized / promised: {total('true') / total('promised'):.3f} (before correction {total('true') / total('believed'):.3f})")
    ratios = sorted(plan["true"] / plan["promised"] for plan in plans if plan["promised"] > 0)
    print(f"  by seed: median {statistics.median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")
    worst = min(plans, key=lambda plan: plan["true"] / plan["revenue"])
    print(f"worst seed: {worst['true'] / worst['revenue']:+.3%} of outcome")
    print(f"extra spend: {max(abs(plan['extra']) / plan['revenue'] for plan in plans):.6%} of outcome at most")
    print(f"seeds with advice to change: {sum(count > 0 for count in advised)} of {len(advised)}")
    print(f"the same without effects: {sum(count > 0 for count in false_advice)} of {len(false_advice)}")


if __name__ == "__main__":
    main()
