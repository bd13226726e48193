"""Writes the logs of this folder in the layouts of Gatling's writers: python3 generate.py (seeded, so always the same)."""
import random
import struct

START = 1_780_000_000_000


def events(seed):
    """One run: 6 users, each with a group of two requests and one request outside of groups, in order of time."""
    rnd = random.Random(seed)
    out = []
    for user in range(1, 7):
        now = START + 400 * user
        out.append((now, "USER", user, "START", now))
        first, total = now, 0
        for name in ("Login", "Search, all"):
            took = rnd.randint(20, 400)
            ko = rnd.random() < 0.2
            message = "status.find.in(200,201,304), found 503" if ko else ""
            out.append((now + took, "REQUEST", user, ["Shop"], name, now, now + took, ko, message))
            now += took + 1_000
            total += took
        out.append((now, "GROUP", user, ["Shop"], first, now, total, False))
        took = rnd.randint(5, 60)
        ko = user == 3
        out.append((now + took, "REQUEST", user, [], "Home", now, now + took, ko,
                    "i.n.c.ConnectTimeoutException: connection timed out" if ko else ""))
        now += took
        out.append((now, "USER", user, "END", START + 400 * user))
    return sorted(out, key=lambda e: e[0])


def text(layout):
    lines = ["ASSERTION\tAAECAAIBAAAAAAAAWUA="]
    run = {"2": "\t".join(["RUN", "shop.Shop", "shop", "shop", str(START), " ", "2.3.1"]),
           "3.2": "\t".join(["RUN", "shop.Shop", "shop", str(START), " ", "3.2.1"]),
           "3.9": "\t".join(["RUN", "shop.Shop", "shop", str(START), "nightly", "3.9.5"])}
    lines.append(run[layout])
    for event in events(1):
        at, kind, user = event[:3]
        def clean(name): return name.replace(",", " ")
        if kind == "USER":
            if layout == "3.9":
                lines.append(f"USER\tShoppers\t{event[3]}\t{at}")
            else:
                lines.append(f"USER\tShoppers\t{user}\t{event[3]}\t{event[4]}\t{at}")
        elif kind == "REQUEST":
            groups, name, start, end, ko, message = event[3:]
            fields = [",".join(groups), clean(name), start, end, "KO" if ko else "OK", message or " "]
            before = {"2": ["Shoppers", user], "3.2": [user], "3.9": []}[layout]
            lines.append("\t".join(map(str, ["REQUEST", *before, *fields])))
        else:
            groups, start, end, total, ko = event[3:]
            before = {"2": ["Shoppers", user], "3.2": [user], "3.9": []}[layout]
            lines.append("\t".join(map(str, ["GROUP", *before, ",".join(groups), start, end, total, "OK"])))
    lines.insert(5, f"ERROR\tFailed to build request: no attribute named 'id' is defined\t{START + 900}")
    return "\n".join(lines) + "\n"


def binary():
    out = bytearray()
    cache = {}
    def string(s):
        if not s:
            return struct.pack(">i", 0)
        try:
            raw, coder = s.encode("latin-1"), 0
        except UnicodeEncodeError:
            raw, coder = s.encode("utf-16-le"), 1
        return struct.pack(">i", len(raw)) + raw + bytes([coder])
    def cached(s):
        if s in cache:
            return struct.pack(">i", -cache[s])
        cache[s] = len(cache) + 1
        return struct.pack(">i", cache[s]) + string(s)
    def groups(names):
        return struct.pack(">i", len(names)) + b"".join(cached(n) for n in names)
    out += b"\0" + string("3.14.3") + string("shop.Shop") + struct.pack(">q", START) + string("nightly → weekly")
    out += struct.pack(">i", 1) + string("Shoppers") + struct.pack(">i", 1) + struct.pack(">i", 3) + b"abc"
    for event in events(1):
        at, kind = event[:2]
        rel = at - START
        if kind == "USER":
            out += struct.pack(">Bi?i", 2, 0, event[3] == "START", rel)
        elif kind == "REQUEST":
            path, name, start, end, ko, message = event[3:]
            name = name if path else "Héme → Home"
            out += b"\1" + groups(path) + cached(name)
            out += struct.pack(">ii?", start - START, end - START, not ko) + cached(message)
        else:
            path, start, end, total, ko = event[3:]
            out += b"\3" + groups(path) + struct.pack(">iii?", start - START, end - START, total, True)
    out += b"\1" + groups([]) + cached("Push") + struct.pack(">ii?", 10, -2**31, True) + cached("")
    out += b"\4" + cached("Failed to build request") + struct.pack(">i", 900)
    return bytes(out)


for layout in ("2", "3.2", "3.9"):
    with open(f"simulation-{layout}.log", "w", encoding="utf-8", newline="") as file:
        file.write(text(layout))
with open("simulation-3.14.log", "wb") as file:
    file.write(binary())
