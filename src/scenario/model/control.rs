//! How the number and size of instances follow the load, and what is turned away.

use serde::{Deserialize, Serialize};

/// What an autoscaler looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleMetric {
    /// Processor use as a share of the request (HPA) or of the cores, 0..
    #[default]
    CpuUtilization,
    /// Busy workers as a share of all, 0..1.
    WorkerUtilization,
    /// Requests per second and instance.
    RequestRate,
    /// P95 of the response time, seconds.
    ResponseTime,
    /// Waiting requests per instance.
    QueueLength,
}

/// What a request costs an instance in processor time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CpuModel {
    /// Seconds of processor time per request.
    pub per_request: f64,
    /// Cores an instance asks for ("CPU request"); utilisation is a share of it.
    pub request: f64,
    /// Cores it uses without any request.
    pub idle: f64,
}

impl Default for CpuModel {
    fn default() -> Self {
        Self {
            per_request: 0.01,
            request: 1.0,
            idle: 0.0,
        }
    }
}

/// Which of several policies of a direction counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// The biggest change.
    #[default]
    Max,
    /// The smallest change.
    Min,
    /// No change in this direction.
    Disabled,
}

/// Unit of an HPA policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HpaPolicyKind {
    /// So many pods.
    Pods,
    /// So many per cent of those at the start of the period.
    Percent,
}

/// One rate limit of the HPA: at most `value` within `period` seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HpaPolicy {
    /// Unit of `value`.
    pub kind: HpaPolicyKind,
    /// Pods, or per cent.
    pub value: u32,
    /// Seconds.
    pub period: f64,
}

/// How the HPA moves in one direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HpaDirection {
    /// Seconds of recommendations that are looked back on.
    pub stabilization: f64,
    /// Which of the policies counts.
    pub select: Select,
    /// Limits of the change; `select` says which of them counts.
    pub policies: Vec<HpaPolicy>,
    /// Own tolerance of this direction, share; `None` takes 0.1.
    pub tolerance: Option<f64>,
}

/// Both directions, with Kubernetes' defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HpaBehavior {
    /// More pods.
    pub up: HpaDirection,
    /// Fewer pods.
    pub down: HpaDirection,
}

impl Default for HpaBehavior {
    fn default() -> Self {
        let percent = HpaPolicy {
            kind: HpaPolicyKind::Percent,
            value: 100,
            period: 15.0,
        };
        let pods = HpaPolicy {
            kind: HpaPolicyKind::Pods,
            value: 4,
            period: 15.0,
        };
        Self {
            up: HpaDirection {
                stabilization: 0.0,
                select: Select::Max,
                policies: vec![percent, pods],
                tolerance: None,
            },
            down: HpaDirection {
                stabilization: 300.0,
                select: Select::Max,
                policies: vec![percent],
                tolerance: None,
            },
        }
    }
}

/// One range of a step policy, relative to the threshold; `None` is without end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepAdjustment {
    /// At or above threshold + `lower`.
    pub lower: Option<f64>,
    /// Below threshold + `upper`.
    pub upper: Option<f64>,
    /// What it means is said by [`StepRule`].
    pub change: f64,
}

/// What the changes of a step policy mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepRule {
    /// So many more or fewer.
    #[default]
    ChangeInCapacity,
    /// Exactly so many.
    ExactCapacity,
    /// Per cent of those there are.
    PercentChangeInCapacity,
}

/// An alarm with steps: when the metric is beyond `threshold` for `evaluation_periods` periods in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepPolicy {
    /// What the alarm looks at, mean over the instances.
    pub metric: ScaleMetric,
    /// In the unit of the metric.
    pub threshold: f64,
    /// Above (out) or below (in) the threshold.
    pub above: bool,
    /// Periods in a row that must be beyond.
    pub evaluation_periods: u32,
    /// Seconds of one period.
    pub period: f64,
    /// What the changes of `steps` mean.
    pub rule: StepRule,
    /// Ranges that do not overlap.
    pub steps: Vec<StepAdjustment>,
    /// Smallest change of a percentage rule, instances.
    pub min_adjustment: u32,
    /// Seconds after a change before this policy acts again.
    pub cooldown: f64,
}

impl Default for StepPolicy {
    fn default() -> Self {
        Self {
            metric: ScaleMetric::CpuUtilization,
            threshold: 0.7,
            above: true,
            evaluation_periods: 2,
            period: 60.0,
            rule: StepRule::ChangeInCapacity,
            steps: vec![StepAdjustment {
                lower: Some(0.0),
                upper: None,
                change: 1.0,
            }],
            min_adjustment: 0,
            cooldown: 300.0,
        }
    }
}

/// So many instances between two times of the day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleWindow {
    /// Seconds after midnight; `to` below `from` goes over midnight.
    pub from: f64,
    /// Seconds after midnight, up to 86,400.
    pub to: f64,
    /// Monday 0 … Sunday 6; empty for every day.
    pub days: Vec<u8>,
    /// IANA name.
    pub zone: String,
    /// At least so many instances in the window.
    pub instances: u32,
    /// Cores of an instance in the window; `None` leaves its size.
    pub cores: Option<f64>,
}

/// Size follows use: cores up or down between bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerticalScaling {
    /// Bounds of the size, cores.
    pub min_cores: f64,
    /// Bounds of the size, cores.
    pub max_cores: f64,
    /// Processor use as a share of the cores, 0..1.
    pub threshold_up: f64,
    /// Below this share of the cores it gets smaller, 0..1.
    pub threshold_down: f64,
    /// Seconds the use must be beyond a threshold.
    pub evaluation_period: f64,
    /// Seconds an instance is away while its size changes.
    pub restart: f64,
}

impl Default for VerticalScaling {
    fn default() -> Self {
        Self {
            min_cores: 2.0,
            max_cores: 16.0,
            threshold_up: 0.8,
            threshold_down: 0.3,
            evaluation_period: 300.0,
            restart: 60.0,
        }
    }
}

/// Who decides how many instances there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Autoscaling {
    /// Kubernetes HPA: metric and target; several metrics take the largest answer.
    pub hpa: Vec<(ScaleMetric, f64)>,
    /// How fast the HPA may move.
    pub behavior: HpaBehavior,
    /// Seconds between two looks of the HPA.
    pub sync: f64,
    /// Relative distance from the target at which nothing happens.
    pub tolerance: f64,
    /// Step policies (alarms).
    pub steps: Vec<StepPolicy>,
    /// Target tracking (approximate; its arithmetic is not published): metric and target.
    pub tracking: Vec<(ScaleMetric, f64)>,
    /// Seconds after scaling out, and in, before target tracking acts in that direction again.
    pub tracking_cooldown: (f64, f64),
    /// Floors by the clock.
    pub schedule: Vec<ScheduleWindow>,
    /// Instances ahead of a known load: seconds of lead; `None` for no prediction.
    pub predictive: Option<f64>,
    /// Target utilisation of workers that a prediction plans for, 0..1.
    pub predictive_target: f64,
    /// Size of the instances; `None` keeps it.
    pub vertical: Option<VerticalScaling>,
    /// Bounds of the number of instances.
    pub min: u32,
    /// At most so many instances.
    pub max: u32,
    /// What a request costs in processor time.
    pub cpu: CpuModel,
    /// Seconds until a new instance takes traffic.
    pub boot: f64,
    /// Seconds after that in which it works at [`Self::warm_up_speed`].
    pub warm_up: f64,
    /// Speed while warming up, 0..1.
    pub warm_up_speed: f64,
    /// Seconds by which metrics are late.
    pub metric_delay: f64,
    /// The HPA has no behaviour block: at most double or four at a time, the highest recommendation of five minutes.
    pub hpa_legacy: bool,
    /// When target tracking acts.
    pub tracking_alarms: TrackingAlarms,
}

/// The alarms of target tracking: periods in a row beyond the target before it acts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrackingAlarms {
    /// Seconds of one period.
    pub period: f64,
    /// Periods above the target before it scales out.
    pub out_periods: u32,
    /// Periods below [`Self::in_share`] of the target before it scales in.
    pub in_periods: u32,
    /// Share of the target, 0..1.
    pub in_share: f64,
}

impl Default for TrackingAlarms {
    fn default() -> Self {
        Self {
            period: 60.0,
            out_periods: 3,
            in_periods: 15,
            in_share: 0.9,
        }
    }
}

impl Default for Autoscaling {
    fn default() -> Self {
        Self {
            hpa: Vec::new(),
            behavior: HpaBehavior::default(),
            sync: 15.0,
            tolerance: 0.1,
            steps: Vec::new(),
            tracking: Vec::new(),
            tracking_cooldown: (300.0, 300.0),
            schedule: Vec::new(),
            predictive: None,
            predictive_target: 0.7,
            vertical: None,
            min: 1,
            max: 100,
            cpu: CpuModel::default(),
            boot: 30.0,
            warm_up: 0.0,
            warm_up_speed: 1.0,
            metric_delay: 0.0,
            hpa_legacy: false,
            tracking_alarms: TrackingAlarms::default(),
        }
    }
}

impl Autoscaling {
    /// Whether anything changes the number of instances.
    pub fn active(&self) -> bool {
        !(self.hpa.is_empty()
            && self.steps.is_empty()
            && self.tracking.is_empty()
            && self.schedule.is_empty())
            || self.predictive.is_some()
    }
}

/// A token bucket: a steady rate and a burst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenBucket {
    /// Tokens per second.
    pub rate: f64,
    /// Most tokens that can be saved up.
    pub burst: f64,
}

/// What is turned away with an error (429) before it reaches an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimits {
    /// Over all requests.
    pub global: Option<TokenBucket>,
    /// For each of [`super::Workload::users`].
    pub per_user: Option<TokenBucket>,
    /// By label of a class.
    pub per_endpoint: Vec<(String, TokenBucket)>,
}
