//! Tests of the JMeter XML importer on small inline inputs.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use super::jmeter_xml::FORMAT;
use super::jmeter_xml::read;
use crate::import::testing::read_as;
use crate::import::{ImportError, ImportOptions, Imported, Intake};
use crate::progress::Progress;
use crate::warning::WarningKind;

fn import(text: &[u8]) -> Result<Imported, ImportError> {
    read_as(&FORMAT, "x.jtl", text)
}

fn document(samples: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n{samples}\n</testResults>\n")
        .into_bytes()
}

/// Label, controller, count, failed, sum of ms.
fn sums(imported: &Imported) -> Vec<(String, bool, u64, u64, i64)> {
    let run = imported.source.run.as_ref().unwrap();
    let counters = &run.counters;
    let column = |name: &str| counters.column(name).unwrap().clone();
    let (labels, outcomes) = (column("label"), column("outcome"));
    let (labels, outcomes) = (labels.u16().unwrap(), outcomes.u8().unwrap());
    let (counts, times) = (column("count"), column("sum_ticks"));
    let (counts, times) = (counts.u64().unwrap(), times.i64().unwrap());
    let mut all: Vec<_> = run
        .labels
        .iter()
        .map(|l| (l.name.clone(), l.controller, 0, 0, 0))
        .collect();
    for row in 0..counters.height() {
        let line = &mut all[usize::from(labels.get(row).unwrap())];
        line.2 += counts.get(row).unwrap();
        line.3 += counts.get(row).unwrap() * u64::from(outcomes.get(row).unwrap());
        line.4 += times.get(row).unwrap();
    }
    all
}

fn warned(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

fn line(label: &str, count: u64, failed: u64, ms: i64) -> (String, bool, u64, u64, i64) {
    (label.to_owned(), false, count, failed, ms)
}

#[test]
fn inner_samples_are_not_counted_again_and_those_of_a_parent_are() {
    let text = document(
        r#"<httpSample t="139" ts="1551614636213" s="false" lb="page" rc="200" by="10">
  <httpSample t="60" ts="1551614636213" s="true" lb="page-0" rc="200" by="10"><httpSample t="1" ts="1551614636213" s="true" lb="deep" rc="200"/></httpSample>
  <httpSample t="2" ts="1551614636347" s="false" lb="page-1" rc="404" by="10"/>
  <responseData class="java.lang.String">&lt;httpSample t="5"/&gt;&#x0;</responseData>
</httpSample>
<sample t="350" lt="0" ts="1551614636719" s="false" lb="Buy" rc="408" rm="Number of samples in transaction : 2, number of failing samples : 1">
  <httpSample t="150" ts="1551614636719" s="true" lb="Cart &amp; co" rc="200"/>
  <sample t="200" ts="1551614636869" s="false" lb="Inner" rc="408" rm="Number of samples in transaction : 1, number of failing samples : 1">
    <httpSample t="200" ts="1551614636869" s="false" lb="Pay" rc="408"/>
  </sample>
</sample>"#,
    );
    let imported = import(&text).unwrap();
    assert_eq!(
        sums(&imported),
        [
            line("page", 1, 1, 139),
            ("Buy".to_owned(), true, 1, 1, 350),
            line("Cart & co", 1, 0, 150),
            ("Inner".to_owned(), true, 1, 1, 200),
            line("Pay", 1, 1, 200),
        ]
    );
    assert_eq!(imported.source.info.rows, 5);
    assert_eq!(warned(&imported, WarningKind::Note), 3);
    assert_eq!(warned(&imported, WarningKind::TransactionControllers), 2);
    assert_eq!(warned(&imported, WarningKind::TruncatedLastRow), 0);
    let info = &imported.source.info;
    assert_eq!(
        (info.first.unwrap().0, info.last.unwrap().0),
        (1_551_614_636_213_000, 1_551_614_637_069_000)
    );
}

#[test]
fn a_killed_run_and_two_documents_are_read_with_a_warning() {
    let one = r#"<sample t="5" ts="1551614636213" s="true" lb="a"/>"#;
    let killed = document(&[one; 3].join("\n"));
    let whole = killed.len() - "\n</testResults>\n".len();
    for (text, rows, cut) in [
        (killed.clone(), 3, 0),
        (killed[..whole].to_vec(), 3, 1),
        (killed[..whole - 3].to_vec(), 2, 1),
        ([&killed[..], b"\n", &killed[..]].concat(), 6, 0),
        ([&killed[..whole], b"\n", &killed[..]].concat(), 6, 1),
        ([b" \n", &killed[..]].concat(), 3, 0),
    ] {
        let imported = import(&text).unwrap();
        assert_eq!(imported.source.info.rows, rows);
        assert_eq!(warned(&imported, WarningKind::TruncatedLastRow), cut);
        assert_eq!(warned(&imported, WarningKind::Note), u64::from(rows > 3));
    }
    let cut = import(&killed[..whole - 3]).unwrap();
    assert_eq!(warned(&cut, WarningKind::RejectedRow), 1);
    let empty = import(&document("")).unwrap_err().to_string();
    assert!(empty.contains("no samples"), "{empty}");
}

#[test]
fn old_names_and_codes_are_known() {
    let text = br#"<testResults>
<sampleResult timeStamp="1107795990961" dataType="" threadName="T-1" label="old" time="234" responseCode="200" success="true"/>
<sample t="7" ts="1132021485561" s="true" lb="rs" rs="201" time="x" label="y" by="-1" na="" sby="" />
</testResults>"#;
    let imported = import(text).unwrap();
    assert_eq!(
        sums(&imported),
        [line("old", 1, 0, 234), line("rs", 1, 0, 7)]
    );
    let codes = &imported.source.run.as_ref().unwrap().codes;
    let codes = codes.column("code").unwrap().str().unwrap();
    assert_eq!((codes.get(0), codes.get(1)), (Some("200"), Some("201")));
}

#[test]
fn assertions_decide_where_the_outcome_is_missing() {
    let text = document(
        r#"<sample t="5" ts="1551614636213" lb="a" rc="200"><assertionResult><name>true</name><failure>true</failure><error>false</error></assertionResult></sample>
<sample t="5" ts="1551614636213" lb="b" rc="200"><assertionResult><failure> false </failure><error/></assertionResult></sample>
<sample t="5" ts="1551614636213" lb="c" rc="503"/>
<sample t="5" ts="1551614636213" lb="d" rc="200" s="true"><assertionResult><failure>true</failure></assertionResult></sample>"#,
    );
    let imported = import(&text).unwrap();
    let mut sums = sums(&imported);
    sums.sort();
    assert_eq!(
        sums,
        [
            line("a", 1, 1, 5),
            line("b", 1, 0, 5),
            line("c", 1, 1, 5),
            line("d", 1, 0, 5),
        ]
    );
    assert_eq!(warned(&imported, WarningKind::Assumed), 3);
}

#[test]
fn statistical_rows_and_monitors_are_told_apart() {
    let text = document(
        r#"<sample t="100" ts="1551614636213" s="false" lb="a" rc="200" by="50" sc="4" ec="1" tn="T"/>
<sample t="7000" ts="1551614636213" s="true" lb="host CPU" rc="" tn="" by="0" ng="0" na="0"/>
<httpSample t="9" ts="1551614636214" s="true" lb="a" rc="200" tn="T" hn="gen-1" na="3"/>"#,
    );
    let imported = import(&text).unwrap();
    assert_eq!(sums(&imported), [line("a", 5, 1, 109)]);
    assert_eq!(warned(&imported, WarningKind::AggregatedRows), 1);
    assert_eq!(warned(&imported, WarningKind::MonitoringRows), 1);
    let run = imported.source.run.unwrap();
    assert_eq!(run.generators, ["gen-1"]);
    let only = document(r#"<sample t="7" ts="1551614636213" s="true" lb="CPU" tn="" by="0"/>"#);
    let error = import(&only).unwrap_err().to_string();
    assert!(error.contains("resource monitoring"), "{error}");
}

#[test]
fn what_cannot_be_read_is_rejected_with_its_line() {
    let good = r#"<sample t="5" ts="1551614636213" s="true" lb="a"/>"#;
    for (bad, column) in [
        (
            r#"<sample t="-5" ts="1551614636213" s="true" lb="a"/>"#,
            "t",
        ),
        (
            r#"<sample t="NaN" ts="1551614636213" s="true" lb="a"/>"#,
            "t",
        ),
        (r#"<sample ts="1551614636213" s="true" lb="a"/>"#, "t"),
        (r#"<sample t="5" t="6" ts="1551614636213" lb="a"/>"#, "t"),
        (r#"<sample t="5" ts="99999999999999999999" lb="a"/>"#, "ts"),
        (
            r#"<sample t="5" ts="1551614636213" s="maybe" lb="a"/>"#,
            "s",
        ),
        (
            r#"<sample t="5" ts="1551614636213" s="true" lb="a" by="1.5"/>"#,
            "by",
        ),
        (r#"<sample t="5" ts=1551614636213 s="true" lb="a"/>"#, ""),
        (r#"<sample t="5" ts="1551614636213 s="true" lb="a"/>"#, ""),
        (
            r#"<sample t="5000000000000" ts="1551614636213" s="true"/>"#,
            "",
        ),
        (
            r#"<sample t="9999999999999999" ts="1551614636213" s="true"/>"#,
            "t",
        ),
    ] {
        let imported = import(&document(&format!("{good}\n{bad}\n{good}"))).unwrap();
        assert_eq!(imported.source.info.rows, 2, "{bad}");
        let rejects = &imported.rejects.kept;
        assert_eq!(rejects.len(), 1, "{bad}");
        assert_eq!(
            (rejects[0].line, rejects[0].column.as_str()),
            (4, column),
            "{bad}"
        );
        let error = import(&document(bad)).unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
    }
}

#[test]
fn damage_is_named() {
    let text = document(
        "<sample t=\"5\" ts=\"1551614636213\" s=\"true\" lb=\"a\"><x></y></sample>\n<httpXample t=\"5\"/><sample t=\"6\" ts=\"1551614636213\" s=\"true\" lb=\"a\"/>",
    );
    let imported = import(&text).unwrap();
    assert_eq!(sums(&imported), [line("a", 2, 0, 11)]);
    // A wrong end, the end of the sample that closes two elements, and an element that nobody knows at the top.
    assert_eq!(warned(&imported, WarningKind::NotRead), 3);
    let lost = document(
        "4sample t=\"5\" ts=\"1551614636213\" s=\"true\" lb=\"a\"/>\n<sample t=\"6\" ts=\"1551614636213\" s=\"true\" lb=\"a\"/>",
    );
    assert_eq!(warned(&import(&lost).unwrap(), WarningKind::NotRead), 1);
    let deep = document(&"<x>".repeat(5_000));
    let error = import(&deep).unwrap_err().to_string();
    assert!(error.contains("nested"), "{error}");
}

/// Each thread's samples follow one another: by their starts, and by their ends.
#[test]
fn stamps_of_ends_are_noticed() {
    let mut texts = [String::new(), String::new()];
    let mut at = 1_551_614_636_213_i64;
    for i in 0..40 {
        let ms = if i % 2 == 0 { 900 } else { 100 };
        for (text, stamp) in texts.iter_mut().zip([at, at + ms]) {
            text.push_str(&format!(
                "<sample t=\"{ms}\" ts=\"{stamp}\" s=\"true\" lb=\"a\" tn=\"T 1\"/>\n"
            ));
        }
        at += ms;
    }
    for (text, ends) in texts.iter().zip([0, 1]) {
        let imported = import(&document(text)).unwrap();
        assert_eq!(warned(&imported, WarningKind::Assumed), ends);
    }
}

#[test]
fn declared_latin_1_is_read() {
    let text = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><testResults><sample t=\"5\" ts=\"1551614636213\" s=\"true\" lb=\"caf\xe9\"/></testResults>";
    let imported = import(text).unwrap();
    assert_eq!(sums(&imported), [line("café", 1, 0, 5)]);
    assert_eq!(warned(&imported, WarningKind::EncodingAssumed), 0);
}

/// A response of 64 MB in the middle of a sample takes no memory worth mentioning: it is made while it is read.
#[test]
fn huge_responses_are_passed_over() {
    let start = document("<sample t=\"5\" ts=\"1551614636213\" s=\"true\" lb=\"a\"><responseData>");
    let start = &start[..start.len() - "\n</testResults>\n".len()];
    let text = start
        .chain(std::io::repeat(b'x').take(64 << 20))
        .chain(&b"</responseData></sample></testResults>"[..]);
    let options = ImportOptions::default();
    let progress = Progress::default();
    let imported = read(text, &Intake::new(Path::new("x"), &options, &progress)).unwrap();
    assert_eq!(sums(&imported), [line("a", 1, 0, 5)]);
}

/// JMeter's own report looks at the last 20,000 samples of a label; over several blocks, and as in the CSV form.
#[test]
fn windows_are_those_of_the_csv_form() {
    let mut xml = String::new();
    let mut csv = String::from("timeStamp,elapsed,label,responseCode,success\n");
    for i in 0..270_000_i64 {
        let (at, ms, label) = (1_764_547_200_000 + i, 1 + i / 100 + i * 7 % 13, i * 31 % 2);
        writeln!(
            xml,
            "<sample t=\"{ms}\" ts=\"{at}\" s=\"true\" lb=\"L{label}\" rc=\"200\"/>"
        )
        .unwrap();
        writeln!(csv, "{at},{ms},L{label},200,true").unwrap();
    }
    let xml = import(&document(&xml)).unwrap().source.run.unwrap();
    let options = ImportOptions::default();
    let progress = Progress::default();
    let intake = Intake::new(Path::new("x"), &options, &progress);
    let csv = super::jmeter_csv::read(csv.as_bytes(), &intake).unwrap();
    let csv = csv.source.run.unwrap();
    assert_eq!(xml.tool_figures.len(), 3);
    assert_eq!(xml.tool_figures, csv.tool_figures);
    // The last 20,000 of 270,000 begin at 1 + 2,500.
    let (_, median) = xml.tool_figures[0].percentiles_ms[0];
    assert!((2_500.0..2_720.0).contains(&median), "{median}");
    assert!(xml.counters.equals(&csv.counters) && xml.histogram.equals(&csv.histogram));
}
