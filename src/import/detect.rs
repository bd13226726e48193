//! What a file is, by its content and never by its extension.

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JMeter results as CSV, with or without a header.
    JmeterCsv,
    /// Prometheus `query_range` answer.
    PrometheusJson,
    /// `start,end,state[,service,note]`.
    OutageTable,
    /// Any other table with a time column and numbers, long or wide.
    MetricTable,
}

impl Format {
    /// Stable id, as in results and on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::JmeterCsv => "jmeter-csv",
            Self::PrometheusJson => "prometheus-json",
            Self::OutageTable => "outage-table",
            Self::MetricTable => "metric-table",
        }
    }
}

/// Recognises the format of an opened file.
pub fn detect(opened: &super::open::Opened) -> Result<Format, super::ImportError> {
    Err(super::ImportError::Unknown {
        path: opened.path.clone(),
        hint: "not written yet".to_owned(),
    })
}
