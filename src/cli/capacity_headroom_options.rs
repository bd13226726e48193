//! The options about headroom as decided: from what was typed to what the engine takes, with a sentence for what cannot be
//! read.

use super::capacity_headroom::{Basis, Demand, HeadroomArgs, usage};
use super::common::CliError;
use crate::analysis::capacity::headroom::{HeadroomParams, NodePrice};
use crate::analysis::capacity::nodes::NodeCurve;
use crate::units::parse_percent;

/// More nodes than this are not believed.
const MOST_NODES: u64 = 1_000_000;

fn growth(text: &str) -> Result<f64, CliError> {
    text.trim()
        .trim_end_matches(['x', 'X', '×'])
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|f| f.is_finite() && *f > 0.0 && *f <= 1e6)
        .ok_or_else(|| {
            usage(format!(
                "--growth {text}: use a factor above zero such as 10x or 1.5"
            ))
        })
}

/// The target utilisation in percent, where one was given.
pub(super) fn target_percent(args: &HeadroomArgs) -> Result<Option<f64>, CliError> {
    let Some(text) = &args.target_utilisation else {
        return Ok(None);
    };
    let share = parse_percent(text).map_err(|e| usage(format!("--target-utilisation: {e}")))?;
    if !(10_000..=1_000_000).contains(&share.0) {
        return Err(usage(format!(
            "--target-utilisation {text}: use a share from 1 % to 100 %, such as 70%"
        )));
    }
    Ok(Some(share.as_percent()))
}

/// From the arguments as typed to what the engine takes.
pub(super) fn decide(
    args: &HeadroomArgs,
    demand: &Demand,
    basis: &Basis<'_>,
) -> Result<HeadroomParams, CliError> {
    let reserve = parse_percent(&args.reserve).map_err(|e| usage(format!("--reserve: {e}")))?;
    if !(0..1_000_000).contains(&reserve.0) {
        return Err(usage(format!(
            "--reserve {}: use a share from 0 % to below 100 %, such as 20%",
            args.reserve
        )));
    }
    if let Some(nodes) = args.nodes
        && !(1..=MOST_NODES).contains(&nodes)
    {
        return Err(usage(format!(
            "--nodes {nodes}: use a number from 1 to 1,000,000"
        )));
    }
    if args.fail >= args.nodes.unwrap_or(MOST_NODES) {
        return Err(usage(format!(
            "--fail {}: fewer nodes than there are may fail",
            args.fail
        )));
    }
    let price = match args.node_hour {
        Some(price) if price.is_finite() && price >= 0.0 => Some(NodePrice {
            node_hour: price,
            currency: args.currency.clone(),
        }),
        Some(price) => {
            return Err(usage(format!(
                "--node-hour {price}: use a price of at least 0, such as 0.17"
            )));
        }
        None => None,
    };
    let largest = basis.study.usl.as_ref().map(|u| u.measured_range.1);
    let nodes = if basis.over_nodes {
        args.nodes.or(largest.map(|n| n.round() as u64))
    } else {
        args.nodes
    };
    Ok(HeadroomParams {
        demand: demand.rate,
        demand_text: demand.text.clone(),
        growth: args.growth.as_deref().map_or(Ok(1.0), growth)?,
        reserve,
        nodes,
        fail: args.fail,
        curve: node_curve(args, basis)?,
        promise: basis
            .study
            .max_passing
            .as_ref()
            .map(|m| m.budget.replace("at most ", "≤ ")),
        price,
        seed: args.seed,
    })
}

fn node_curve(args: &HeadroomArgs, basis: &Basis<'_>) -> Result<NodeCurve, CliError> {
    let fitted = basis.study.usl.as_ref().map(|fit| fit.usl);
    match (args.contention.as_deref().map(str::trim), fitted) {
        (None, Some(usl)) if basis.over_nodes => Ok(NodeCurve::Fitted {
            sigma: usl.sigma,
            kappa: usl.kappa,
        }),
        (None, _) => Ok(NodeCurve::Linear),
        (Some("fitted"), Some(usl)) => Ok(NodeCurve::Assumed {
            sigma: usl.sigma,
            kappa: 0.0,
        }),
        (Some("fitted"), None) => Err(usage(
            "--contention fitted: there is no scalability curve to take it from; give a number such as 0.02",
        )),
        (Some(text), _) => text
            .parse::<f64>()
            .ok()
            .filter(|s| (0.0..1.0).contains(s))
            .map(|sigma| NodeCurve::Assumed { sigma, kappa: 0.0 })
            .ok_or_else(|| {
                usage(format!(
                    "--contention {text}: use a number from 0 to below 1 such as 0.02, or fitted"
                ))
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_read_or_refused() {
        assert_eq!(growth("10x").unwrap(), 10.0);
        assert_eq!(growth(" 1.5 ").unwrap(), 1.5);
        for bad in ["", "x", "-2x", "0", "1e9", "ten"] {
            assert!(
                growth(bad).unwrap_err().message.contains("such as 10x"),
                "{bad}"
            );
        }
    }
}
