//! Repeating the last season, the yardstick of every other model.

use super::trial::Trial;

/// The seasonal naive forecast as a trial; with a season of 1 the last value goes on. `None` without any value.
pub fn trial(values: &[f64], season: usize, origins: &[usize], horizon: usize) -> Option<Trial> {
    let season = season.clamp(1, values.len().max(1));
    // A gap carries the value of the season before.
    let first = values.iter().copied().find(|v| v.is_finite())?;
    let mut filled: Vec<f64> = Vec::with_capacity(values.len());
    for (i, value) in values.iter().enumerate() {
        let before = i.checked_sub(season).and_then(|b| filled.get(b)).copied();
        filled.push(if value.is_finite() {
            *value
        } else {
            before.unwrap_or(first)
        });
    }
    let from = |origin: usize| -> Vec<f64> {
        let season = season.min(origin.max(1));
        (0..horizon)
            .map(|j| {
                let place = (origin + j % season).saturating_sub(season);
                filled.get(place).copied().unwrap_or(first)
            })
            .collect()
    };
    let squares: Vec<f64> = values
        .iter()
        .zip(values.iter().skip(season))
        .map(|(a, b)| (b - a).powi(2))
        .filter(|s| s.is_finite())
        .collect();
    let sigma = (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt();
    Some(Trial {
        name: "seasonal naive".to_owned(),
        ahead: from(values.len()),
        spread: (0..horizon)
            .map(|j| sigma * ((j / season + 1) as f64).sqrt())
            .collect(),
        past: origins.iter().map(|k| from(*k)).collect(),
    })
}
