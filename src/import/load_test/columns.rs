//! Where the columns of a JMeter CSV file stand: by its header, or by JMeter's default orders where it has none.
//!
//! The orders are those of the versions that wrote them: 2.x without a header by default, 3.0 to 5.x with
//! `print_field_names=false` (apache/jmeter, `CSVSaveService`).

use crate::import::detect::{DELIMITERS, cells};

/// Delimiters that JMeter has been seen to write (`jmeter.save.saveservice.default_delimiter`).
const JMETER_DELIMITERS: [u8; 6] = *b",;\t|^:";

/// A column that the file does not have.
pub const ABSENT: usize = usize::MAX;

/// Indexes of the columns that are read; [`ABSENT`] where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Between fields.
    pub delimiter: u8,
    /// Fields in a record.
    pub count: usize,
    /// The header as it stands in the file, without its line end; empty where there is none.
    pub header: Vec<u8>,
    /// Start.
    pub time: usize,
    /// Duration.
    pub elapsed: usize,
    /// Label.
    pub label: usize,
    /// Response code.
    pub code: usize,
    /// Response message, which tells controllers.
    pub message: usize,
    /// Thread name, empty in rows of resource monitors.
    pub thread: usize,
    /// `true` or `false`.
    pub success: usize,
    /// Bytes received.
    pub bytes: usize,
    /// Bytes sent.
    pub sent: usize,
    /// Active threads of the generator.
    pub active: usize,
    /// URL, `null` for controllers.
    pub url: usize,
    /// Samples in the row (statistical mode of distributed tests).
    pub samples: usize,
    /// Failed ones among these.
    pub errors: usize,
    /// Generator.
    pub host: usize,
    /// The first row has a month beyond 12: such months roll over into the next year.
    pub rolling_months: bool,
}

/// Orders of columns without a header, by their number.
const ORDERS: [&str; 8] = [
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes,Latency",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes,grpThreads,allThreads,Latency",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,grpThreads,allThreads,Latency",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,grpThreads,allThreads,Latency,IdleTime",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,grpThreads,allThreads,Latency,IdleTime,Connect",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,Latency,IdleTime,Connect",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect",
];

impl Columns {
    /// From the first line of a file; `None` where it is neither a header nor a row of a known order.
    pub fn of(first_line: &str) -> Option<Self> {
        let line = first_line.trim_start_matches('\u{feff}').trim_end();
        if let Some(delimiter) = header_delimiter(line) {
            let mut columns = Self::named(&cells(line, delimiter), delimiter);
            columns.header = line.as_bytes().to_vec();
            return Some(columns);
        }
        let delimiter = row_delimiter(line)?;
        let count = cells(line, delimiter).len();
        let order = ORDERS
            .iter()
            .map(|order| cells(order, b','))
            .find(|order| order.len() == count)?;
        Some(Self::named(&order, delimiter))
    }

    fn named(names: &[String], delimiter: u8) -> Self {
        let at = |name: &str| {
            names
                .iter()
                .position(|n| n.eq_ignore_ascii_case(name))
                .unwrap_or(ABSENT)
        };
        Self {
            delimiter,
            count: names.len(),
            header: Vec::new(),
            time: at("timeStamp"),
            elapsed: at("elapsed"),
            label: at("label"),
            code: at("responseCode"),
            message: at("responseMessage"),
            thread: at("threadName"),
            success: at("success"),
            bytes: at("bytes"),
            sent: at("sentBytes"),
            active: at("allThreads"),
            url: at("URL"),
            samples: at("SampleCount"),
            errors: at("ErrorCount"),
            host: at("Hostname"),
            rolling_months: false,
        }
    }
}

/// The delimiter of a JMeter header: the one by which it has the columns `timeStamp`, `elapsed` and `label`.
pub fn header_delimiter(line: &str) -> Option<u8> {
    JMETER_DELIMITERS.into_iter().find(|delimiter| {
        let cells = cells(line, *delimiter);
        ["timeStamp", "elapsed", "label"]
            .iter()
            .all(|name| cells.iter().any(|c| c.eq_ignore_ascii_case(name)))
    })
}

/// The delimiter of a JMeter row where there is no header: 13 digits, an integer, and later true or false.
pub fn row_delimiter(line: &str) -> Option<u8> {
    DELIMITERS.into_iter().find(|delimiter| {
        let cells = cells(line, *delimiter);
        let digits = |text: &String, len: Option<usize>| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_digit())
                && len.is_none_or(|len| text.len() == len)
        };
        cells.first().is_some_and(|c| digits(c, Some(13)))
            && cells.get(1).is_some_and(|c| digits(c, None))
            && cells
                .iter()
                .skip(4)
                .any(|c| c.eq_ignore_ascii_case("true") || c.eq_ignore_ascii_case("false"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_any_order_and_delimiter() {
        let columns = Columns::of("\u{feff}label;elapsed;timeStamp;\"my var\"\r\n").unwrap();
        assert_eq!(columns.delimiter, b';');
        assert_eq!((columns.time, columns.elapsed, columns.label), (2, 1, 0));
        assert_eq!((columns.count, columns.success), (4, ABSENT));
    }

    #[test]
    fn rows_without_a_header_follow_the_default_orders() {
        let old =
            Columns::of("1795225192805,104,Home,200,OK,\"a, b\",text,true,402,2,2,104").unwrap();
        assert_eq!((old.bytes, old.active, old.sent), (8, 10, ABSENT));
        assert!(old.header.is_empty());
        let new = "1795225192805\t104\tHome\t200\tOK\tT\ttext\ttrue\t\t402\t1\t2\t3\tnull\t1\t0\t0";
        let new = Columns::of(new).unwrap();
        assert_eq!((new.bytes, new.sent, new.active, new.url), (9, 10, 12, 13));
        assert_eq!(Columns::of("1795225192805,104,Home,200,true"), None);
    }
}
