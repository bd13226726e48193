#!/usr/bin/env python3
"""Makes a JMeter 5 result file (CSV, 17 columns) of any length from a seed: the same seed gives the same bytes.

    make_jtl.py ROWS OUT.csv [SEED]

Not a recording: labels, durations (log-normal with slow spells), failures and threads are drawn at random. Rows are in
order of their end, as JMeter writes them, so they are not sorted by time stamp.
"""

import random
import sys

HEADER = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,"
    "bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
)
LABELS = 40
DRAWS = 1 << 16


def main() -> None:
    rows, path = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    labels = [(f"{'GET' if i % 3 else 'POST'} /api/v1/resource{i}", f"https://shop.example/api/v1/resource{i}") for i in range(LABELS)]
    elapsed = [min(30_000, max(1, int(rng.lognormvariate(4.6, 0.7)))) for _ in range(DRAWS)]
    base = [1 + (i * 37 % 80) for i in range(LABELS)]
    size = [500 + rng.randrange(20_000) for _ in range(DRAWS)]
    ends = 1_764_547_200_000  # 2025-12-01T00:00:00Z
    bits = rng.getrandbits
    failed = (
        '500,Internal Server Error',
        '503,Service Unavailable',
        'Non HTTP response code: java.net.SocketTimeoutException,"Non HTTP response message: Read timed out, gave up"',
    )
    with open(path, "w", encoding="ascii", newline="") as out:
        out.write(HEADER)
        chunk = []
        for row in range(rows):
            draw = bits(48)
            which = (draw & 0xFFFF) * LABELS >> 16
            label, url = labels[which]
            ms = elapsed[draw >> 16 & 0xFFFF] + base[which]
            if row // 400_000 % 5 == 3:
                ms += ms >> 1
            odd = draw >> 32
            if row % 3 == 0:
                ends += 1
            users = 50 + (row // 50_000) % 250
            thread = odd % users + 1
            if odd % 127 == 0:
                result = failed[odd % 3]
                chunk.append(
                    f"{ends - ms},{ms},{label},{result},Users 1-{thread},text,false,,"
                    f"{size[odd]},312,{users},{users},{url},{ms - (ms >> 3)},0,{ms >> 4}\n"
                )
            else:
                chunk.append(
                    f"{ends - ms},{ms},{label},200,OK,Users 1-{thread},text,true,,"
                    f"{size[odd]},312,{users},{users},{url},{ms - (ms >> 3)},0,{odd & 1}\n"
                )
            if len(chunk) == 20_000:
                out.write("".join(chunk))
                chunk.clear()
        out.write("".join(chunk))


main()
