#!/usr/bin/env python3
"""Writes otlp.jsonl and jaeger.json: 40 requests through web, cart, pay and db, seeded. Run in this folder."""
import json
import random

random.seed(20261121)
START = 1_790_000_000_000_000_000
lines, jaeger = [], []


def attr(key, value):
    return {"key": key, "value": {"stringValue": value}}


for i in range(40):
    trace, spans = f"{i + 1:032x}", []

    def span(service, name, parent, start, length, failed=False, kind=2, code=None):
        spans.append((service, name, f"{i * 16 + len(spans) + 1:016x}", parent, start, length, failed, kind, code))
        return spans[-1][2]

    ms = 1_000_000
    at = START + i * 250 * ms
    db, pay = random.randint(5, 40) * ms, random.randint(20, 120) * ms
    total = 10 * ms + db + pay + 15 * ms
    failed = i % 10 == 9
    root = span("web", "GET /checkout", "", at, total, failed, 2, "503" if failed else "200")
    cart = span("cart", "load", root, at + 5 * ms, db + 5 * ms)
    span("db", "SELECT", cart, at + 7 * ms, db, False, 3)
    span("pay", "charge", root, at + 10 * ms + db, pay, failed, 3)
    span("mail", "send", root, at + total, 300 * ms, False, 5)
    by_service = {}
    for s in spans:
        by_service.setdefault(s[0], []).append(s)
    for service, own in by_service.items():
        lines.append({"resourceSpans": [{
            "resource": {"attributes": [attr("service.name", service)]},
            "scopeSpans": [{"scope": {"name": "demo"}, "spans": [{
                "traceId": trace, "spanId": s[2], "parentSpanId": s[3], "name": s[1], "kind": s[7],
                "startTimeUnixNano": str(s[4]), "endTimeUnixNano": str(s[4] + s[5]),
                "attributes": [{"key": "http.response.status_code", "value": {"intValue": s[8]}}] if s[8] else [],
                "status": {"code": 2} if s[6] else {}} for s in own]}]}]})
    processes = {service: {"serviceName": service, "tags": []} for service in by_service}
    jaeger.append({"traceID": trace, "spans": [{
        "traceID": trace, "spanID": s[2], "operationName": s[1],
        "references": [{"refType": "FOLLOWS_FROM" if s[7] == 5 else "CHILD_OF", "traceID": trace, "spanID": s[3]}] if s[3] else [],
        "startTime": s[4] // 1000, "duration": s[5] // 1000,
        "tags": ([{"key": "error", "type": "bool", "value": True}] if s[6] else [])
        + ([{"key": "http.response.status_code", "type": "int64", "value": int(s[8])}] if s[8] else []),
        "logs": [], "processID": s[0], "warnings": None} for s in spans], "processes": processes, "warnings": None})

with open("otlp.jsonl", "w") as out:
    out.writelines(json.dumps(line) + "\n" for line in lines)
with open("jaeger.json", "w") as out:
    json.dump({"data": jaeger, "total": 0, "limit": 0, "offset": 0, "errors": None}, out)
