//! JMeter's XML results from memory: bare samples, and samples with their responses.

use std::path::Path;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use headroom::import::load_test::jmeter_xml;
use headroom::import::{ImportOptions, Intake};
use headroom::progress::Progress;

const SAMPLES: i64 = 100_000;

fn results(responses: bool) -> String {
    let end = if responses {
        format!(
            ">\n  <responseHeader class=\"java.lang.String\">HTTP/1.1 200 OK</responseHeader>\n  \
             <responseData class=\"java.lang.String\">{}</responseData>\n</httpSample>\n",
            "&lt;p&gt;nothing to see here&lt;/p&gt; ".repeat(20)
        )
    } else {
        "/>\n".to_owned()
    };
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n".to_owned();
    for i in 0..SAMPLES {
        let (elapsed, label) = (1 + i * i % 907, i * 31 % 40);
        text.push_str(&format!(
            "<httpSample t=\"{elapsed}\" it=\"0\" lt=\"{elapsed}\" ct=\"1\" ts=\"{}\" s=\"true\" \
             lb=\"GET /api/v1/resource{label}\" rc=\"200\" rm=\"OK\" tn=\"Users 1-7\" dt=\"text\" by=\"5124\" \
             sby=\"312\" ng=\"50\" na=\"50\"{end}",
            1_764_547_200_000 + i / 3
        ));
    }
    text.push_str("</testResults>\n");
    text
}

#[divan::bench(args = [false, true])]
fn read(bencher: Bencher, responses: bool) {
    let text = results(responses);
    let options = ImportOptions::default();
    let progress = Progress::default();
    bencher
        .counter(BytesCount::new(text.len()))
        .counter(ItemsCount::new(SAMPLES as usize))
        .bench(|| {
            let intake = Intake::new(Path::new("results.jtl"), &options, &progress);
            let imported = jmeter_xml::read(text.as_bytes(), &intake);
            imported.expect("the samples can be read").source.info.rows
        });
}
