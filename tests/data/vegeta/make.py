"""Writes results.json, results.csv, old.csv, report.json and report.txt: one attack, as Vegeta encodes it.

Vegeta cannot be had here; the layouts are those of lib/results.go, lib/metrics.go and lib/reporters.go. Percentiles
are nearest ranks, where Vegeta estimates them.
"""

import base64
import json
import math
import random
from datetime import datetime, timedelta, timezone

rng = random.Random(5)
start = 1_795_225_016_541_234_567
hits = []
for seq in range(200):
    latency = int(rng.lognormvariate(16.9, 0.5))
    code = 0 if seq % 67 == 13 else 503 if seq % 40 == 7 else 302 if seq % 50 == 1 else 200
    url = "http://127.0.0.1:18099/cart?a=1,2" if seq % 3 else "http://127.0.0.1:18099/"
    error = {0: f'Get "{url}": dial tcp 127.0.0.1:18099: connect: connection refused', 503: "503 Service Unavailable"}
    body = b"x" * (231 if code == 200 else 0)
    hits.append((start + seq * 10_000_000 + rng.randrange(200_000), code, latency, error.get(code, ""), url, body, seq))

zone = timezone(timedelta(hours=1))


def rfc3339(ns):
    at = datetime.fromtimestamp(ns // 10**9, zone)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ns % 10**9:09d}".rstrip("0") + "+01:00"


def cell(text):
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


headers = {"Content-Length": ["231"]}
header_text = base64.b64encode(b"Content-Length: 231\r\n").decode()
with open("results.json", "w") as lines, open("results.csv", "w") as table, open("old.csv", "w") as old:
    # Results stand in the order in which they came in.
    for ns, code, latency, error, url, body, seq in sorted(hits, key=lambda h: h[0] + h[2]):
        encoded = base64.b64encode(body[:12]).decode()
        result = {
            "attack": "big", "seq": seq, "code": code, "timestamp": rfc3339(ns), "latency": latency, "bytes_out": 0,
            "bytes_in": len(body), "error": error, "body": encoded or None, "method": "GET", "url": url,
            "headers": headers if code else None,
        }
        lines.write(json.dumps(result, separators=(",", ":")) + "\n")
        head = [str(ns), str(code), str(latency), "0", str(len(body)), cell(error)]
        table.write(",".join(head + [encoded, "big", str(seq), "GET", cell(url), header_text if code else ""]) + "\n")
        old.write(",".join(head + [encoded, "big", str(seq)]) + "\n")

latencies = sorted(h[2] for h in hits)
n = len(hits)
first, last = min(h[0] for h in hits), max(h[0] for h in hits)
end = max(h[0] + h[2] for h in hits)
codes = {}
for hit in hits:
    codes[str(hit[1])] = codes.get(str(hit[1]), 0) + 1
good = sum(1 for h in hits if 200 <= h[1] < 400)
p = {q: latencies[math.ceil(q * n) - 1] for q in (0.5, 0.9, 0.95, 0.99)}
received = sum(len(h[5]) for h in hits)
duration, wait = last - first, end - last
errors = sorted({h[3] for h in hits if h[3]})
mean = int(sum(latencies) / n)
report = {
    "latencies": {"total": sum(latencies), "mean": mean, "50th": p[0.5], "90th": p[0.9], "95th": p[0.95],
                  "99th": p[0.99], "max": latencies[-1], "min": latencies[0]},
    "bytes_in": {"total": received, "mean": received / n}, "bytes_out": {"total": 0, "mean": 0},
    "earliest": rfc3339(first), "latest": rfc3339(last), "end": rfc3339(end), "duration": duration, "wait": wait,
    "requests": n, "rate": n / duration * 1e9, "throughput": good / (duration + wait) * 1e9, "success": good / n,
    "status_codes": dict(sorted(codes.items())), "errors": errors,
}
with open("report.json", "w") as out:
    json.dump(report, out, separators=(",", ":"))
    out.write("\n")


def go(ns):
    return f"{ns / 1e9:.9f}".rstrip("0") + "s" if ns >= 10**9 else f"{ns / 1e6:.6f}".rstrip("0").rstrip(".") + "ms"


rows = [
    ("Requests", "[total, rate, throughput]", f"{n}, {report['rate']:.2f}, {report['throughput']:.2f}"),
    ("Duration", "[total, attack, wait]", f"{go(duration + wait)}, {go(duration)}, {go(wait)}"),
    ("Latencies", "[min, mean, 50, 90, 95, 99, max]", ", ".join(
        go(v) for v in (latencies[0], mean, p[0.5], p[0.9], p[0.95], p[0.99], latencies[-1]))),
    ("Bytes In", "[total, mean]", f"{received}, {received / n:.2f}"),
    ("Bytes Out", "[total, mean]", "0, 0.00"),
    ("Success", "[ratio]", f"{good / n * 100:.2f}%"),
    ("Status Codes", "[code:count]", "  ".join(f"{c}:{k}" for c, k in sorted(codes.items())) + "  "),
]
with open("report.txt", "w") as out:
    for name, names, values in rows:
        out.write(f"{name:<14}{names:<34}{values}\n")
    out.write("Error Set:\n" + "".join(e + "\n" for e in errors))
