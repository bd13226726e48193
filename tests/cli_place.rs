//! A folder of small inputs, and the program run in it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// A folder of small inputs.
pub struct Place {
    pub folder: tempfile::TempDir,
}

/// How one call ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.out, self.err))
    }

    /// The one document of a failure: its keys, and nothing on standard error.
    #[track_caller]
    pub fn error(&self, kind: &str) -> Value {
        assert_eq!(self.code, 2, "{}\n{}", self.out, self.err);
        let document = self.json();
        let error = document["error"].clone();
        keys(&document, "error");
        keys(&error, "kind message file line hint");
        assert_eq!(error["kind"], kind, "{error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        error
    }
}

/// All of these keys are there; there may be more.
#[track_caller]
pub fn keys(value: &Value, expected: &str) {
    for key in expected.split(' ') {
        assert!(value.get(key).is_some(), "{key} is missing in {value}");
    }
}

pub const YAML: &str = "timezone: UTC
objectives:
  - {name: Up, kind: availability, target: 99.9%, exclusions: [windows.csv]}
  - {name: Requests, kind: error_rate, target: 5%, slice: 1d}
";

impl Place {
    pub fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        place.write("sla.yaml", YAML);
        place.write(
            "windows.csv",
            "start,end,reason\n2026-06-10 08:00,2026-06-10 09:00,agreed\n",
        );
        place.write(
            "outages.csv",
            "start,end,state\n2026-06-10T08:00:00Z,2026-06-10T09:00:00Z,down\n",
        );
        // Sixty days of a disk that fills by half a percent a day.
        let mut metrics = String::from("time,disk_percent,load\n");
        let start = headroom::calendar::Instant::from_secs(1_777_593_600);
        for day in 0..61_i64 {
            let at = start.plus(headroom::units::Micros(day * 86_400_000_000));
            let wobble = (day * 7 % 5) as f64 / 10.0;
            metrics.push_str(&format!(
                "{at},{},{}\n",
                50.0 + day as f64 / 2.0 + wobble,
                10.0 + wobble
            ));
        }
        place.write("metrics.csv", &metrics);
        let mut run =
            String::from("timeStamp,elapsed,label,responseCode,success,bytes,allThreads\n");
        for i in 0..200_i64 {
            run.push_str(&format!(
                "{},{},GET /api,200,{},100,4\n",
                1_781_000_000_000 + i * 100,
                50 + i % 40,
                i % 50 != 0
            ));
        }
        place.write("run.jtl", &run);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs the program in the folder.
    pub fn run(&self, line: &str) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_headroom"))
            .current_dir(self.folder.path())
            .args(line.split_whitespace())
            .output()
            .unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn project(self) -> Self {
        let made = self.run(
            "import outages.csv metrics.csv run.jtl --project p.headroom --sla sla.yaml --limit disk_percent=90%",
        );
        assert_eq!(made.code, 0, "{}", made.err);
        self
    }
}
