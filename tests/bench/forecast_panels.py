"""The panels of the forecast bench: sets of real series cut into a known past and a future to be forecast.

Sets with few series are cut at several origins, so that each has about a hundred evaluations. Nothing is drawn at random.
"""
import csv
import datetime
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass
class Panel:
    """One set: series of one kind, forecast over one horizon."""

    name: str
    seasons: list  # lengths in steps, shortest first; empty where there is none
    horizon: int
    scale_season: int  # season of the naive error that scales MASE and MSIS
    told: bool = True  # whether Headroom is told the seasons
    past: dict = field(default_factory=dict)
    future: dict = field(default_factory=dict)

    def add(self, name, values):
        values = np.asarray(values, dtype=float)
        self.past[name] = values[: -self.horizon]
        self.future[name] = values[-self.horizon :]

    def cut(self, name, values, known, count):
        """`count` origins spread evenly, the latest at the end; each knows at most `known` values."""
        values = np.asarray(values, dtype=float)
        first, last = min(known, len(values) - self.horizon), len(values) - self.horizon
        origins = sorted({round(first + (last - first) * i / max(count - 1, 1)) for i in range(count)})
        for origin in origins:
            self.add(f"{name}@{origin}", values[max(0, origin - known) : origin + self.horizon])

    def write(self, path):
        with open(path, "w", newline="") as out:
            table = csv.writer(out)
            table.writerow(["unique_id", "ds", "y"])
            for name, values in self.past.items():
                for i, value in enumerate(values, 1):
                    table.writerow([name, i, repr(float(value))])

    def digest(self):
        text = hashlib.sha256(repr((self.seasons, self.horizon)).encode())
        for name, values in self.past.items():
            text.update(name.encode())
            text.update(np.ascontiguousarray(values).tobytes())
        return text.hexdigest()[:16]


def columns(path):
    with open(path, newline="") as source:
        return list(csv.reader(source))


def long_form(path):
    series = {}
    for name, _, value in columns(path)[1:]:
        series.setdefault(name, []).append(float(value))
    return series


def filled(values):
    """Gaps by the line between their ends: statsforecast takes none."""
    values = np.asarray(values, dtype=float)
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), known, values[known])


def averaged(path, seconds, pattern="%Y-%m-%d %H:%M:%S"):
    """Means of even stretches of a fine series of (time, value) rows."""
    sums, counts = {}, {}
    for row in columns(path)[1:]:
        if len(row) < 2 or row[1] in ("", "NaN", "NA"):
            continue
        at = datetime.datetime.strptime(row[0], pattern).replace(tzinfo=datetime.timezone.utc)
        cell = int(at.timestamp()) // seconds
        sums[cell] = sums.get(cell, 0.0) + float(row[1])
        counts[cell] = counts.get(cell, 0) + 1
    first, last = min(sums), max(sums)
    # The first and the last stretch may be half empty.
    return filled([sums[c] / counts[c] if c in sums else np.nan for c in range(first + 1, last)])


def panels(data):
    """All sets, cheapest first for a peer whose models are slow on long seasons."""
    data = Path(data)
    folder = data / "forecasting"
    sets = []
    kinds = {"yearly": ([], 6, 1), "other": ([], 8, 1), "quarterly": ([4], 8, 4), "monthly": ([12], 18, 12)}
    for kind, (seasons, horizon, scale) in kinds.items():
        sets.append(Panel(f"m3_{kind}", seasons, horizon, scale))
    test = {row[0]: row for row in columns(folder / "m3" / "M3_test.csv")[1:]}
    numbers = lambda row: [float(v) for v in row[2:] if v not in ("", "NA")]
    for row in columns(folder / "m3" / "M3_train.csv")[1:]:
        panel = next(p for p in sets if p.name == f"m3_{row[1].lower()}")
        panel.add(row[0], numbers(row) + numbers(test[row[0]])[: panel.horizon])

    monthly = Panel("monthly_more", [12], 12, 12)
    for name in ("a10", "auscafe"):
        monthly.cut(name, long_form(folder / f"{name}.csv")[name], 150, 20)
    equipment = [float(row[1]) for row in columns(folder / "statsmodels" / "elec_equip.csv")[1:]]
    monthly.cut("elec_equip", equipment, 120, 20)
    shops = [float(row[1]) for row in columns(folder / "prophet" / "example_retail_sales.csv")[1:]]
    monthly.cut("retail", shops, 150, 20)
    ocean = [float(v) for row in columns(folder / "statsmodels" / "elnino.csv")[1:] for v in row[1:]]
    monthly.cut("elnino", ocean, 200, 20)
    sets.append(monthly)

    daily = Panel("daily", [7], 28, 7)
    for name in ("elecdaily", "hyndsight"):
        daily.cut(name, long_form(folder / f"{name}.csv")[name], 180, 20)
    day = 86_400
    walkers = averaged(folder / "prophet" / "example_pedestrians_covid.csv", day, "%Y-%m-%d")
    daily.cut("pedestrians", walkers, 365, 20)
    taxi = data / "metrics" / "cloudwatch-nab" / "realKnownCause" / "nyc_taxi.csv"
    daily.cut("taxi", averaged(taxi, day), 120, 10)
    wiki = {
        name: averaged(folder / "prophet" / f"example_wp_log_{name}.csv", day, "%Y-%m-%d")
        for name in ("peyton_manning", "R")
    }
    for name, values in wiki.items():
        daily.cut(name, values, 365, 20)
    sets.append(daily)

    weekly = Panel("weekly", [52], 13, 1)
    carbon = [float(row[1]) if row[1] else np.nan for row in columns(folder / "statsmodels" / "co2.csv")[1:]]
    weekly.cut("co2", filled(carbon), 400, 30)
    week = lambda values: np.asarray(values[: len(values) // 7 * 7]).reshape(-1, 7).mean(axis=1)
    for name, values in wiki.items():
        weekly.cut(name, week(values), 260, 30)
    weekly.cut("pedestrians", week(walkers), 140, 12)
    sets.append(weekly)

    cloud = Panel("cloud_hourly", [24], 24, 24)
    for path in sorted((data / "metrics" / "cloudwatch-nab" / "realAWSCloudwatch").glob("*.csv")):
        cloud.cut(path.stem, averaged(path, 3_600), 240, 17)
    sets.append(cloud)

    half_hours = Panel("load_half_hourly", [48, 336], 48, 48)
    half_hours.cut("taylor", long_form(folder / "taylor.csv")["taylor"], 1344, 52)
    half_hours.cut("taxi", averaged(taxi, 1_800), 1344, 52)
    sets.append(half_hours)

    hours = Panel("load_hourly", [24, 168], 48, 24)
    for name, values in long_form(folder / "gefcom2012_hourly.csv").items():
        hours.cut(name, values, 800, 5)
    hours.cut("yosemite", averaged(folder / "prophet" / "example_yosemite_temps.csv", 3_600), 800, 5)
    sets.append(hours)
    return sets
