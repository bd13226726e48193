#!/usr/bin/env python3
"""Makes a JMeter 5 result file (CSV, 17 columns) of any length from a seed: the same seed gives the same bytes.

    make_jtl.py ROWS OUT.csv [SEED]
    make_jtl.py ROWS OUT.xml [SEED]    the same samples as XML, failed ones with their response

Not a recording: labels, durations (log-normal with slow spells), failures and threads are drawn at random. Rows are in
order of their end, as JMeter writes them, so they are not sorted by time stamp.
"""

import csv
import random
import sys

HEADER = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,"
    "bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
)
LABELS = 40
DRAWS = 1 << 16
XML_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n'
RESPONSE = """
  <assertionResult>
    <name>Response Assertion</name>
    <failure>true</failure>
    <error>false</error>
    <failureMessage>Test failed: code expected to equal /200/</failureMessage>
  </assertionResult>
  <responseData class="java.lang.String">&lt;html&gt;%s&lt;/html&gt;</responseData>
</httpSample>
""" % ("the service is not there at the moment, try again later; " * 20)


def as_xml(row):
    """A row of the CSV as JMeter writes it in XML."""
    at, ms, label, code, message, thread, kind, ok, _, by, sent, group, users, url, latency, idle, connect = next(csv.reader([row]))
    attributes = (
        f'<httpSample t="{ms}" it="{idle}" lt="{latency}" ct="{connect}" ts="{at}" s="{ok}" lb="{label}" rc="{code}" '
        f'rm="{message}" tn="{thread}" dt="{kind}" by="{by}" sby="{sent}" ng="{group}" na="{users}"'
    )
    return attributes + ("/>\n" if ok == "true" else ">" + RESPONSE)


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
        xml = path.endswith(".xml")
        out.write(XML_HEADER if xml else HEADER)
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
                out.write("".join(map(as_xml, chunk) if xml else chunk))
                chunk.clear()
        out.write("".join(map(as_xml, chunk) if xml else chunk))
        if xml:
            out.write("\n</testResults>\n")


main()
