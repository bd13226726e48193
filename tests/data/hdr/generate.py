"""Writes the files of this folder with the Python package hdrhistogram 0.10: python3 generate.py (seeded)."""
import random

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogWriter

rnd = random.Random(7)


def histogram(count):
    histogram = HdrHistogram(1, 3_600_000_000_000, 3)
    for _ in range(count):
        histogram.record_value(int(rnd.lognormvariate(16, 0.6)))
    return histogram



intervals = [histogram(50 + 10 * i) for i in range(5)]
for name, base in (("absolute.hlog", 1_780_000_000), ("relative.hlog", 0)):
    with open(name, "w", encoding="utf-8", newline="") as file:
        writer = HistogramLogWriter(file)
        writer.output_log_format_version()
        file.write("#[StartTime: 1780000000.000 (seconds since epoch), Thu May 28 20:26:40 UTC 2026]\n")
        writer.output_legend()
        for i, interval in enumerate(intervals):
            writer.output_interval_histogram(interval, base + i, base + i + 1)
with open("absolute.hlog", encoding="utf-8") as file:
    lines = file.readlines()
with open("tagged.hlog", "w", encoding="utf-8", newline="") as file:
    for line in lines:
        file.write(line)
        if not line.startswith(("#", '"')):
            file.write("Tag=checkout," + line)
with open("ycsb.hlog", "w", encoding="utf-8", newline="") as file:
    file.write("#[Logging for: READ]\n")
    file.writelines(lines)
everything = HdrHistogram(1, 3_600_000_000_000, 3)
for interval in intervals:
    everything.add(interval)
print(everything.total_count, everything.get_min_value(), everything.get_max_value(),
      [everything.get_value_at_percentile(p) for p in (50, 95, 99)])
with open("latency.hgrm", "wb") as file:
    everything.output_percentile_distribution(file, 1e6)
with open("latency-csv.csv", "wb") as file:
    everything.output_percentile_distribution(file, 1e6, use_csv=True)
