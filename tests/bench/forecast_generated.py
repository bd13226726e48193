"""Generated panels for the forecast bench: weekly and hourly series of many shapes, drawn from fixed seeds.

Nothing in Headroom was fitted to them one by one; they say how models chosen on the real sets do on other data. Headroom
is not told their seasons.
"""
import numpy as np

from forecast_panels import Panel


def noise(draw, n, shape):
    """Unit variance: normal, or with heavier tails."""
    if shape == "t":
        return draw.standard_t(4, n) / np.sqrt(2)
    if shape == "laplace":
        return draw.laplace(size=n) / np.sqrt(2)
    return draw.standard_normal(n)


def autoregressive(draw, n, phi, scale=1.0, shape="normal"):
    shocks = noise(draw, n, shape) * scale
    values = np.zeros(n)
    for i in range(1, n):
        values[i] = phi * values[i - 1] + shocks[i]
    return values


def season(draw, length, n, waves):
    """A smooth pattern of unit variance from so many harmonics."""
    angle = np.arange(n) * 2 * np.pi / length
    pattern = np.zeros(n)
    for k in range(1, waves + 1):
        weight = k**-0.7
        pattern += weight * (draw.standard_normal() * np.cos(k * angle) + draw.standard_normal() * np.sin(k * angle))
    return pattern / (pattern.std() + 1e-9)


def one_weekly(draw, n, kind):
    if kind == "finance":
        steps = autoregressive(draw, n, draw.choice([0, 0, 0.1, 0.25, -0.1]), 1, draw.choice(["normal", "t"]))
        if draw.random() < 0.5:
            steps *= np.exp(autoregressive(draw, n, 0.97, 0.15))
        values = np.cumsum(steps + draw.normal(0, 0.04))
        values += draw.uniform(5, 60) - values.min()
        return 100 * np.exp((values - values.mean()) * 0.015) if draw.random() < 0.5 else values
    level = np.cumsum(draw.standard_normal(n) * draw.choice([0.05, 0.15, 0.4]))
    slopes = np.cumsum(draw.standard_normal(n) * draw.choice([0, 0.001, 0.004]))
    trend = np.cumsum(slopes + draw.normal(0, 0.02))
    size = {"season": draw.uniform(2, 6), "weak": draw.uniform(0.4, 1.4), "level": draw.choice([0, 1.0])}
    amplitude = size.get(kind, draw.uniform(0, 2)) * (1 + 0.2 * autoregressive(draw, n, 0.999, 0.02))
    year = season(draw, 52.18, n, draw.integers(1, 6)) * amplitude
    wobble = autoregressive(
        draw, n, draw.choice([0, 0.3, 0.6]), draw.uniform(0.3, 1.2), draw.choice(["normal", "t", "laplace"])
    )
    values = level + trend + year + wobble
    if kind == "level":
        for _ in range(draw.integers(1, 4)):
            values[draw.integers(n) :] += draw.normal(0, 6)
    if kind == "macro":
        values = np.cumsum(np.cumsum(draw.standard_normal(n) * 0.02)) + year + wobble * 0.3
    values += draw.uniform(2, 40) - values.min()
    return 1000 * np.exp((values - values.mean()) * 0.03) if draw.random() < 0.4 else values


def one_hourly(draw, n):
    hours = np.arange(n)
    day, week = season(draw, 24, n, draw.integers(2, 7)), season(draw, 168, n, draw.integers(3, 14))
    weekend = ((hours // 24 + draw.integers(7)) % 7 < 2).astype(float)
    multiplied = draw.random() < 0.5
    weekly = draw.choice([0, 0.3, 0.6, 1.0])
    pattern = day * draw.uniform(0.6, 1.2) + week * weekly * 0.5 - weekend * weekly * draw.uniform(0.3, 1.5)
    pattern += weekend * day * draw.choice([0, -0.4, -0.7])
    level = np.cumsum(draw.standard_normal(n) * draw.choice([0.005, 0.02, 0.06]))
    wobble = autoregressive(
        draw, n, draw.choice([0.2, 0.6, 0.9]), draw.uniform(0.05, 0.3), draw.choice(["normal", "t", "laplace"])
    )
    values = pattern + level + wobble + hours * draw.normal(0, 0.0004)
    values = 1000 * np.exp(0.35 * values) if multiplied else values - values.min() + draw.uniform(0.5, 10)
    odd = draw.random()
    if odd < 0.12:  # counts
        return draw.poisson(np.maximum(values / values.mean() * draw.uniform(3, 40), 0)) + 1.0
    if odd < 0.22:  # outliers
        values[draw.integers(n, size=6)] *= draw.uniform(0.3, 2, 6)
    elif odd < 0.3:  # a jump
        values[draw.integers(n // 2, n - 48) :] *= draw.uniform(0.7, 1.4)
    return values


def generated():
    """120 weekly series of 80 to 2,600 steps and 120 hourly ones of 700 to 960."""
    weekly = Panel("generated_weekly", [52], 13, 1, told=False)
    draw = np.random.default_rng(11)
    kinds = ["finance", "season", "weak", "level", "macro"]
    for i in range(120):
        n = int(np.exp(draw.uniform(np.log(80), np.log(2600))))
        kind = draw.choice(kinds, p=[0.42, 0.16, 0.17, 0.13, 0.12])
        weekly.add(f"W{i}-{kind}", one_weekly(draw, n + weekly.horizon, kind))
    hourly = Panel("generated_hourly", [24, 168], 48, 24, told=False)
    draw = np.random.default_rng(12)
    for i in range(120):
        hourly.add(f"H{i}", one_hourly(draw, int(draw.choice([700, 748, 960])) + hourly.horizon))
    return [weekly, hourly]
