#!/usr/bin/env python3
"""The figures of `headroom stats` in DuckDB and in polars, and a judge that compares and measures.

    peers.py duckdb|polars FILE     prints label, count, errors, mean, min, max, p50, p90, p95, p99, p99.9 as JSON
    peers.py race FILE PROGRAM [RUNS]   runs all three in turn and prints time, ratio and peak memory (median of RUNS)
"""

import json
import os
import statistics
import subprocess
import sys
import time

QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999]


def line(label, count, errors, mean, low, high, quantiles, start, end, received, apdex):
    secs = (end - start) / 1000
    return {
        "label": label, "count": count, "errors": errors, "mean_ms": mean, "min_ms": low, "max_ms": high,
        **dict(zip(["p50_ms", "p90_ms", "p95_ms", "p99_ms", "p99_9_ms"], quantiles)),
        "throughput_per_sec": count / secs, "received_bytes_per_sec": received / secs, "apdex": apdex,
    }


def with_duckdb(path):
    import duckdb

    columns = """count(*), count(*) FILTER (WHERE NOT success), avg(elapsed), min(elapsed), max(elapsed),
        quantile_cont(elapsed, [0.5, 0.9, 0.95, 0.99, 0.999]), min(timeStamp), max(timeStamp + elapsed), sum(bytes),
        (count(*) FILTER (WHERE success AND elapsed <= 500)
         + count(*) FILTER (WHERE success AND elapsed > 500 AND elapsed <= 1500) / 2.0) / count(*)"""
    rows = duckdb.sql(
        f"""SELECT label, {columns} FROM read_csv('{path}', types={{'responseCode': 'VARCHAR'}})
            GROUP BY GROUPING SETS ((label), ())"""
    ).fetchall()
    return [line(row[0] or "Total", *row[1:]) for row in rows]


def with_polars(path):
    import polars as pl

    scan = pl.scan_csv(path, schema_overrides={"responseCode": pl.String, "timeStamp": pl.Int64})
    elapsed, ok = pl.col("elapsed"), pl.col("success")
    figures = [
        pl.len().alias("n"), (~ok).sum().alias("errors"), elapsed.mean().alias("mean"), elapsed.min().alias("min"),
        elapsed.max().alias("max"), *[elapsed.quantile(q, "linear").alias(str(q)) for q in QUANTILES],
        pl.col("timeStamp").min().alias("start"), (pl.col("timeStamp") + elapsed).max().alias("end"),
        pl.col("bytes").sum().alias("received"), (ok & (elapsed <= 500)).sum().alias("satisfied"),
        (ok & (elapsed > 500) & (elapsed <= 1500)).sum().alias("tolerated"),
    ]
    parts = pl.collect_all([scan.group_by("label").agg(figures), scan.select(figures)], engine="streaming")
    rows = parts[0].to_dicts() + parts[1].to_dicts()
    return [
        line(r.get("label", "Total"), r["n"], r["errors"], r["mean"], r["min"], r["max"], [r[str(q)] for q in QUANTILES],
             r["start"], r["end"], r["received"], (r["satisfied"] + r["tolerated"] / 2) / r["n"])
        for r in rows
    ]


def measured(command):
    """Output, seconds and peak memory in MB of one run."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    secs = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    return json.loads(output), secs, usage.ru_maxrss / 1024


def by_label(lines):
    return {each["label"]: each for each in lines}


def race(path, program, runs):
    commands = {
        "headroom stats": [program, "stats", path, "--json"],
        "DuckDB": [sys.executable, __file__, "duckdb", path],
        "polars (Python)": [sys.executable, __file__, "polars", path],
    }
    secs = {name: [] for name in commands}
    peak = dict.fromkeys(commands, 0.0)
    figures = {}
    for _ in range(runs):
        for name, command in commands.items():
            output, took, memory = measured(command)
            secs[name].append(took)
            peak[name] = max(peak[name], memory)
            figures[name] = by_label([*output["labels"], output["total"]] if isinstance(output, dict) else output)
    ours = figures["headroom stats"]
    for name, theirs in figures.items():
        assert set(theirs) == set(ours), name
        for label, figure in theirs.items():
            for key, value in figure.items():
                if key in ("label", "error_rate", "few_samples"):
                    continue
                assert abs(value - ours[label][key]) <= 1e-6 * max(1, abs(value)), (name, label, key, value, ours[label][key])
    duckdb = statistics.median(secs["DuckDB"])
    size = os.path.getsize(path)
    print(f"{ours['Total']['count']:,} rows, {size / 1e9:.2f} GB, {os.cpu_count()} processors, median of {runs}; all figures agree\n")
    print(f"{'':<18}{'time':>9}{'of DuckDB':>11}{'peak memory':>14}   runs")
    for name, times in secs.items():
        middle = statistics.median(times)
        each = " ".join(f"{t:.2f}" for t in times)
        print(f"{name:<18}{middle:>7.2f} s{middle / duckdb:>11.2f}{peak[name]:>11.0f} MB   {each}")
    held = statistics.median(secs["headroom stats"]) <= 0.5 * duckdb and peak["headroom stats"] <= 150
    print(f"\nbar (at most 0.5 of DuckDB's time, at most 150 MB): {'held' if held else 'MISSED'}")
    sys.exit(0 if held else 1)


if sys.argv[1] == "race":
    race(sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else 3)
else:
    print(json.dumps({"duckdb": with_duckdb, "polars": with_polars}[sys.argv[1]](sys.argv[2])))
