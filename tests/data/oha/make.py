"""Writes oha.csv and oha.json: one run, as oha reports it.

oha cannot be had here; the layouts and rules are those of src/printer.rs, src/result_data.rs and schema.json.
"""

import json
import random

rng = random.Random(3)
requests, at = [], [0.0] * 5
for i in range(250):
    worker = at.index(min(at))
    duration = round(rng.lognormvariate(-4.2, 0.6), 9)
    requests.append((round(at[worker] + 0.000_1, 9), duration, 500 if i % 25 == 9 else 200))
    at[worker] = requests[-1][0] + duration
total = max(s + d for s, d, _ in requests) + 0.001
size = {200: 231, 500: 5}


def plain(value):
    return f"{value:.9f}".rstrip("0").rstrip(".")


with open("oha.csv", "w") as out:
    out.write("request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n")
    for k, (start, duration, status) in enumerate(sorted(requests)):
        dial = (0.000_012, 0.000_31) if k < 5 else (0, 0)
        cells = [start, *dial, round(duration * 0.9, 9), duration]
        out.write(",".join(plain(c) for c in cells) + f",{size[status]},{status}\n")

values = sorted(d for _, d, _ in requests)
n, aborted, refused = len(values), 5, 2
percentiles = {f"p{p:g}": values[int(p / 100 * n)] for p in (10, 25, 50, 75, 90, 95, 99, 99.9, 99.99)}
data = sum(size[s] for _, _, s in requests)
step = (values[-1] - values[0]) / 11
report = {
    "summary": {
        "successRate": n / (n + refused), "total": total, "slowest": values[-1], "fastest": values[0],
        "average": sum(values) / n, "requestsPerSec": (n + aborted + refused) / total, "totalData": data,
        "sizePerRequest": data // n, "sizePerSec": data / total,
    },
    "responseTimeHistogram": {str(step * (i + 1)): 0 for i in range(11)},
    "latencyPercentiles": percentiles,
    "firstByteHistogram": {}, "firstBytePercentiles": {},
    "rps": {"mean": n / total, "stddev": 10.5, "max": 300.0, "min": 20.0, "percentiles": {"p50": n / total}},
    "details": {"DNSDialup": {"average": 0.00031, "fastest": 0.0003, "slowest": 0.00032},
                "DNSLookup": {"average": 1.2e-5, "fastest": 1.1e-5, "slowest": 1.3e-5}},
    "statusCodeDistribution": {str(c): sum(1 for r in requests if r[2] == c) for c in (200, 500)},
    "errorDistribution": {"aborted due to deadline": aborted, "connection refused (os error 111)": refused},
}
for value in values:
    i = min(int((value - values[0]) / step), 10)
    report["responseTimeHistogram"][str(step * (i + 1))] += 1
with open("oha.json", "w") as out:
    json.dump(report, out, indent=2)
