"""Describes a demo lake of the furniture world, and holds it to the description it was written from.

Usage: describe_demo.py LAKE_FOLDER OUT_FOLDER

LAKE_FOLDER holds furniture/ and furniture_truth/. Writes report.md and its pictures to OUT_FOLDER and prints
the report: what is there, distributions, how spend goes with demand, what each cause explains, the truth per
channel, the dirt, and checks. Fails if a check does. Described figures are read from src/demo/furniture/ and
from the truth, so they are always those of this source tree.
"""

import argparse
import ast
import dataclasses
import json
import math
import pathlib
import re
import sys
import warnings

import duckdb
import matplotlib

matplotlib.use("Agg")

import matplotlib.dates
import matplotlib.pyplot as plt
import matplotlib.ticker
import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

# DuckDB makes frames in a way that pandas is about to give up; nobody here can mend that.
warnings.filterwarnings("ignore", message="The inplace keyword")

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src" / "demo" / "furniture"
# A check that holds misses by more than 4 standard errors once in 16,000 times.
STANDARD_ERRORS = 4.0
# Sums and products of a few dozen doubles keep far more than 9 digits.
DOUBLES = 1e-9
AGENCY_CHANNELS = {"Hörfunk": "radio", "Außenwerbung": "out_of_home", "Zeitungsbeilagen": "print"}
PLATFORM_CHANNELS = {
    "tv_network": "tv",
    "google_ads": "search",
    "facebook": "social",
    "meta": "social",
    "youtube": "video",
    "programmatic": "display",
    "newsletter": "email",
}
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
BLUE, ORANGE, GREEN, GREY = "#1f5a94", "#d9822b", "#3a8f5c", "#8a8f98"


# ---------------------------------------------------------------- the description


class Description:
    """Figures of the world as its source states them."""

    def __init__(self) -> None:
        self.texts = {path.stem: path.read_text() for path in SOURCE.glob("*.rs")}
        world = self.texts["world"]
        base = self.fields(self.one("world", r"const BASE: Channel = Channel \{(.+?)\n\};"))
        blocks = re.findall(r"\n    Channel \{(.+?)\.\.BASE", world, re.DOTALL)
        self.channels = pd.DataFrame([base | self.fields(block) for block in blocks]).set_index("name")
        regions = re.findall(r'region\("(\w+)", "[^"]+", ([\d_.]+), ([\d.]+)\)', world)
        self.temperatures = {code: float(temperature) for code, _, temperature in regions}
        sources = re.findall(r"\((?:Some\(place::(\w+)\)|None), ([\d.]+), -?[\d.]+\)", self.texts["leads"])
        self.lead_rates = {channel.lower() or "organic": float(rate) for channel, rate in sources}
        lift = self.one("world", r"LIFT_TEST: LiftTest = LiftTest \{(.+?)\};")
        self.lift = self.fields(lift) | {"regions": re.findall(r'"(\w\w)"', lift)}
        self.lift["channel"] = self.one("world", r"channel: place::(\w+),").lower()

    def one(self, file: str, pattern: str) -> str:
        found = re.search(pattern, self.texts[file], re.DOTALL)
        if found is None:
            sys.exit(f"{SOURCE.name}/{file}.rs has nothing like {pattern}: teach this script its new form")
        return found[1]

    def constant(self, file: str, name: str):
        """A number, a text, or a list of them."""
        return ast.literal_eval(self.one(file, rf"const {name}: [^=]+ =\s*(.+?);\n"))

    @staticmethod
    def fields(block: str) -> dict:
        plain = re.findall(r'^\s*(\w+): ("\w*"|[\d_.]+|true|false),?', block, re.MULTILINE)
        fields = {name: ast.literal_eval({"true": "True", "false": "False"}.get(text, text)) for name, text in plain}
        groups = re.search(r"Some\(flights\(.+?, (\d+)\)\)", block)
        return fields | {"flight_groups": int(groups[1]) if groups else 1}


# ---------------------------------------------------------------- the lake


class Lake:
    """Tables of a lake, cleaned as far as each section needs it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.settings = json.loads((folder / "furniture" / "_demo.json").read_text())["settings"]
        self.engine = duckdb.connect()
        self.engine.execute("SET TimeZone = 'UTC'")
        self.described = Description()
        self.read_orders()
        self.read_leads()
        self.regions = self.frame(f"SELECT * FROM {self.table('furniture/master/regions')} ORDER BY region")
        self.size = self.regions.set_index("region")["inhabitants_thousands"] * self.settings["scale"]
        self.spend, self.exposure = self.read_media()
        self.weeks = self.spend["tv"].index
        self.revenue = self.by_week_and_region("furniture_truth/truth_panel", "revenue")
        self.demand = self.by_week_and_region("furniture/external/search_demand", "search_index")
        self.transforms = self.frame(f"SELECT * FROM {self.table('furniture_truth/truth_transforms')}")
        self.transforms = self.transforms.set_index("channel")
        # In units of the lake, which grow with the company; everything here is at scale 1.
        self.transforms["half_saturation"] /= self.settings["scale"]
        self.channels = list(self.transforms.index)
        rows = self.frame(f"SELECT * FROM {self.table('furniture_truth/truth_contributions')}")
        self.causes = {cause: pivot(part, "contribution") for cause, part in rows.groupby("cause", sort=False)}

    def table(self, path: str) -> str:
        return f"read_parquet('{self.folder / path}/**/*.parquet')"

    def frame(self, query: str) -> pd.DataFrame:
        return self.engine.execute(query).df()

    def one(self, query: str):
        return self.engine.execute(query).fetchall()[0]

    def by_week_and_region(self, path: str, column: str) -> pd.DataFrame:
        return pivot(self.frame(f"SELECT week, region, {column}::DOUBLE AS value FROM {self.table(path)}"), "value")

    def read_orders(self) -> None:
        """`sent` has every row; `lines` those of the last export of each day, with the day in Berlin."""
        self.engine.execute(f"""
            CREATE TABLE sent AS
            SELECT *, round(100 * net_amount)::BIGINT AS cents,
                CASE WHEN sales_channel = 'web'
                    THEN (ordered_at AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Berlin' ELSE ordered_at END AS local_time
            FROM {self.table("furniture/erp/order_lines")};
            CREATE TABLE lines AS
            SELECT sent.*, local_time::DATE AS day, date_trunc('week', local_time)::DATE AS week,
                date_diff('week', date_trunc('week', local_time), date_trunc('week', exported_on::TIMESTAMP)) AS delay
            FROM sent JOIN (SELECT exported_on, max(export_number) AS last FROM sent GROUP BY ALL) USING (exported_on)
            WHERE export_number = last;
        """)

    def read_leads(self) -> None:
        """`leads` has the last version of each lead, with the Monday of its week in Berlin."""
        self.engine.execute(f"""
            CREATE TABLE leads AS
            SELECT *, budget::DOUBLE AS euros,
                date_trunc('week', created_at AT TIME ZONE 'Europe/Berlin')::DATE AS week,
                coalesce(accepted_at, rejected_at) IS NOT NULL AS decided
            FROM {self.table("furniture/crm/leads")}
            QUALIFY row_number() OVER (PARTITION BY lead_id ORDER BY updated_at DESC) = 1
        """)

    def read_media(self) -> tuple[dict, dict]:
        """Spend in euros and exposure by week and region, of every channel."""
        names = ", ".join(f"('{platform}', '{channel}')" for platform, channel in PLATFORM_CHANNELS.items())
        media = ", ".join(f"('{name}', '{channel}')" for name, channel in AGENCY_CHANNELS.items())
        agency = self.folder / "furniture" / "media" / "agency_nordlicht.csv"
        rows = self.frame(f"""
            SELECT week, region, channel, sum(spend)::DOUBLE AS spend,
                sum(CASE WHEN channel = 'search' THEN clicks ELSE impressions END)::DOUBLE AS exposure
            FROM {self.table("furniture/media/ads")} JOIN (VALUES {names}) AS of(platform, channel) USING (platform)
            GROUP BY ALL
            UNION ALL
            SELECT week, region, 'field_sales', cost::DOUBLE, hours FROM {self.table("furniture/crm/sales_effort")}
            UNION ALL
            SELECT strptime(Woche, '%d.%m.%Y')::DATE AS week, region, channel,
                sum(replace(replace(Kosten, '.', ''), ',', '.')::DECIMAL(14, 2))::DOUBLE, sum(Kontakte::BIGINT)::DOUBLE
            FROM read_csv('{agency}', encoding = 'latin-1', delim = ';', header = true, all_varchar = true)
                JOIN {self.table("furniture/master/regions")} AS regions ON regions.name = Bundesland
                JOIN (VALUES {media}) AS of(name, channel) ON of.name = Mediengattung
            GROUP BY ALL
        """)
        by_channel = {channel: part for channel, part in rows.groupby("channel")}
        return tuple({name: pivot(part, what) for name, part in by_channel.items()} for what in ("spend", "exposure"))

    def per_thousand(self, euros: pd.DataFrame) -> pd.DataFrame:
        """Per 1,000 inhabitants at scale 1, the unit of the description."""
        return euros / self.size

    def affinity(self) -> pd.Series:
        return (self.causes["baseline"] / self.size).iloc[0] / self.described.constant("world", "LEVEL")


def pivot(rows: pd.DataFrame, value: str) -> pd.DataFrame:
    table = rows.pivot(index="week", columns="region", values=value).astype(float)
    table.index = pd.to_datetime(table.index)
    return table


# ---------------------------------------------------------------- the report


@dataclasses.dataclass
class Check:
    what: str
    described: str
    found: str
    tolerance: str
    ok: bool


class Report:
    """Text for people, in Markdown, and the checks."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.parts: list[str] = []
        self.checks: list[Check] = []
        folder.mkdir(parents=True, exist_ok=True)

    def heading(self, text: str) -> None:
        self.add(f"## {text}")

    def add(self, text: str) -> None:
        self.parts.append(text)

    def table(self, rows: pd.DataFrame) -> None:
        texts = [list(map(str, rows.columns))] + [[shown(value) for value in row] for row in rows.to_numpy(object)]
        widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
        right = [all(is_number(row[column]) for row in texts[1:]) for column in range(len(widths))]
        lines = []
        for row in texts:
            cells = [t.rjust(w) if r else t.ljust(w) for t, w, r in zip(row, widths, right, strict=True)]
            lines.append("| " + " | ".join(cells) + " |")
        rule = ["-" * (w - 1) + ":" if r else "-" * w for w, r in zip(widths, right, strict=True)]
        self.add("\n".join([lines[0], "| " + " | ".join(rule) + " |", *lines[1:]]))

    def picture(self, name: str, title: str, figure: plt.Figure) -> None:
        figure.savefig(self.folder / f"{name}.png", dpi=130)
        plt.close(figure)
        self.add(f"![{title}]({name}.png)")

    def check(self, what: str, described: object, found: object, tolerance: str, ok: bool) -> None:
        self.checks.append(Check(what, shown(described), shown(found), tolerance, bool(ok)))

    def near(self, what: str, described: float, found: float, error: float, reason: str) -> None:
        """Holds an estimate to its standard error."""
        tolerance = f"{STANDARD_ERRORS:.0f} SE = {shown(STANDARD_ERRORS * error)}; {reason}"
        self.check(what, described, found, tolerance, abs(found - described) <= STANDARD_ERRORS * error)

    def share(self, what: str, described: float, number: int, of: int) -> None:
        """Holds a share of independent draws to its binomial error."""
        self.near(what, described, number / of, math.sqrt(described * (1 - described) / of), "binomial")

    def finish(self) -> bool:
        failed = [check for check in self.checks if not check.ok]
        self.heading(f"Checks: {len(self.checks) - len(failed)} of {len(self.checks)} hold")
        self.add(
            "SE is a standard error. Left out because the lake cannot show it: weeks of deals that end after the lake,"
            " media in the first weeks, whose carry-over began before it, and ROAS itself, which counts effects after its end."
        )
        self.table(
            pd.DataFrame(
                [(c.what, c.described, c.found, "yes" if c.ok else "**NO**", c.tolerance) for c in self.checks],
                columns=["what", "described", "found", "ok", "tolerance and its reason"],
            )
        )
        if failed:
            self.add("Failed: " + "; ".join(check.what for check in failed) + ".")
        text = "\n\n".join(self.parts) + "\n"
        (self.folder / "report.md").write_text(text)
        print(text)
        return not failed


def shown(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (int, np.integer)):
        return f"{value:,}"
    if isinstance(value, (float, np.floating)):
        if value == 0 or abs(value) >= 1_000:
            return f"{value:,.0f}"
        # Three significant digits at least, and no exponent for everyday sizes.
        return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}" if abs(value) >= 1e-4 else f"{value:.1e}"
    return str(value)


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?[\d,.]*(e-?\d+)?( ± [\d.]+)? ?%?", text) is not None


def percent(share: float) -> str:
    # Adding zero turns a negative zero into zero.
    return f"{round(100 * share, 1) + 0.0:.1f} %"


# ---------------------------------------------------------------- what is there


def what_is_there(lake: Lake, report: Report) -> None:
    rows = []
    for top in ("furniture", "furniture_truth"):
        root = lake.folder / top
        tables: dict[str, list[pathlib.Path]] = {}
        for file in sorted(root.glob("**/*.parquet")):
            folders = [part for part in file.relative_to(lake.folder).parts[:-1] if "=" not in part]
            tables.setdefault("/".join(folders), []).append(file)
        for name, files in tables.items():
            source = f"read_parquet('{lake.folder / name}/**/*.parquet', hive_partitioning = false)"
            columns = lake.engine.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            days = [column for column, kind, *_ in columns if kind.startswith(("DATE", "TIMESTAMP"))]
            period = f"min({days[0]})::DATE::VARCHAR, max({days[0]})::DATE::VARCHAR" if days else "'', ''"
            count, first, last = lake.one(f"SELECT count(*), {period} FROM {source}")
            size = sum(file.stat().st_size for file in files)
            rows.append((name, len(files), count, size, days[0] if days else "", first, last))
    agency = lake.folder / "furniture" / "media" / "agency_nordlicht.csv"
    count, first, last = lake.one(f"""
        SELECT count(*), min(day)::DATE::VARCHAR, max(day)::DATE::VARCHAR FROM (
            SELECT strptime(Woche, '%d.%m.%Y') AS day
            FROM read_csv('{agency}', encoding = 'latin-1', delim = ';', header = true, all_varchar = true))
    """)
    rows.append(("furniture/media/agency_nordlicht.csv", 1, count, agency.stat().st_size, "Woche", first, last))
    table = pd.DataFrame(rows, columns=["table", "files", "rows", "bytes", "by", "first", "last"])
    report.heading("What is there")
    report.table(table)
    report.add(f"Together {table.files.sum():,} files, {table.rows.sum():,} rows, {table.bytes.sum() / 1e6:.1f} MB.")
    weeks = lake.described.constant("world", "WEEKS")
    report.check("weeks in the lake", weeks, len(lake.weeks), "exact", len(lake.weeks) == weeks)


# ---------------------------------------------------------------- distributions


def distributions(lake: Lake, report: Report) -> None:
    described = lake.described
    rows = []

    def add(name: str, values: np.ndarray, note: str = "") -> None:
        quantiles = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
        rows.append((name, len(values), float(np.mean(values)), *map(float, quantiles), float(np.max(values)), note))

    def column(query: str) -> np.ndarray:
        return lake.frame(query).iloc[:, 0].to_numpy(float)

    level = described.constant("world", "LEVEL")
    add("revenue of a region and week, €", lake.revenue.to_numpy().ravel())
    per_thousand = lake.per_thousand(lake.revenue).to_numpy().ravel()
    add("  per 1,000 inhabitants, €", per_thousand, f"level {level:g}, and media on top")
    line = described.constant("orders", "LINE")
    add("order line, €", column("SELECT cents / 100.0 FROM lines"), f"mean {line:g}")
    add("order, €", column("SELECT sum(cents) / 100.0 FROM lines GROUP BY order_id"))
    leads = lake.frame("SELECT topic, euros, response_hours FROM leads")
    deals = lake.frame(f"""
        SELECT topic, quoted_value::DOUBLE AS quoted_value, won_amount::DOUBLE AS won_amount
        FROM {lake.table("furniture/crm/deals")} JOIN leads USING (lead_id)
    """)
    topics = re.findall(r'"(\w+)"', described.one("media", r"TOPICS: [^=]+ = (\[.+?\]);"))
    budgets = dict(zip(topics, described.constant("leads", "BUDGET"), strict=True))
    values = dict(zip(topics, described.constant("deals", "VALUE"), strict=True))
    for topic in topics:
        add(f"budget of a lead, {topic}, €", leads.euros[leads.topic == topic], f"median {budgets[topic]:,.0f}")
    hours = float(described.one("leads", r"response_hours = ([\d.]+) \*"))
    add("hours until a lead is answered", leads.response_hours.to_numpy(), f"median {hours:g}")
    for topic in topics:
        of_topic = deals.quoted_value[deals.topic == topic]
        add(f"quoted value of a deal, {topic}, €", of_topic, f"median {values[topic]:,.0f}")
    add("amount of a won deal, €", deals.won_amount.dropna().to_numpy())
    for channel in lake.channels:
        plan = described.channels.share[channel] * level
        spend = lake.per_thousand(lake.spend[channel]).to_numpy().ravel()
        add(f"spend on {channel}, € per 1,000 and week", spend, f"plan {plan:.3f}")
    report.heading("Distributions")
    names = ["of", "number", "mean", "5 %", "25 %", "50 %", "75 %", "95 %", "largest", "described"]
    report.table(pd.DataFrame(rows, columns=names))

    reason = "standard error of a mean of logarithms"
    for what, logs in [
        ("typical budget of a lead, as a multiple of its topic's", np.log(leads.euros / leads.topic.map(budgets))),
        ("typical value of a deal, as a multiple of its topic's", np.log(deals.quoted_value / deals.topic.map(values))),
        # Hours are published in tenths.
        (f"typical response time, as a multiple of {hours:g} h", np.log(leads.response_hours.clip(0.05) / hours)),
    ]:
        center = math.exp(logs.mean())
        report.near(what, 1.0, center, logs.std() / math.sqrt(len(logs)), reason)


# ---------------------------------------------------------------- spend and demand


def within(table: pd.DataFrame) -> pd.DataFrame:
    """Deviations from each region's mean."""
    return table - table.mean()


def without_effects(values: np.ndarray) -> np.ndarray:
    """What is left of weeks × regions without effects of either."""
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()


def correlation(left: pd.DataFrame, right: pd.DataFrame) -> float:
    both = (left + right).notna().all(axis=1)
    return float(np.corrcoef(within(left[both]).to_numpy().ravel(), within(right[both]).to_numpy().ravel())[0, 1])


def spend_and_demand(lake: Lake, report: Report) -> None:
    log_demand, log_revenue = np.log(lake.demand / 100), np.log(lake.revenue)
    carried = television_carries(lake)
    rows = []
    for channel in lake.channels:
        log_spend = np.log(lake.per_thousand(lake.spend[channel]))
        truth = lake.transforms.loc[channel]
        # Television sends clicks to search and raises its spend; what is left is search's own reaction.
        planned = log_spend - np.log(carried) if channel == "search" else log_spend
        estimates, errors = reactions(lake, channel, planned)
        rows.append(
            (
                channel,
                correlation(log_spend, log_demand),
                correlation(log_spend, log_demand.shift(1)),
                correlation(log_spend, log_revenue.shift(1)),
                truth.follows_demand,
                f"{estimates[0]:.2f} ± {errors[0]:.2f}",
                truth.follows_revenue,
                f"{estimates[1]:.2f} ± {errors[1]:.2f}",
            )
        )
        reason = "independent innovations, once last week's spend is in the regression"
        for name, place in [("demand", 0), ("revenue", 1)]:
            described = float(truth[f"follows_{name}"])
            what = f"elasticity of spend on {channel} to last week's {name}"
            report.near(what, described, float(estimates[place]), float(errors[place]), reason)
        if channel == lake.described.lift["channel"]:
            what = f"logarithm of the lift test's factor, {channel}"
            report.near(what, math.log(lake.described.lift["factor"]), float(estimates[2]), float(errors[2]), reason)
    report.heading("Spend and demand")
    report.add(
        "Correlations within regions (deviations from each region's mean) of the logarithm of spend per 1,000"
        " inhabitants with the logarithms of market demand and of revenue. Beside them the described elasticities"
        " and what a regression finds (± standard error): spend on last week's demand and revenue, with effects of"
        " each region and of each week (by group of regions that are on air together), and with the week before in"
        " it because the chance part of spend keeps 0.6 from week to week."
    )
    names = ["channel", "demand, same week", "demand, week before", "revenue, week before"]
    names += ["follows demand", "found", "follows revenue", "found "]
    report.table(pd.DataFrame(rows, columns=names))
    report.picture("spend_and_demand", "Spend on search and display against demand", draw_scatter(lake))


def reactions(lake: Lake, channel: str, log_spend: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Elasticities of spend to last week's demand and revenue, the lift test's effect, and standard errors.

    What regions share in a week (the national part of chance, flights) leaves as effects of week and flight
    group. The regional part is autoregressive: with last week's spend and drivers in the regression the rest is
    independent of everything before it, so that least squares are consistent although revenue reacts to spend.
    """
    groups = lake.described.channels.flight_groups[channel]
    lifted = pd.DataFrame(0.0, lake.weeks, lake.size.index)
    lift = lake.described.lift
    if channel == lift["channel"]:
        test = lake.weeks[lift["first_week"] : lift["first_week"] + lift["weeks"]]
        lifted.loc[test, lift["regions"]] = 1.0
    now = [np.log(lake.demand).shift(1), np.log(lake.revenue).shift(1)] + ([lifted] if lifted.any().any() else [])
    columns = now + [log_spend.shift(1)] + [table.shift(1) for table in now]
    first = max(int(table.isna().any(axis=1).sum()) for table in [log_spend, *columns])

    def clean(table: pd.DataFrame) -> np.ndarray:
        values = table.to_numpy()[first:].copy()
        for group in range(groups):
            values[:, group::groups] = without_effects(values[:, group::groups])
        return values.ravel()

    x, y = np.column_stack([clean(table) for table in columns]), clean(log_spend)
    weeks, units = len(lake.weeks) - first, len(lake.size)
    free = weeks * units - units - groups * weeks + groups - x.shape[1]
    inverse = np.linalg.inv(x.T @ x)
    estimates = inverse @ x.T @ y
    errors = np.sqrt(np.diag(inverse) * np.sum((y - x @ estimates) ** 2) / free)
    return estimates[: len(now)], errors[: len(now)]


def draw_scatter(lake: Lake) -> plt.Figure:
    figure, axes = plt.subplots(1, 2, figsize=(11, 5), sharex=True, sharey=True, layout="constrained")
    x = within(np.log(lake.demand.shift(1).iloc[1:])).to_numpy().ravel()
    for axis, channel, role in zip(axes, ["search", "display"], ["works", "does not work"], strict=True):
        y = within(np.log(lake.per_thousand(lake.spend[channel]).iloc[1:])).to_numpy().ravel()
        axis.scatter(100 * np.exp(x), 100 * np.exp(y), s=5, alpha=0.25, color=BLUE, linewidths=0)
        ends = np.array([x.min(), x.max()])
        follows = lake.transforms.follows_demand[channel]
        line = f"described: elasticity {follows:g} to demand alone"
        axis.plot(100 * np.exp(ends), 100 * np.exp(follows * ends), color=ORANGE, lw=2.5, label=line)
        axis.set_title(f"{channel} ({role}): correlation {np.corrcoef(x, y)[0, 1]:.2f}")
        axis.set_xlabel("market demand of the week before, % of the region's mean")
        axis.set_xscale("log"), axis.set_yscale("log")
        axis.set_xticks([70, 80, 90, 100, 110, 120, 140], [70, 80, 90, 100, 110, 120, 140])
        axis.set_yticks([40, 60, 80, 100, 150, 200, 300], [40, 60, 80, 100, 150, 200, 300])
        axis.minorticks_off(), axis.legend(loc="upper left", frameon=False), axis.grid(alpha=0.3)
    axes[0].set_ylabel("spend per 1,000 inhabitants and week,\n% of the region's mean")
    figure.suptitle("Spend follows demand whether or not the channel works")
    return figure


# ---------------------------------------------------------------- causes


def explained(lake: Lake, report: Report) -> None:
    """Shares of revenue and of its variance, by cause."""
    revenue = within(lake.per_thousand(sum(lake.causes.values()))).to_numpy().ravel()
    total = sum(table.to_numpy().sum() for table in lake.causes.values())
    rows = []
    for cause, table in lake.causes.items():
        part = within(lake.per_thousand(table)).to_numpy().ravel()
        rows.append((cause, float(table.to_numpy().sum() / total), float(part @ revenue / (revenue @ revenue))))
    shares = pd.DataFrame(rows, columns=["cause", "of revenue", "of variance"])
    report.heading("What each cause explains")
    report.add(
        "Share of revenue, and share of the variance of weekly revenue per 1,000 inhabitants within regions:"
        " covariance of the cause's part with revenue, over the variance of revenue. Both sum to 1; a cause that"
        " moves against revenue has a negative share."
    )
    report.table(shares.assign(**{name: shares[name].map(percent) for name in ("of revenue", "of variance")}))
    groups = shares.cause.map(lambda cause: group_of(lake, cause))
    together = shares.groupby(groups, sort=False)[["of revenue", "of variance"]].sum()
    report.add(
        "Together: "
        + "; ".join(f"{name} {percent(row.iloc[0])} and {percent(row.iloc[1])}" for name, row in together.iterrows())
        + "."
    )
    sums = lake.causes["baseline"].to_numpy() * 0
    for table in lake.causes.values():
        sums = sums + table.to_numpy()
    # The panel is rounded to the cent.
    gap = float(np.max(np.abs(sums - lake.revenue.to_numpy()) - 0.005) / np.min(lake.revenue.to_numpy()))
    what = "largest gap between revenue and the sum of its causes, relative, beyond half a cent of rounding"
    report.check(what, 0, max(gap, 0.0), f"{DOUBLES}; double precision", gap <= DOUBLES)
    both = shares[["of revenue", "of variance"]].sum()
    report.check(
        "shares of causes sum to 1",
        1,
        float(both.max()),
        f"{DOUBLES}; double precision",
        (abs(both - 1) < DOUBLES).all(),
    )
    report.picture("explained", "Share explained by each cause", draw_explained(lake, shares))
    report.picture("revenue", "Revenue and market demand over time", draw_revenue(lake))


def group_of(lake: Lake, cause: str) -> str:
    if cause in lake.channels or cause in ("tv_via_search", "synergy"):
        return "media"
    return cause if cause in ("baseline", "noise") else "level"


def draw_explained(lake: Lake, shares: pd.DataFrame) -> plt.Figure:
    colors = {"baseline": GREY, "level": BLUE, "media": ORANGE, "noise": "#444444"}
    figure, axes = plt.subplots(1, 2, figsize=(12, 7.5), sharey=True, layout="constrained")
    places = np.arange(len(shares))[::-1]
    for axis, column, title in zip(
        axes,
        ["of revenue", "of variance"],
        ["share of revenue", "share of the weekly variance within regions"],
        strict=True,
    ):
        values = 100 * shares[column]
        axis.barh(places, values, color=[colors[group_of(lake, cause)] for cause in shares.cause])
        for place, value in zip(places, values, strict=True):
            if abs(value) > 1e-9:
                offset = 4 if value >= 0 else -4
                axis.annotate(
                    f"{value:.1f}",
                    (value, place),
                    (offset, 0),
                    textcoords="offset points",
                    va="center",
                    ha="left" if value >= 0 else "right",
                    fontsize=8,
                )
        axis.set_title(title), axis.set_xlabel("%"), axis.axvline(0, color="black", lw=0.8)
        axis.margins(x=0.12), axis.margins(y=0.01), axis.grid(axis="x", alpha=0.3), axis.set_axisbelow(True)
    axes[0].set_yticks(places, shares.cause.str.replace("_", " "))
    labels = {"baseline": "baseline", "level": "moves the level", "media": "media", "noise": "noise"}
    handles = [plt.Rectangle((0, 0), 1, 1, color=colors[key]) for key in labels]
    axes[1].legend(handles, labels.values(), loc="lower right", frameon=False)
    return figure


def draw_revenue(lake: Lake) -> plt.Figure:
    figure, axes = plt.subplots(2, 1, figsize=(12, 6.5), sharex=True, layout="constrained")
    media = [table for cause, table in lake.causes.items() if group_of(lake, cause) == "media"]
    million = 1e6
    total, of_media = lake.revenue.sum(axis=1) / million, sum(media).sum(axis=1) / million
    axes[0].plot(lake.weeks, total, color=BLUE, label="revenue")
    axes[0].fill_between(lake.weeks, 0, of_media, color=ORANGE, alpha=0.7, lw=0, label="brought by media")
    axes[0].set_ylabel("revenue of all regions,\nmillion € per week"), axes[0].set_ylim(bottom=0)
    axes[0].legend(loc="upper left", ncols=2, framealpha=1)
    weights = lake.size / lake.size.sum()
    axes[1].fill_between(
        lake.weeks, lake.demand.min(axis=1), lake.demand.max(axis=1), color=GREEN, alpha=0.2, lw=0, label="regions"
    )
    axes[1].plot(lake.weeks, (lake.demand * weights).sum(axis=1), color=GREEN, label="mean by inhabitants")
    axes[1].set_ylabel("market demand,\n100 = normal"), axes[1].legend(loc="upper left", ncols=2, framealpha=1)
    for axis in axes:
        axis.grid(alpha=0.3)
        dates(axis)
    return figure


def dates(axis: plt.Axes) -> None:
    axis.xaxis.set_major_locator(matplotlib.dates.YearLocator())
    axis.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%Y"))
    axis.xaxis.set_minor_locator(matplotlib.dates.MonthLocator((4, 7, 10)))


# ---------------------------------------------------------------- media


def carry(lake: Lake, channel: str, exposure: pd.DataFrame) -> pd.DataFrame:
    """Exposure as it is felt, in half-saturations. Missing in the first weeks, whose past is not in the lake."""
    felt = int(lake.described.constant("channel", "WEEKS_FELT"))
    truth = lake.transforms.loc[channel]
    lags = np.arange(felt)
    weights = (lags + 1.0) ** truth["shape"] * truth.retention**lags
    weights /= weights.sum()
    carried = sum(weight * exposure.shift(lag) for lag, weight in zip(lags, weights, strict=True))
    return lake.per_thousand(carried) / truth.half_saturation


def saturation(lake: Lake, channel: str, x):
    """Response to exposure in half-saturations, from 0 towards 1."""
    truth = lake.transforms.loc[channel]
    if truth.saturation == "hill":
        return x**truth.slope / (1 + x**truth.slope)
    return 1 - 2.0**-x if truth.saturation == "exponential" else np.tanh(0.5 * math.log(3) * x)


def full_response(lake: Lake, channel: str) -> float:
    """Euros per 1,000 inhabitants and week that full response brings at normal demand and affinity."""
    plan = lake.described.channels.loc[channel]
    at_plan = saturation(lake, channel, 1 / plan.half)
    return plan.roas * plan.share * lake.described.constant("world", "LEVEL") / at_plan


def response(lake: Lake, channel: str, rounding: float = 0.0) -> pd.DataFrame:
    """Response of a channel given its exposure in the lake, which may be off by `rounding` units."""
    exposure = (lake.exposure[channel] + rounding).clip(lower=0)
    return saturation(lake, channel, carry(lake, channel, exposure))


def rounding_of(channel: str) -> float:
    # Counts are whole for each of two campaigns; hours have one decimal.
    return 0.05 if channel == "field_sales" else 1.0


def television_carries(lake: Lake, rounding: float = 0.0) -> pd.DataFrame:
    """By how much television raises spend and clicks of search."""
    return 1 + lake.described.constant("world", "SEARCH_CARRIES") * response(lake, "tv", rounding)


def own_search(lake: Lake, rounding: float = 0.0) -> pd.DataFrame:
    """Response that search would have without what television sends."""
    clicks = (lake.exposure["search"] + rounding).clip(lower=0) / television_carries(lake, -rounding)
    return saturation(lake, "search", carry(lake, "search", clicks))


def media_follow_from_lake(lake: Lake, report: Report) -> None:
    """Recomputes what media bring from the lake's exposure, with bounds for the rounding of its counts."""
    constant = lake.described.constant
    effects = 0.0 if lake.settings["without_effects"] else 1.0
    demand = (lake.demand / 100) ** constant("world", "DEMAND_IN_MEDIA")
    scale = effects * demand * lake.size * lake.affinity()
    bounds = {}
    for channel in lake.channels:
        off = rounding_of(channel)
        bounds[channel] = [full_response(lake, channel) * response(lake, channel, sign * off) for sign in (-1, 1)]
    search = full_response(lake, "search")
    all_low, all_high = bounds["search"]
    own_low, own_high = [search * own_search(lake, sign) for sign in (-1, 1)]
    bounds["search"] = [own_low, own_high]
    bounds["tv_via_search"] = [all_low - own_high, all_high - own_low]
    synergy = constant("world", "SYNERGY") * constant("world", "LEVEL")
    bounds["synergy"] = [synergy * response(lake, "tv", off) * response(lake, "social", off) for off in (-1, 1)]
    for cause, (low, high) in bounds.items():
        truth = lake.causes[cause]
        known = (low.notna() & high.notna()).to_numpy()
        slack = DOUBLES * lake.causes["baseline"]
        inside = (truth >= scale * low - slack) & (truth <= scale * high + slack)
        share = float(inside.to_numpy()[known].mean())
        what = f"weeks and regions where {cause.replace('_', ' ')} brings what the lake's exposure must"
        reason = "carried over and saturated as described, within bounds for the rounding of published counts"
        report.check(what, "100.0 %", percent(share), reason, share == 1.0)


def truth_per_channel(lake: Lake, report: Report) -> None:
    all_rows = lake.frame(f"SELECT * FROM {lake.table('furniture_truth/truth_channels')} WHERE region = 'ALL'")
    all_rows["weeks"] = (all_rows.window_end - all_rows.window_start).dt.days // 7
    three_years = all_rows[all_rows.weeks == 156].set_index("channel")
    described = lake.described.channels
    rows = []
    for channel in lake.channels:
        truth = three_years.loc[channel]
        brought, spent = [table[channel].iloc[-156:].to_numpy().sum() for table in (lake.causes, lake.spend)]
        own = truth.own_outcome / truth.spend
        rows.append(
            (channel, truth.spend, described.roas[channel], own, float(brought / spent), truth.roas, truth.mroas)
        )
    report.heading("Truth per channel")
    report.add(
        "The last 156 weeks of all regions. The described ROAS holds at the planned spend, normal demand and without"
        " help from other channels; spend that swings around the plan meets a curve that wears off, and spend on"
        " search also pays for the clicks that television sends. So the lived ROAS of a channel on its own lies"
        " somewhat below the described one. Contribution over spend of the same weeks lacks only the edges."
    )
    names = ["channel", "spend, €", "described ROAS", "own ROAS", "own contribution / spend, same weeks"]
    report.table(pd.DataFrame(rows, columns=[*names, "ROAS with help to search", "mROAS"]))

    without = described.index[described.roas == 0]
    for channel in without:
        truth = all_rows[all_rows.channel == channel]
        largest = float(truth[["roas", "mroas", "incremental_outcome"]].abs().to_numpy().max())
        report.check(f"ROAS and mROAS of {channel}, the channel without effect", 0, largest, "exact", largest == 0.0)
    if not lake.settings["without_effects"]:
        least = min(row[3] / row[2] for row in rows if row[2] > 0)
        most = max(row[3] / row[2] for row in rows if row[2] > 0)
        reason = "0.6–1.2, the band that the generator's own tests allow: flights and chance move spend along a curve"
        found = f"{least:.2f}–{most:.2f}"
        report.check("own ROAS as a multiple of the described", "about 1", found, reason, 0.6 <= least and most <= 1.2)
    for weeks, part in all_rows.groupby("weeks"):
        spent = {channel: lake.spend[channel].iloc[-weeks:].to_numpy().sum() for channel in lake.channels}
        gap = max(abs(row.spend - spent[row.channel]) for row in part.itertuples())
        # Half a cent for each of at most two campaigns in every week and region.
        limit = 0.01 * weeks * len(lake.size)
        what = f"largest gap between the truth's spend of {weeks} weeks and the lake's, €"
        report.check(what, 0, gap, f"{limit:.0f}; half a cent for each booked amount", gap <= limit)
    report.picture("response", "Response curves and observed pressure", draw_response(lake))
    report.picture("spend", "Spend per channel over time", draw_spend(lake))


def draw_response(lake: Lake) -> plt.Figure:
    figure, axes = plt.subplots(2, 5, figsize=(17, 7), layout="constrained")
    described = lake.described.channels
    for axis, channel in zip(axes.ravel(), lake.channels, strict=True):
        exposure = lake.transforms.exposure[channel]
        # Few working hours fall to 1,000 people.
        people = 1_000 if exposure == "hours" else 1
        half = people * lake.transforms.half_saturation[channel]
        observed = carry(lake, channel, lake.exposure[channel]).to_numpy().ravel()
        observed = observed[~np.isnan(observed)] * half
        low, middle, high = np.quantile(observed, [0.05, 0.5, 0.95])
        x = np.linspace(0, 1.6 * high, 300)
        full = 0.0 if lake.settings["without_effects"] else full_response(lake, channel)
        y = full * saturation(lake, channel, x / half)
        axis.axvspan(low, high, color=BLUE, alpha=0.15, lw=0)
        axis.axvline(middle, color=BLUE, lw=1, ls="--")
        axis.plot(x, y, color=ORANGE, lw=2.2)
        kinds = f"{lake.transforms.carry_over[channel]}, {lake.transforms.saturation[channel]}"
        axis.set_title(f"{channel.replace('_', ' ')}: described ROAS {described.roas[channel]:g}\n{kinds}", fontsize=10)
        unit = {"hours": "working hours", "copies": "copies", "sends": "mails sent"}
        label = f"{unit.get(exposure, exposure)} felt per {1_000 * people:,}\ninhabitants and week"
        axis.set_xlabel(label, fontsize=9)
        axis.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5))
        axis.set_xlim(0, x[-1]), axis.set_ylim(0, max(1.1 * y[-1], 0.05)), axis.grid(alpha=0.3)
    for axis in axes[:, 0]:
        axis.set_ylabel("€ per 1,000 inhabitants and week")
    figure.suptitle(
        "True response at normal demand and affinity. Shaded: 5–95 % of observed weeks and regions after carry-over;"
        " dashed: their median"
    )
    return figure


def draw_spend(lake: Lake) -> plt.Figure:
    figure, axes = plt.subplots(5, 2, figsize=(13, 11), sharex=True, layout="constrained")
    example = lake.size.idxmax()
    for axis, channel in zip(axes.ravel(), lake.channels, strict=True):
        axis.plot(lake.weeks, lake.spend[channel].sum(axis=1) / 1_000, color=BLUE, lw=1.3, label="all regions")
        axis.plot(lake.weeks, lake.spend[channel][example] / 1_000, color=ORANGE, lw=1, label=example)
        (
            axis.set_title(channel.replace("_", " "), fontsize=10, loc="left"),
            axis.set_ylim(bottom=0),
            axis.grid(alpha=0.3),
        )
        axis.set_ylabel("thousand €\nper week", fontsize=8)
        dates(axis)
    axes[0, 0].legend(loc="upper right", ncols=2, fontsize=8, framealpha=1)
    figure.suptitle(f"Spend per channel: all regions, and the largest alone ({example})")
    return figure


# ---------------------------------------------------------------- dirt


def dirt(lake: Lake, report: Report) -> None:
    constant = lake.described.constant
    late = constant("orders", "LATE")
    last = lake.weeks[-1]
    counts = lake.frame("SELECT week, delay, count(*) AS lines FROM lines GROUP BY ALL")
    rows = []
    for delay, share in enumerate(late, start=1):
        # Lines of the last weeks that are this late would come after the lake's end.
        known = counts[pd.to_datetime(counts.week) <= last - pd.Timedelta(weeks=delay)]
        number, of = int(known.lines[known.delay == delay].sum()), int(known.lines.sum())
        after = "a week" if delay == 1 else f"{delay} weeks"
        rows.append((f"order lines that arrive {after} late", number, of, share))
        report.share(f"share of order lines that arrive {after} late", share, number, of)
    odd = int(counts.lines[(counts.delay < 0) | (counts.delay > len(late))].sum())
    what = "order lines exported before their week began, or later than described"
    report.check(what, 0, odd, "exact", odd == 0)

    days, again = lake.one("""
        SELECT count(*), sum((last > 1)::INT)
        FROM (SELECT max(export_number) AS last FROM sent GROUP BY exported_on)
    """)
    share = constant("orders", "SENT_AGAIN")
    rows.append(("days whose export was sent again", again, days, share))
    report.share("share of days whose export was sent again", share, again, days)
    first, second = lake.one("""
        SELECT sum((export_number = 1)::INT), sum((export_number = 2)::INT) FROM sent
        WHERE exported_on IN (SELECT exported_on FROM sent WHERE export_number = 2)
    """)
    share = constant("orders", "BROKE_OFF_AFTER")
    rows.append(("rows that got through before an export broke off", first, second, share))
    report.share("share of rows that got through before an export broke off", share, first, second)
    all_rows, clean = lake.one("SELECT (SELECT count(*) FROM sent), (SELECT count(*) FROM lines)")
    rows.append(("rows of order lines that stand there twice", all_rows - clean, all_rows, None))

    twice, decided = lake.one(f"""
        SELECT sum((versions > 1)::INT), count(*) FROM (
            SELECT count(*) AS versions, max(coalesce(accepted_at, rejected_at)) AS decided_at
            FROM {lake.table("furniture/crm/leads")} GROUP BY lead_id) WHERE decided_at IS NOT NULL
    """)
    share = constant("leads", "WRITTEN_TWICE")
    rows.append(("decided leads written twice", twice, decided, share))
    report.share("share of decided leads written twice", share, twice, decided)

    web, other_day, same_week = lake.one("""
        SELECT count(DISTINCT order_id), count(DISTINCT order_id) FILTER (ordered_at::DATE <> day),
            count(DISTINCT order_id) FILTER (date_trunc('week', ordered_at)::DATE <> week)
        FROM lines WHERE sales_channel = 'web'
    """)
    rows.append(("web orders whose day in UTC is not that in Berlin", other_day, web, None))
    rows.append(("web orders whose week in UTC is not that in Berlin", same_week, web, None))
    report.heading("Dirt")
    table = pd.DataFrame(rows, columns=["what", "number", "of", "described"])
    table.insert(3, "share", [f"{100 * share:.3f} %" for share in table.number / table.of])
    table["described"] = ["" if pd.isna(share) else percent(share) for share in table.described]
    report.table(table)

    names = lake.frame(f"""
        SELECT platform, min(week)::DATE::VARCHAR AS first, max(week)::DATE::VARCHAR AS last,
            count(DISTINCT week) AS weeks
        FROM {lake.table("furniture/media/ads")} WHERE platform IN ('facebook', 'meta') GROUP BY ALL ORDER BY first
    """)
    report.add("The social platform under both of its names:")
    report.table(names)
    renamed = str(lake.weeks[constant("media", "RENAMED_IN")].date())
    found = names.set_index("platform")["first"]["meta"]
    report.check("first week of the social platform's new name", renamed, found, "exact", renamed == found)

    weather = lake.frame(f"""
        SELECT DISTINCT date_trunc('week', day)::DATE AS week FROM {lake.table("furniture/external/weather")}
    """)
    missing = [str(week.date()) for week in lake.weeks.difference(pd.DatetimeIndex(weather.week))]
    expected = [str(lake.weeks[constant("environment", "WITHOUT_WEATHER")].date())]
    report.check("weeks without weather", ", ".join(expected), ", ".join(missing), "exact", missing == expected)
    content = (lake.folder / "furniture" / "media" / "agency_nordlicht.csv").read_bytes()
    foreign = sum(byte >= 128 for byte in content)
    letters = ", ".join(sorted({chr(byte) for byte in content if byte >= 128}))
    try:
        content.decode("utf-8")
        utf8 = "valid UTF-8"
    except UnicodeDecodeError as error:
        utf8 = f"not UTF-8 from byte {error.start:,} on"
    report.add(
        f"Weeks without weather: {', '.join(missing)}. The agency's file has {len(content):,} bytes, {foreign:,} of"
        f" them no ASCII ({letters} in Latin-1); it is {utf8}."
    )
    report.check("the agency's file is not UTF-8", "not UTF-8", utf8, "exact", utf8.startswith("not"))


# ---------------------------------------------------------------- money adds up


def money_adds_up(lake: Lake, report: Report) -> None:
    """Order lines, the tills' closing and the truth are the same money."""
    late = len(lake.described.constant("orders", "LATE"))
    open_from = (lake.weeks[-1] - pd.Timedelta(weeks=late - 1)).date()
    closed = f"""
        SELECT day, region, round(100 * net_amount)::BIGINT AS cents, orders
        FROM {lake.table("furniture/erp/daily_closing")}
    """
    wrong, days, too_much = lake.one(f"""
        WITH counted AS (
            SELECT day, region, sum(cents)::BIGINT AS cents, count(DISTINCT order_id) AS orders FROM lines GROUP BY ALL
        ), closed AS ({closed})
        SELECT
            count(*) FILTER (day < DATE '{open_from}'
                AND (counted.cents, counted.orders) IS DISTINCT FROM (closed.cents, closed.orders)),
            count(*) FILTER (day < DATE '{open_from}'),
            count(*) FILTER (coalesce(counted.cents, 0) > coalesce(closed.cents, 0))
        FROM counted FULL JOIN closed USING (day, region)
    """)
    what = f"days and regions of {days:,} where cleaned lines are not the tills' closing, in cents or orders"
    reason = f"exact, without the last {late} weeks, whose late lines are still to come"
    report.check(what, 0, wrong, reason, wrong == 0)
    what = "days and regions where cleaned lines are more than the tills' closing"
    report.check(what, 0, too_much, "exact", too_much == 0)
    wrong, weeks = lake.one(f"""
        WITH closed AS ({closed}),
        counted AS (
            SELECT date_trunc('week', day) AS week, region, sum(cents)::BIGINT AS cents FROM closed GROUP BY ALL
        ),
        truth AS (
            SELECT week, region, round(100 * revenue)::BIGINT AS cents FROM {lake.table("furniture_truth/truth_panel")}
        )
        SELECT count(*) FILTER (counted.cents IS DISTINCT FROM truth.cents), count(*)
        FROM counted FULL JOIN truth USING (week, region)
    """)
    what = f"weeks and regions of {weeks:,} where the tills' closing is not the true revenue, to the cent"
    report.check(what, 0, wrong, "exact", wrong == 0)

    lift = lake.described.lift
    rows = lake.frame(f"""
        SELECT region, spend_change::DOUBLE AS spend_change FROM {lake.table("furniture/media/lift_tests")}
    """)
    test = lake.weeks[lift["first_week"] : lift["first_week"] + lift["weeks"]]
    spent = lake.spend[lift["channel"]].loc[test].sum() * (1 - 1 / lift["factor"])
    gap = max(abs(row.spend_change - spent[row.region]) for row in rows.itertuples())
    limit = 0.01 * (lift["weeks"] + 1)
    what = "largest gap between the lift test's change of spend and that in the lake, €"
    report.check(what, 0, gap, f"{limit:.2f}; half a cent for each booked amount", gap <= limit)


# ---------------------------------------------------------------- order times


def order_times(lake: Lake, report: Report) -> None:
    """When people order, against the described profiles."""
    described = lake.described
    orders = lake.frame("""
        SELECT sales_channel, region, any_value(day) AS day, any_value(week) AS week,
            any_value(local_time) AS local_time
        FROM lines GROUP BY order_id, sales_channel, region
    """)
    orders["weekday"], orders["hour"] = orders.day.dt.day_of_week, orders.local_time.dt.hour
    holidays = lake.frame(f"""
        SELECT DISTINCT region, date_trunc('week', day)::DATE AS week FROM {lake.table("furniture/external/holidays")}
    """)
    ordinary = orders.merge(holidays, how="left", on=["region", "week"], indicator=True)
    ordinary = ordinary[ordinary["_merge"] == "left_only"]
    # On a day of 23 or 25 hours the profile is stretched, so that no hour is missing.
    today, tomorrow = [(orders.day + pd.Timedelta(days=days)).dt.tz_localize("Europe/Berlin") for days in (0, 1)]
    usual = orders[tomorrow - today == pd.Timedelta(hours=24)]
    for what, places, weights in [
        ("web orders by hour", usual.hour[usual.sales_channel == "web"], described.constant("orders", "WEB_HOURS")),
        ("web orders by day", orders.weekday[orders.sales_channel == "web"], described.constant("orders", "WEB_DAYS")),
        (
            "store orders by day, weeks without holidays",
            ordinary.weekday[ordinary.sales_channel == "store"],
            described.constant("orders", "STORE_DAYS"),
        ),
    ]:
        found, chances = np.bincount(places, minlength=len(weights)), np.array(weights) / sum(weights)
        open_ = chances > 0
        expected = chances[open_] * found.sum()
        square = float(np.sum((found[open_] - expected) ** 2 / expected))
        limit = float(stats.chi2.ppf(0.9999, open_.sum() - 1))
        never = int(found[~open_].sum())
        freedom = int(open_.sum()) - 1
        text = f"at most {limit:.0f}, the 99.99 % quantile with {freedom} degrees of freedom; none when closed"
        report.check(f"chi-square of {what}", f"about {freedom}", square, text, square <= limit and never == 0)
    web_share = re.search(r"web_share = ([\d.]+) \+ ([\d.]+) \* years", described.texts["orders"])
    start, growth = map(float, web_share.groups())
    chance = start + growth * (orders.week - lake.weeks[0]).dt.days / 7 / 52
    web = float((orders.sales_channel == "web").mean())
    error = math.sqrt(float((chance * (1 - chance)).sum())) / len(orders)
    reason = f"binomial; {start:g}, and {growth:g} more a year"
    report.near("share of orders on the web", float(chance.mean()), web, error, reason)
    closed = lake.one(f"""
        SELECT count(*) FROM lines JOIN {lake.table("furniture/external/holidays")} AS free USING (day, region)
        WHERE sales_channel = 'store'
    """)[0]
    report.check("store orders on public holidays", 0, closed, "exact", closed == 0)
    report.picture("orders", "Orders by weekday and hour", draw_profile(orders))


def draw_profile(orders: pd.DataFrame) -> plt.Figure:
    figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained", width_ratios=[1, 1.5])
    for shift, (channel, color) in zip((-0.2, 0.2), [("store", BLUE), ("web", ORANGE)], strict=True):
        of = orders[orders.sales_channel == channel]
        days = np.bincount(of.weekday, minlength=7) / len(of)
        axes[0].bar(np.arange(7) + shift, 100 * days, width=0.38, color=color, label=f"{channel} ({len(of):,} orders)")
        hours = np.bincount(of.hour, minlength=24) / len(of)
        axes[1].step(np.arange(25), 100 * np.append(hours, hours[-1]), where="post", color=color, lw=2, label=channel)
    axes[0].set_xticks(np.arange(7), WEEKDAYS), axes[0].set_xlabel("day of the week, Berlin")
    axes[1].set_xticks(np.arange(0, 25, 3)), axes[1].set_xlabel("hour of the day, Berlin"), axes[1].set_xlim(0, 24)
    for axis in axes:
        axis.set_ylabel("orders, % of the sales channel"), axis.grid(axis="y", alpha=0.3), axis.legend(frameon=False)
    return figure


# ---------------------------------------------------------------- the level, noise and weather


def level_follows_from_lake(lake: Lake, report: Report) -> None:
    """Recomputes every cause of the level from the lake's own tables."""

    def world(name: str):
        return lake.described.constant("world", name)

    def per_week(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({region: np.asarray(values) for region in lake.size.index}, index=lake.weeks)

    weeks = lake.weeks
    angle = 2 * np.pi * (weeks.day_of_year - 1) / 365.25
    waves = [a * np.sin(k * angle) + b * np.cos(k * angle) for k, (a, b) in enumerate(world("SEASON"), start=1)]
    own = lake.by_week_and_region("furniture/erp/price_index", "price_index")
    competitors = pivot(
        lake.frame(f"""
            SELECT week, region, sum(price_index * stores) / sum(stores) AS value
            FROM {lake.table("furniture/external/competitor_prices")}
                JOIN {lake.table("furniture/external/competitor_stores")} USING (competitor)
            GROUP BY ALL
        """),
        "value",
    )
    ads = pivot(
        lake.frame(f"""
            SELECT week, region, sum(rating_points) AS value
            FROM {lake.table("furniture/external/competitor_ads")} GROUP BY ALL
        """),
        "value",
    )
    economy = lake.frame(f"SELECT * FROM {lake.table('furniture/external/economy')} ORDER BY month")
    # What is known on Monday is the last month that had ended.
    months = np.searchsorted(pd.to_datetime(economy.month), weeks.to_period("M").to_timestamp()) - 1
    confidence = economy.consumer_confidence.to_numpy()[months]
    weather = lake.frame(f"""
        SELECT date_trunc('week', day)::DATE AS week, region, avg(temperature) AS warmth, sum(rain) AS rain
        FROM {lake.table("furniture/external/weather")} GROUP BY ALL
    """)
    warmth, rain = pivot(weather, "warmth").reindex(weeks), pivot(weather, "rain").reindex(weeks)
    holidays = holiday_counts(lake)
    years = np.arange(len(weeks)) / 52.178
    causes = {
        "trend": per_week(world("TREND") * years),
        "season": per_week(sum(waves)),
        "market_demand": world("DEMAND") * np.log(lake.demand / 100),
        "own_price": world("OWN_PRICE") * np.log(own / 100),
        "competitor_price": world("COMPETITOR_PRICE") * np.log(competitors / 100),
        "competitor_ads": world("COMPETITOR_ADS") * (ads / 100 - 1),
        "consumer_confidence": per_week(world("CONFIDENCE") * (confidence + 12)),
        "heat": world("HEAT") * (warmth - world("WARM")).clip(lower=0),
        "rain": world("RAIN") * rain,
        "holidays": world("HOLIDAY") * holidays,
    }
    baseline = lake.causes["baseline"]
    total = sum(causes.values())
    mean = baseline * np.expm1(total) / total
    for cause, change in causes.items():
        gap = float(((change * mean - lake.causes[cause]) / baseline).abs().max().max())
        what = f"largest gap between {cause.replace('_', ' ')} and what the lake's tables give, share of the baseline"
        reason = f"{DOUBLES}; double precision (without the week that has no weather)"
        report.check(what, 0, gap, reason, gap <= DOUBLES)


def holiday_counts(lake: Lake) -> pd.DataFrame:
    """Public holidays from Monday to Saturday."""
    rows = lake.frame(f"""
        SELECT date_trunc('week', day)::DATE AS week, region, count(*) AS value
        FROM {lake.table("furniture/external/holidays")} WHERE isodow(day) < 7 GROUP BY ALL
    """)
    return pivot(rows, "value").reindex(index=lake.weeks, columns=lake.size.index).fillna(0.0)


def holidays_and_summers(lake: Lake, report: Report) -> None:
    """What can be seen without the truth: revenue falls with holidays, summers are warm."""
    holidays = holiday_counts(lake)
    level = sum(table for cause, table in lake.causes.items() if group_of(lake, cause) in ("baseline", "level"))
    share = float((level / lake.revenue).to_numpy().mean())
    x = np.column_stack([without_effects(table.to_numpy()).ravel() for table in (holidays, np.log(lake.demand))])
    weeks = np.repeat(np.arange(len(lake.weeks)), len(lake.size))
    fit = sm.OLS(without_effects(np.log(lake.revenue).to_numpy()).ravel(), x).fit(
        cov_type="cluster", cov_kwds={"groups": weeks}
    )
    described = lake.described.constant("world", "HOLIDAY") * share
    report.near(
        "relative change of revenue per holiday, from regions that keep it beside those that do not",
        described,
        float(fit.params[0]),
        float(fit.bse[0]),
        f"clustered by week, with demand in it; described for the level, which is {percent(share)} of revenue",
    )
    days = lake.frame(f"SELECT day, region, temperature FROM {lake.table('furniture/external/weather')}")
    place = (days.day.dt.day_of_year - 1) / 365.25
    outside = lake.described.texts["outside"]
    swing = float(re.search(r"region\.temperature \+ ([\d.]+) \* season", outside)[1])
    peak = float(re.search(r"place_in_year\(date\) - ([\d.]+)", outside)[1])
    front = re.search(r"front = Memory::begin\(&mut stream, ([\d.]+), ([\d.]+)\)", outside)
    memory, spread = map(float, front.groups())
    expected = days.region.map(lake.described.temperatures) + swing * np.cos(2 * np.pi * (place - peak))
    for name, months in [("summer (June to August)", (6, 7, 8)), ("winter (December to February)", (12, 1, 2))]:
        of = days.day.dt.month.isin(months)
        # The front that all regions share is the uncertainty: local air averages out over sixteen regions.
        error = spread * math.sqrt((1 + memory) / (1 - memory) / days.day[of].nunique())
        reason = f"days of weather keep {memory:g} of the day before"
        found = float(days.temperature[of].mean())
        report.near(f"mean temperature in {name}, °C", float(expected[of].mean()), found, error, reason)
    warm = lake.described.constant("world", "WARM")
    heat = lake.causes["heat"].sum(axis=1)
    cold = float(heat[lake.weeks.month.isin((12, 1, 2))].abs().sum())
    lost = float(heat[lake.weeks.month.isin((6, 7, 8))].sum())
    report.check(f"heat (above {warm:g} °C) takes revenue in summer, €", "below 0", lost, "sign", lost < 0)
    report.check("heat takes revenue in winter, €", 0, cold, "exact", cold == 0)


def noise(lake: Lake, report: Report) -> None:
    """Memory and size of the noise, freed from the part that all regions share in a week."""
    constant = lake.described.constant
    inhabitants = lake.regions.set_index("region").inhabitants_thousands
    sizes = ((5_266 / inhabitants) ** 0.2).to_numpy()
    relative = (lake.causes["noise"] / lake.causes["baseline"]).to_numpy() / sizes
    # Divided by its region's size the noise has one spread, and the shared part is one series times 1 / size.
    shared = (1 / sizes) / np.linalg.norm(1 / sizes)
    own = relative - np.outer(relative @ shared, shared)
    memory, spread = constant("world", "NOISE_MEMORY"), constant("world", "NOISE")
    weeks, regions = relative.shape[0], relative.shape[1] - 1
    centered = own - own.mean(axis=0)
    now, before = centered[1:].ravel(), centered[:-1].ravel()
    found = float(now @ before / (before @ before))
    bias = -(1 + 3 * memory) / weeks
    error = math.sqrt((1 - memory**2) / (regions * weeks))
    reason = f"of an autoregression over {regions} independent series; Kendall's bias of {bias:.3f} is taken off"
    report.near("memory of the noise, without the part that regions share", memory, found - bias, error, reason)
    counted = regions * weeks * (1 - memory**2) / (1 + memory**2)
    deviation = math.sqrt(float(np.sum(own**2)) / (regions * weeks))
    error = spread / math.sqrt(2 * counted)
    reason = "of a standard deviation, with the noise's memory"
    report.near("standard deviation of a region's noise, share of the level", spread, deviation, error, reason)
    # The projection on the shared series has the shared noise and one part of the regions' own.
    norm = np.linalg.norm(1 / sizes)
    total = (relative @ shared) / norm
    common = constant("world", "COMMON_NOISE")
    variance = float(np.mean(total**2)) - (spread / norm) ** 2
    expected = common**2 + (spread / norm) ** 2
    # Weeks of the regions' part hang together; counting all of them that way errs on the wide side.
    error = expected * math.sqrt(2 / weeks * (1 + memory**2) / (1 - memory**2)) / (2 * common)
    found = math.sqrt(max(variance, 0.0))
    report.near("standard deviation of the noise that regions share", common, found, error, reason)


# ---------------------------------------------------------------- leads, deals, clicks


def leads(lake: Lake, report: Report) -> None:
    """How many leads there are, and whom sales accepts."""
    weeks = lake.weeks[int(lake.described.constant("channel", "WEEKS_FELT")) - 1 :]
    counts = lake.frame(f"SELECT source, count(*) AS leads FROM leads WHERE week >= '{weeks[0].date()}' GROUP BY ALL")
    counts = counts.set_index("source").leads
    for source, rate in lake.described.lead_rates.items():
        raised = 1.0 if source == "organic" else 0.4 + 1.5 * response(lake, source).loc[weeks]
        mean = lake.size / 1_000 * rate * np.sqrt(lake.demand.loc[weeks] / 100) * raised * 1.4
        expected = float(mean.to_numpy().sum())
        report.near(f"leads from {source}", expected, float(counts[source]), math.sqrt(expected), "of a Poisson count")

    enough = lake.described.constant("leads", "ENOUGH_BUDGET")
    rows = lake.frame("SELECT *, accepted_at IS NOT NULL AS accepted FROM leads WHERE decided")
    truth = lake.frame(f"SELECT * FROM {lake.table('furniture_truth/truth_acceptance')}").set_index("criterion").effect
    drivers = {
        "enough_budget": rows.euros >= enough,
        "decision_maker": rows.is_decision_maker,
        "clear_need": rows.need == "clear",
        "within_twelve_weeks": rows.timeline_weeks <= 12,
    }
    # The constant and the sources' effects are one too many: each source has the sum of both.
    drivers |= {name: rows.source == name.split("=")[1] for name in truth.index if name.startswith("source=")}
    fit = sm.Logit(rows.accepted.astype(float), np.column_stack(list(drivers.values())).astype(float)).fit(disp=False)
    for name, found, error in zip(drivers, fit.params, fit.bse, strict=True):
        described = truth[name] + (truth["always"] if name.startswith("source=") else 0.0)
        what = f"log-odds of acceptance: {name}" + (" and the constant" if name.startswith("source=") else "")
        report.near(
            what, described, float(found), float(error), f"of a logistic regression on {len(rows):,} decided leads"
        )


def person_weeks(lake: Lake) -> pd.DataFrame:
    """One row per deal and week that it was open from beginning to end of that week.

    Weeks count from the moment the deal was opened. Fates are drawn at the end of each: between six and seven
    days after its beginning, so that a fate at the very end belongs to the week that ends with it. Touches fall
    on the first five days. The market demand that moves a week's fate is that of the calendar week in which it
    begins. Weeks that end after the lake are left out, whatever
    happened in them: of a deal that stayed as it was nobody knows whether its fate had been drawn.
    """
    end = f"(TIMESTAMP '{lake.weeks[-1] + pd.Timedelta(weeks=1)}' AT TIME ZONE 'Europe/Berlin')"
    return lake.frame(f"""
        WITH deals AS (
            SELECT deal_id, lead_id, deals.region, opened_at, closed_at, outcome, loss_reason, discount,
                competitor_offer, leads.week AS lead_week, response_hours, is_decision_maker, euros, topic, creative
            FROM {lake.table("furniture/crm/deals")} AS deals JOIN leads USING (lead_id)
        ), numbered AS (
            SELECT *, unnest(range(52)) AS number, opened_at + number * INTERVAL 168 HOURS AS start,
                start + INTERVAL 168 HOURS AS stop
            FROM deals
        ), open AS (SELECT * FROM numbered WHERE stop < {end} AND (closed_at IS NULL OR start < closed_at)),
        stages AS (
            SELECT deal_id, stage, entered_at,
                lead(entered_at) OVER (PARTITION BY deal_id ORDER BY entered_at) AS left_at
            FROM {lake.table("furniture/crm/stages")}
        ), touched AS (
            SELECT open.deal_id, number, bool_or(side = 'sales') AS sales, bool_or(side = 'marketing') AS marketing
            FROM open JOIN {lake.table("furniture/crm/touches")} AS touches USING (lead_id)
            WHERE touched_at >= start AND touched_at < stop GROUP BY ALL
        )
        SELECT open.*, stage, coalesce(sales, false) AS sales, coalesce(marketing, false) AS marketing,
            search_index,
            (left_at IS NOT NULL AND left_at <= stop) OR (outcome = 'won' AND closed_at <= stop) IS TRUE AS advanced,
            (outcome = 'lost' AND loss_reason <> 'given_up' AND closed_at <= stop) IS TRUE AS lost
        FROM open
            JOIN stages ON stages.deal_id = open.deal_id AND entered_at <= start
                AND (left_at IS NULL OR left_at > start)
            LEFT JOIN touched ON touched.deal_id = open.deal_id AND touched.number = open.number
            JOIN {lake.table("furniture/external/search_demand")} AS demand
                ON demand.region = open.region AND demand.week = date_trunc('week', start AT TIME ZONE 'Europe/Berlin')
    """)


def hazards(lake: Lake, report: Report) -> None:
    """Weekly chances of deals to advance and to be lost."""
    rows = person_weeks(lake)
    enough = lake.described.constant("leads", "ENOUGH_BUDGET")
    drivers = {
        "always": np.ones(len(rows)),
        "response_within_a_day": rows.response_hours <= 24,
        "sales_touch": rows.sales,
        "marketing_touch": rows.marketing,
        "decision_maker": rows.is_decision_maker,
        "enough_budget": rows.euros >= enough,
        "discount": rows.discount,
        "competitor_offer": rows.competitor_offer,
        "kitchen_and_design": (rows.topic == "kitchen") & (rows.creative.fillna("") == "design"),
        "market_demand": np.log(rows.search_index / 100),
    }
    drivers = pd.DataFrame({name: np.asarray(values, dtype=float) for name, values in drivers.items()})
    truth = lake.frame(f"SELECT * FROM {lake.table('furniture_truth/truth_hazards')}")
    for (stage, exit_), effects in truth.groupby(["stage", "exit"], sort=False):
        # Losing comes first: only what is not lost in a week may advance in it.
        at_risk = ((rows.stage == stage) & (~rows.lost | (exit_ == "lose"))).to_numpy()
        outcome = rows["lost" if exit_ == "lose" else "advanced"][at_risk].astype(float)
        fit = sm.Logit(outcome, drivers.loc[at_risk, list(effects.driver)]).fit(disp=False)
        reason = f"of a logistic regression on {at_risk.sum():,} weeks of deals"
        for name, effect in zip(effects.driver, effects.effect, strict=True):
            what = f"log-odds to {exit_} in {stage}: {name}"
            report.near(what, effect, float(fit.params[name]), float(fit.bse[name]), reason)


def clicks(lake: Lake, report: Report) -> None:
    """What a creative and its call to action do to clicks."""
    rows = lake.frame(f"""
        SELECT topic, creative, call_to_action, sum(impressions)::DOUBLE AS shown, sum(clicks)::DOUBLE AS clicks
        FROM {lake.table("furniture/media/ads")} JOIN {lake.table("furniture/media/campaigns")} USING (campaign_id)
        WHERE platform NOT IN ('tv_network', 'google_ads') GROUP BY ALL
    """)
    truth = lake.frame(f"SELECT * FROM {lake.table('furniture_truth/truth_clicks')}").set_index("property").effect
    drivers = {"always": np.ones(len(rows))}
    for name in truth.index:
        conditions = [part.split("=") for part in name.split(" and ")]
        drivers[name] = np.all([rows[column] == value for column, value in conditions], axis=0)
    # One creative and one call are what the others are compared to; their described effects are zero.
    kept = [name for name in drivers if name == "always" or truth[name] != 0]
    x = np.column_stack([drivers[name] for name in kept]).astype(float)
    fit = sm.GLM(np.column_stack([rows.clicks, rows.shown - rows.clicks]), x, family=sm.families.Binomial()).fit()
    for name, found, error in zip(kept[1:], fit.params[1:], fit.bse[1:], strict=True):
        reason = f"of a logistic regression on {rows.shown.sum() / 1e6:,.0f} million impressions"
        report.near(f"log-odds of a click: {name}", truth[name], float(found), float(error), reason)


# ---------------------------------------------------------------- all of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lake", type=pathlib.Path, help="folder that holds furniture/ and furniture_truth/")
    parser.add_argument("out", type=pathlib.Path, help="folder for report.md and its pictures")
    arguments = parser.parse_args()
    lake, report = Lake(arguments.lake), Report(arguments.out)
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in lake.settings.items())
    report.add("# The furniture lake, described")
    report.add(f"Written with {settings}.")
    what_is_there(lake, report)
    distributions(lake, report)
    spend_and_demand(lake, report)
    explained(lake, report)
    truth_per_channel(lake, report)
    dirt(lake, report)
    report.heading("When people order")
    order_times(lake, report)
    for check in (
        money_adds_up,
        level_follows_from_lake,
        media_follow_from_lake,
        holidays_and_summers,
        noise,
        leads,
        hazards,
        clicks,
    ):
        check(lake, report)
    if not report.finish():
        sys.exit("some checks do not hold")


if __name__ == "__main__":
    main()
