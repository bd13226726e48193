#!/usr/bin/env python3
"""The small shop that the sample load tests run against: three endpoints behind eight workers, and /metrics for Prometheus.

    python3 tests/sample/server.py PORT [SLOWDOWN]

It listens on 127.0.0.1 only. Each request waits for a worker and then for its service time, so throughput saturates
and latency grows with the number of users, as in a real service. SLOWDOWN multiplies the service time of checkout.
"""
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORKERS = 8
SERVICE_MS = {"/api/cart": 22.0, "/api/checkout": 65.0, "/shop/product": 42.0}
BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 3.0]
workers = threading.Semaphore(WORKERS)
lock = threading.Lock()
buckets = {path: [0] * (len(BOUNDS) + 1) for path in SERVICE_MS}
sums = dict.fromkeys(SERVICE_MS, 0.0)
requests = {}
in_flight = 0
rng = random.Random(7)


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, code, body, kind="application/json"):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_shop(self):
        global in_flight
        path = self.path.split("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        if path == "/metrics":
            return self.answer(200, exposition().encode(), "text/plain; version=0.0.4")
        if path not in SERVICE_MS:
            return self.answer(404, b"{}")
        begin = time.perf_counter()
        with lock:
            in_flight += 1
            service = rng.lognormvariate(0, 0.35) * SERVICE_MS[path] / 1000 * (SLOWDOWN if path == "/api/checkout" else 1)
            fails = rng.random() < 0.0006 or (in_flight > 40 and rng.random() < 0.02)
        with workers:
            time.sleep(service)
        code = 503 if fails else 200
        took = time.perf_counter() - begin
        with lock:
            in_flight -= 1
            requests[path, code] = requests.get((path, code), 0) + 1
            sums[path] += took
            for index, bound in enumerate(BOUNDS):
                if took <= bound:
                    buckets[path][index] += 1
            buckets[path][-1] += 1
        self.answer(code, b'{"items":[]}' if code == 200 else b'{"error":"overloaded"}')

    do_GET = do_POST = handle_shop


def exposition():
    lines = ["# TYPE http_request_duration_seconds histogram"]
    with lock:
        for path in sorted(SERVICE_MS):
            for bound, count in zip([*map(str, BOUNDS), "+Inf"], buckets[path]):
                lines.append(f'http_request_duration_seconds_bucket{{handler="{path}",le="{bound}"}} {count}')
            lines.append(f'http_request_duration_seconds_sum{{handler="{path}"}} {sums[path]:.6f}')
            lines.append(f'http_request_duration_seconds_count{{handler="{path}"}} {buckets[path][-1]}')
        lines.append("# TYPE http_requests_total counter")
        for (path, code), count in sorted(requests.items()):
            lines.append(f'http_requests_total{{handler="{path}",code="{code}"}} {count}')
        lines.append("# TYPE http_requests_in_flight gauge")
        lines.append(f"http_requests_in_flight {in_flight}")
    return "\n".join(lines) + "\n"


SLOWDOWN = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop)
server.daemon_threads = True
server.serve_forever()
