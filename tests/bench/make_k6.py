#!/usr/bin/env python3
"""Makes k6 JSON output (one sample a line) of any length from a seed: the same seed gives the same bytes.

    make_k6.py REQUESTS OUT.json [SEED]

Not a recording: labels, durations (log-normal) and failures are drawn at random; the lines and their order are those of
k6 1.1: nine samples for each request, then checks and groups, four samples at the end of an iteration of three requests,
and the users once a second. About 3.3 kB a request.
"""

import random
import sys
import time

DECLARED = (
    ("http_reqs", "counter", "default"),
    ("http_req_duration", "trend", "time"),
    ("http_req_blocked", "trend", "time"),
    ("http_req_connecting", "trend", "time"),
    ("http_req_tls_handshaking", "trend", "time"),
    ("http_req_sending", "trend", "time"),
    ("http_req_waiting", "trend", "time"),
    ("http_req_receiving", "trend", "time"),
    ("http_req_failed", "rate", "default"),
    ("checks", "rate", "default"),
    ("group_duration", "trend", "time"),
    ("data_sent", "counter", "data"),
    ("data_received", "counter", "data"),
    ("iteration_duration", "trend", "time"),
    ("iterations", "counter", "default"),
    ("vus", "gauge", "default"),
    ("vus_max", "gauge", "default"),
)
LABELS = 40
DRAWS = 1 << 16


def main() -> None:
    requests, path = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    bits = rng.getrandbits
    ms = [round(min(30_000.0, max(0.3, rng.lognormvariate(4.6, 0.7))), 6) for _ in range(DRAWS)]
    now_ns = 1_764_547_200_000_000_000  # 2025-12-01T00:00:00Z
    second, stamp = 0, ""
    with open(path, "w", encoding="ascii", newline="") as out:
        for name, kind, contains in DECLARED:
            out.write(
                f'{{"type":"Metric","data":{{"name":"{name}","type":"{kind}","contains":"{contains}","thresholds":[],'
                f'"submetrics":null}},"metric":"{name}"}}\n'
            )

        def line(metric: str, value: object, tags: str) -> str:
            return f'{{"metric":"{metric}","type":"Point","data":{{"time":"{at}","value":{value},"tags":{{{tags}}}}}}}\n'

        chunk: list[str] = []
        for i in range(requests):
            draw = bits(48)
            which = (draw & 0xFFFF) * LABELS >> 16
            took = ms[draw >> 16 & 0xFFFF]
            now_ns += 900_000 + (draw >> 32) % 200_000
            if now_ns // 1_000_000_000 != second:
                second = now_ns // 1_000_000_000
                stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
                at = f"{stamp}.{now_ns % 1_000_000_000:09d}Z"
                chunk.append(line("vus", 100, ""))
                chunk.append(line("vus_max", 100, ""))
            at = f"{stamp}.{now_ns % 1_000_000_000:09d}Z"
            failed = (draw >> 32) % 127 == 0
            group = f'"group":"::part {which % 4}",'
            url = f"https://shop.example/api/v1/resource{which}"
            tags = (
                f'"expected_response":"{"false" if failed else "true"}",{group}"method":"{"GET" if which % 3 else "POST"}",'
                f'"name":"{url}","proto":"HTTP/1.1","scenario":"default","status":"{503 if failed else 200}",'
                f'"tls_version":"tls1.3","url":"{url}"'
            )
            chunk.append(line("http_reqs", 1, tags))
            chunk.append(line("http_req_duration", took, tags))
            chunk.append(line("http_req_blocked", 0.003165, tags))
            chunk.append(line("http_req_connecting", 0, tags))
            chunk.append(line("http_req_tls_handshaking", 0, tags))
            chunk.append(line("http_req_sending", 0.033359, tags))
            chunk.append(line("http_req_waiting", round(took * 0.98, 6), tags))
            chunk.append(line("http_req_receiving", round(took * 0.02, 6), tags))
            chunk.append(line("http_req_failed", int(failed), tags))
            chunk.append(line("checks", int(not failed), f'"check":"status is 200",{group}"scenario":"default"'))
            chunk.append(line("group_duration", round(took + 0.2, 6), f'{group}"scenario":"default"'))
            if i % 3 == 2:
                chunk.append(line("data_sent", 912, '"group":"","scenario":"default"'))
                chunk.append(line("data_received", 15_321, '"group":"","scenario":"default"'))
                chunk.append(line("iteration_duration", round(took * 3, 6), '"group":"","scenario":"default"'))
                chunk.append(line("iterations", 1, '"group":"","scenario":"default"'))
            if len(chunk) > 20_000:
                out.write("".join(chunk))
                chunk.clear()
        out.write("".join(chunk))


main()
