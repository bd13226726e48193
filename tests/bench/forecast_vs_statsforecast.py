"""Headroom's forecasts beside statsforecast's on the same panels: accuracy, ranges and speed in one table.

    forecast_vs_statsforecast.py DATA CACHE [--headroom PROGRAM] [--sets a,b] [--jobs 2] [--peers-only] [--models auto,ets]

statsforecast's results are kept in CACHE by the hash of the data. Speeds are series per second of processor time,
times the jobs: on a machine that does other things as well, the clock would measure those.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from forecast_generated import generated
from forecast_panels import panels

LEVELS = (80, 95)


def peer_models(panel):
    """statsforecast's models by name; series with two seasons are given each where a model takes one."""
    from statsforecast import models as sf

    seasons = panel.seasons or [1]
    chosen = {}
    for season in seasons:
        tag = "" if season == seasons[0] else f"({season})"
        if season == seasons[0]:
            chosen["AutoETS"] = sf.AutoETS(season_length=season)
            chosen["AutoCES"] = sf.AutoCES(season_length=season)
        chosen[f"AutoTheta{tag}"] = sf.AutoTheta(season_length=season)
        chosen[f"DynamicOptimizedTheta{tag}"] = sf.DynamicOptimizedTheta(season_length=season)
        chosen[f"SeasonalNaive{tag}"] = sf.SeasonalNaive(season_length=season)
    if panel.seasons:
        chosen["MSTL"] = sf.MSTL(season_length=panel.seasons)
    return chosen


def spent():
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def run_peer(panel, name, model, cache, jobs):
    """{"seconds", "mean": {id: [..]}, "lo-80": …} of one model on one set; a series it fails on is left out."""
    kept = cache / f"{panel.name}-{panel.digest()}-{name}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    result = {"seconds": 0.0, "mean": {}}
    keys = ["mean"] + [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]
    for key in keys:
        result[key] = {}
    # The first call compiles.
    first = next(iter(panel.past.values()))
    try:
        model.new().forecast(y=first, h=panel.horizon, level=list(LEVELS))
    except Exception:
        pass
    started = spent()
    for series, values in panel.past.items():
        try:
            found = model.new().forecast(y=values, h=panel.horizon, level=list(LEVELS))
        except Exception:
            continue
        for key in keys:
            if key in found:
                result[key][series] = [float(v) for v in found[key]]
    result["seconds"] = spent() - started
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(result))
    part.rename(kept)
    return result


def run_headroom(panel, program, model, work, jobs):
    source, target = work / f"{panel.name}.csv", work / f"{panel.name}-{model}.csv"
    panel.write(source)
    call = [program, "forecast", str(source), "--batch", str(target), "--horizon", str(panel.horizon), "--quiet"]
    if panel.seasons and panel.told:
        call += ["--season", ",".join(map(str, panel.seasons))]
    if model != "auto":
        call += ["--model", model]
    target.unlink(missing_ok=True)
    started, clock = spent(), time.time()
    done = subprocess.run(call, env={**os.environ, "RAYON_NUM_THREADS": str(jobs)}, capture_output=True, text=True)
    if not target.exists():
        print(f"  {panel.name} {model}: {done.stdout.strip()} {done.stderr.strip()}"[:300], file=sys.stderr)
        return None
    result = {"seconds": spent() - started, "clock": time.time() - clock}
    import csv

    with open(target, newline="") as table:
        for row in csv.DictReader(table):
            for key in ["mean"] + [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]:
                result.setdefault(key, {}).setdefault(row["unique_id"], []).append(float(row[key]))
    return result


def score(panel, result):
    """Mean MASE, coverage of both ranges, mean MSIS of the 95 % range and the number of series without a forecast."""
    mase, inside, msis, missing = [], {80: [], 95: []}, [], 0
    for series, past in panel.past.items():
        future = panel.future[series]
        season = panel.scale_season
        scale = np.abs(past[season:] - past[:-season]).mean() if len(past) > season else np.nan
        if not scale > 0:
            continue
        mean = result["mean"].get(series)
        if mean is None or not np.all(np.isfinite(mean)):
            missing += 1
            continue
        mase.append(np.abs(future - np.array(mean[: panel.horizon])).mean() / scale)
        for level in LEVELS:
            low, high = (result.get(f"{side}-{level}", {}).get(series) for side in ("lo", "hi"))
            if low is None or high is None:
                continue
            low, high = np.array(low[: panel.horizon]), np.array(high[: panel.horizon])
            inside[level].append(((low <= future) & (future <= high)).mean())
            if level == 95:
                miss = np.maximum(low - future, 0) + np.maximum(future - high, 0)
                msis.append(((high - low) + 40 * miss).mean() / scale)
    mean = lambda values: float(np.mean(values)) if values else float("nan")
    return {
        "mase": mean(mase),
        "cover80": mean(inside[80]),
        "cover95": mean(inside[95]),
        "msis": mean(msis),
        "missing": missing,
        "n": len(mase),
    }


def report(rows, speeds, jobs):
    """The bars, each passed or missed with its numbers."""
    gains, verdicts = [], []
    say = lambda ok, text: verdicts.append(f"{'passed' if ok else 'MISSED'}  {text}")
    for name, scores in rows.items():
        peers = {model: s for model, s in scores.items() if not model.startswith("headroom")}
        own = scores.get("headroom auto")
        if not own or not peers:
            continue
        best = min(peers, key=lambda m: peers[m]["mase"])
        gain = 1 - own["mase"] / peers[best]["mase"]
        gains.append(gain)
        say(gain >= 0, f"{name}: MASE {own['mase']:.3f}, best single peer {best} {peers[best]['mase']:.3f} ({gain:+.1%})")
        if own["n"] >= 100:
            say(0.93 <= own["cover95"] <= 0.97, f"{name}: 95 % ranges cover {own['cover95']:.1%}")
            say(0.77 <= own["cover80"] <= 0.83, f"{name}: 80 % ranges cover {own['cover80']:.1%}")
        ets = peers.get("AutoETS")
        if ets:
            say(own["msis"] < ets["msis"], f"{name}: MSIS {own['msis']:.2f}, AutoETS {ets['msis']:.2f}")
    if gains:
        say(np.mean(gains) >= 0.03, f"mean gain over the best single peer of each set: {np.mean(gains):+.1%} (bar 3 %)")
    for name, by_model in speeds.items():
        base = by_model.get("AutoETS")
        for model, speed in by_model.items():
            if base and model.startswith("headroom"):
                bar = 3 if model == "headroom auto" else 10
                say(speed >= bar * base, f"{name}: {model} {speed:.0f} series/s, {speed / base:.1f} × AutoETS (bar {bar} ×)")
    print("\n".join(["", "Bars", *verdicts]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("cache")
    parser.add_argument("--headroom")
    parser.add_argument("--sets", default="")
    parser.add_argument("--models", default="auto,ets,theta")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--peers-only", action="store_true")
    args = parser.parse_args()
    cache = Path(args.cache)
    cache.mkdir(parents=True, exist_ok=True)
    wanted = [s for s in args.sets.split(",") if s]
    rows, speeds = {}, {}
    print(f"{'set':<18}{'model':<28}{'n':>5}{'MASE':>8}{'in 80':>8}{'in 95':>8}{'MSIS':>9}{'series/s':>10}")
    for panel in panels(args.data) + generated():
        if wanted and panel.name not in wanted:
            continue
        results = {}
        for name, model in peer_models(panel).items():
            results[name] = run_peer(panel, name, model, cache, args.jobs)
        if not args.peers_only:
            for model in args.models.split(","):
                results[f"headroom {model}"] = run_headroom(panel, args.headroom, model, cache, args.jobs)
        rows[panel.name], speeds[panel.name] = {}, {}
        for model, result in results.items():
            if result is None:
                continue
            s = rows[panel.name][model] = score(panel, result)
            speed = speeds[panel.name][model] = args.jobs * len(panel.past) / max(result["seconds"], 1e-9)
            lost = f"  ({s['missing']} without a forecast)" if s["missing"] else ""
            print(
                f"{panel.name:<18}{model:<28}{s['n']:>5}{s['mase']:>8.3f}{s['cover80']:>8.3f}{s['cover95']:>8.3f}"
                f"{s['msis']:>9.2f}{speed:>10.1f}{lost}",
                flush=True,
            )
    report(rows, speeds, args.jobs)


if __name__ == "__main__":
    main()
