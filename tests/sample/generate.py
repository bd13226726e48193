#!/usr/bin/env python3
"""Writes the synthetic part of sample-data/checkout: metrics, outages and latency buckets of a service that does not exist.

Everything comes from one seed, so running it again gives the same bytes:  python3 tests/sample/generate.py sample-data/checkout
Only the standard library is used.
"""
import csv
import json
import math
import random
import sys
from datetime import datetime, timedelta, timezone

SEED = 20261121
START = datetime(2025, 8, 1, tzinfo=timezone.utc)
END = datetime(2026, 11, 21, tzinfo=timezone.utc)
BUCKETS_FROM = datetime(2026, 7, 1, tzinfo=timezone.utc)
STEP = timedelta(minutes=15)

# Incidents: (start, minutes, state, note). UTC.
INCIDENTS = [
    ("2025-08-19 13:04", 18, "down", "Payment provider did not answer"),
    ("2025-09-07 02:00", 45, "maintenance", "Database upgrade"),
    ("2025-09-23 17:41", 11, "down", "Expired certificate on the edge"),
    ("2025-10-30 08:15", 74, "down", "Failed deploy, rolled back"),
    ("2025-11-28 19:02", 36, "degraded", "Queue behind the payment provider on the busiest evening"),
    ("2025-12-11 09:30", 22, "down", "Disk full on one database node"),
    ("2026-01-18 02:00", 60, "maintenance", "Network maintenance"),
    ("2026-01-27 21:18", 9, "down", "Load balancer restart"),
    ("2026-02-16 11:07", 43, "down", "Connection pool exhausted"),
    ("2026-03-29 01:30", 12, "down", "Clock change: certificates judged not yet valid"),
    ("2026-04-14 15:22", 27, "down", "Failed deploy, rolled back"),
    ("2026-05-21 06:45", 6, "down", "Node lost"),
    ("2026-06-09 10:12", 31, "down", "Cache flushed by mistake"),
    ("2026-07-02 02:00", 90, "maintenance", "Storage migration"),
    ("2026-07-22 14:38", 19, "down", "Payment provider did not answer"),
    ("2026-08-25 16:05", 8, "down", "Node lost"),
    ("2026-09-10 09:51", 38, "down", "Failed deploy, rolled back"),
    ("2026-09-24 18:20", 23, "down", "Connection pool exhausted"),
    ("2026-10-13 12:47", 25, "down", "Connection pool exhausted"),
    ("2026-11-05 02:00", 30, "maintenance", "Database upgrade"),
    ("2026-11-12 20:09", 7, "down", "Node lost"),
]
# Days on which a release made the API slow: (first day, days, factor).
SLOW = [("2026-07-14", 1, 1.9), ("2026-09-10", 2, 1.8), ("2026-10-20", 2, 1.7)]

HANDLERS = {"/api/cart": (62.0, 0.42, 0.45), "/api/checkout": (88.0, 0.40, 0.15), "/shop/product": (310.0, 0.55, 0.40)}
BOUNDS_MS = [25, 50, 100, 150, 200, 250, 500, 1000, 3000, 10000]


def parse(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc)


def demand(at):
    """Mean requests per second: growth of 2.2 % a month, a day and a week, a busy season before Christmas."""
    days = (at - START).total_seconds() / 86400
    hour = at.hour + at.minute / 60
    day = 0.62 + 0.38 * math.exp(-(((hour - 18.5 + 12) % 24 - 12) ** 2) / 22) + 0.18 * math.exp(-(((hour - 11.5 + 12) % 24 - 12) ** 2) / 14)
    week = [1.0, 1.01, 1.0, 1.02, 1.06, 0.93, 0.88][at.weekday()]
    season = 1 + 0.22 * math.exp(-((at - datetime(2025, 12, 6, tzinfo=timezone.utc)).total_seconds() / 86400 / 16) ** 2)
    return 6900 * 1.022 ** (days / 30.4) * day * week * season


def down_share(at, step):
    """Share of a step in which the service was down."""
    total = timedelta()
    for start, minutes, state, _ in INCIDENTS:
        if state != "down":
            continue
        begin = parse(start)
        end = begin + timedelta(minutes=minutes)
        total += max(timedelta(), min(end, at + step) - max(begin, at))
    return total / step


def slow_factor(at):
    for first, days, factor in SLOW:
        begin = parse(first + " 00:00")
        if begin <= at < begin + timedelta(days=days):
            return factor
    return 1.0


def metrics(folder, rng):
    with open(f"{folder}/metrics.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["time", "requests_per_second", "errors_per_second", "cpu_percent", "memory_percent", "disk_used_percent"])
        at, noise, disk = START, 0.0, 41.0
        while at < END:
            noise = 0.93 * noise + rng.gauss(0, 0.012)
            rate = demand(at) * (1 + noise)
            down = down_share(at, STEP)
            served = rate * (1 - 0.9 * down)
            errors = served * max(0.0, 0.00035 + rng.gauss(0, 0.00006)) + rate * 0.1 * down * 0.6
            if rng.random() < 0.0004:
                errors += served * 0.004
            cpu = min(99.0, 4 + served / 10500 * 74 + rng.gauss(0, 1.4))
            memory = 48 + 9 * math.sin((at - START).total_seconds() / 86400 / 9) + (at - START).days * 0.018 + rng.gauss(0, 0.5)
            disk += 0.00000019 * served + rng.gauss(0, 0.004)
            if at.weekday() == 6 and at.hour == 3 and at.minute == 0:
                disk -= 0.35
            # An exporter that was down for half a day: a gap, not zeros.
            if not (datetime(2026, 2, 3, 4, tzinfo=timezone.utc) <= at < datetime(2026, 2, 3, 16, tzinfo=timezone.utc)):
                out.writerow([at.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{served:.0f}", f"{errors:.2f}", f"{cpu:.1f}", f"{memory:.1f}", f"{disk:.2f}"])
            at += STEP


def outages(folder):
    with open(f"{folder}/outages.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["start", "end", "state", "service", "note"])
        for start, minutes, state, note in INCIDENTS:
            begin = parse(start)
            end = begin + timedelta(minutes=minutes)
            out.writerow([begin.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ"), state, "checkout", note])


def share_below(ms, median, sigma):
    """Log-normal distribution function."""
    return 0.5 * (1 + math.erf(math.log(ms / median) / sigma / math.sqrt(2)))


def buckets(folder, rng):
    """A query_range answer: cumulative histogram counters of three handlers, one point an hour."""
    result = []
    step = timedelta(hours=1)
    for handler, (median, sigma, share) in HANDLERS.items():
        totals = [0] * (len(BOUNDS_MS) + 1)
        values = [[] for _ in totals]
        at = BUCKETS_FROM
        while at <= END:
            for index, total in enumerate(totals):
                values[index].append([int(at.timestamp()), str(total)])
            load = demand(at)
            count = int(load * share * 3600 * (1 - 0.9 * down_share(at, step)))
            factor = (slow_factor(at) if handler.startswith("/api") else 1.0) * (1 + 0.12 * (load / 10500) ** 3) * (1 + rng.gauss(0, 0.02))
            for index in range(len(totals)):
                below = share_below(BOUNDS_MS[index], median * factor, sigma) if index < len(BOUNDS_MS) else 1.0
                totals[index] += round(count * below)
            at += step
        for index, series in enumerate(values):
            bound = f"{BOUNDS_MS[index] / 1000:g}" if index < len(BOUNDS_MS) else "+Inf"
            metric = {"__name__": "http_request_duration_seconds_bucket", "handler": handler, "job": "checkout", "le": bound}
            result.append({"metric": metric, "values": series})
    answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    with open(f"{folder}/latency-buckets.json", "w") as file:
        json.dump(answer, file, separators=(",", ":"))
        file.write("\n")


def main():
    folder = sys.argv[1]
    metrics(folder, random.Random(SEED))
    outages(folder)
    buckets(folder, random.Random(SEED + 1))


main()
