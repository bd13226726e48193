#!/usr/bin/env python3
"""Precision and recall of `headroom anomalies` on labelled cloud metrics, beside a simple baseline.

    tests/bench/anomalies.py DATA [--headroom target/release/headroom] [--false-alarms 1/30d,1/7d,1/1d]

DATA is a folder with `combined_windows.json` (file name -> [[start, end], ...]) and the CSV files it names, each with
the columns timestamp,value, such as a part of the Numenta Anomaly Benchmark. An alarm is right where it overlaps a
labelled window; a window is found where an alarm overlaps it. Nothing is tuned to a file, and no file is left out.

The baseline calls a value unusual that lies more than three standard deviations of all errors away from the value one
day before (seasonal naive); values within an hour of each other are one alarm.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

DAY = timedelta(days=1)
JOINED = timedelta(hours=1)


def instant(text):
    """A time as the files or the program write it, in UTC."""
    return datetime.fromisoformat(text.replace("Z", "")[:26])


def ours(headroom, path, rate):
    """The spans that the program finds, and why."""
    call = [headroom, "anomalies", path, "--false-alarms", rate, "--source-tz", "UTC", "--tz", "UTC", "--json", "-q"]
    ended = subprocess.run(call, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(f"{path}: {ended.stdout}{ended.stderr}")
    series = json.loads(ended.stdout)["series"]
    return [(instant(a["start"]), instant(a["end"])) for s in series for a in s["anomalies"]]


def baseline(path):
    """Three standard deviations from the day before."""
    with open(path, newline="") as file:
        points = {instant(row["timestamp"]): float(row["value"]) for row in csv.DictReader(file)}
    errors = {t: v - points[t - DAY] for t, v in points.items() if t - DAY in points}
    limit = 3 * statistics.pstdev(errors.values())
    spans = []
    for t in sorted(t for t, e in errors.items() if abs(e) > limit):
        if spans and t - spans[-1][1] <= JOINED:
            spans[-1] = (spans[-1][0], t)
        else:
            spans.append((t, t))
    return spans


def counted(spans, windows):
    """Right alarms, alarms, found windows, windows."""
    meets = lambda a, b: a[0] <= b[1] and b[0] <= a[1]
    right = sum(any(meets(s, w) for w in windows) for s in spans)
    found = sum(any(meets(s, w) for s in spans) for w in windows)
    return [right, len(spans), found, len(windows)]


def shares(row):
    right, alarms, found, windows = row
    precision = right / alarms if alarms else float("nan")
    recall = found / windows if windows else float("nan")
    both = 2 * precision * recall / (precision + recall) if right and found else 0.0
    return f"{right:4}/{alarms:<4} {found:3}/{windows:<3} {precision:9.2f} {recall:7.2f} {both:5.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--headroom", default="target/release/headroom")
    parser.add_argument("--false-alarms", default="1/30d,1/7d,1/1d")
    asked = parser.parse_args()
    labels = json.loads((asked.data / "combined_windows.json").read_text())
    files = sorted(p for p in asked.data.glob("*/*.csv") if f"{p.parent.name}/{p.name}" in labels)
    if not files:
        sys.exit(f"no labelled file in {asked.data}: combined_windows.json names none of its CSV files")
    print(f"{'':36} {'right':>9} {'found':>7} {'precision':>9} {'recall':>7} {'F1':>5}")
    rates = asked.false_alarms.split(",")
    methods = {
        f"headroom, {rate}": lambda path, rate=rate: ours(asked.headroom, path, rate) for rate in rates
    }
    methods["3 sigma of seasonal naive"] = baseline
    for name, find in methods.items():
        total = [0, 0, 0, 0]
        print(name)
        for path in files:
            windows = [tuple(map(instant, w)) for w in labels[f"{path.parent.name}/{path.name}"]]
            row = counted(find(path), windows)
            total = [a + b for a, b in zip(total, row)]
            print(f"  {path.stem:34} {shares(row)}")
        print(f"  {'all':34} {shares(total)}")


if __name__ == "__main__":
    main()
