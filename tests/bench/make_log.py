#!/usr/bin/env python3
"""Makes an access log (nginx, combined with the request time) of any length from a seed: the same seed gives the same bytes.

    make_log.py LINES OUT.log [SEED [DAYS [LABELS]]]

Not a recording: paths (some asked for much more often than others), durations (log-normal, slower at noon) and failures
are drawn at random and spread over so many days (200) and paths (1,500), with a daily wave. About 200 bytes a line.
"""

import math
import random
import sys
import time

DRAWS = 1 << 16
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "okhttp/4.12.0",
    "curl/8.5.0",
)


def main() -> None:
    lines, path = int(sys.argv[1]), sys.argv[2]
    seed, days, labels = (int(a) for a in (*sys.argv[3:6], *("1", "200", "1500")[len(sys.argv[3:6]) :]))
    rng = random.Random(seed)
    bits = rng.getrandbits
    parts = ("cart", "item", "search", "user", "order", "stock", "price", "review", "offer", "image")
    paths = [f"/{parts[i % 10]}/v{i // 10 % 10}/{parts[i // 100 % 10]}{chr(97 + i // 1000 % 26)}" for i in range(labels)]
    # A third of the requests go to a few paths, the rest to all alike.
    often = rng.choices(range(labels), weights=[1 / (i + 1) for i in range(labels)], k=DRAWS)
    rarely = [rng.randrange(labels) for _ in range(DRAWS)]
    secs = [min(60.0, max(0.001, rng.lognormvariate(-2.5, 0.8))) for _ in range(DRAWS)]
    size = [200 + int(rng.paretovariate(1.2) * 300) for _ in range(DRAWS)]
    begin = 1_764_547_200  # 2025-12-01T00:00:00Z
    hours = days * 24
    weights = [1.0 + 0.8 * math.sin((hour % 24 - 8) * math.pi / 12) for hour in range(hours)]
    whole, row = sum(weights), 0
    with open(path, "w", encoding="ascii", newline="") as out:
        for hour, weight in enumerate(weights):
            count = round(lines * sum(weights[: hour + 1]) / whole) - row if hour + 1 < hours else lines - row
            slow = 1.0 + 0.5 * (weight > 1.5)
            chunk, stamped, stamp = [], -1, ""
            for i in range(count):
                second = begin + hour * 3_600 + i * 3_600 // count
                if second != stamped:
                    stamped, stamp = second, time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))
                draw = bits(64)
                a, b, c, d = draw & 0xFFFF, draw >> 16 & 0xFFFF, draw >> 32 & 0xFFFF, draw >> 48
                name = paths[often[a] if d % 3 == 0 else rarely[a]]
                status = 500 + b % 4 if c % 211 == 0 else 404 if c % 97 == 0 else 200
                chunk.append(
                    f'10.{a & 255}.{b & 255}.{c & 255} - - [{stamp}] "{"POST" if a % 5 == 0 else "GET"} {name}?page={d} HTTP/1.1" '
                    f'{status} {size[c]} "https://shop.example/" "{AGENTS[d % 3]}" {secs[b] * slow:.3f}\n'
                )
            row += count
            out.write("".join(chunk))


main()
