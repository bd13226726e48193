//! A first guess at what a file is about, from its path and format. Everything guessed here can be edited.

use std::path::Path;

use super::{Family, Format};
use crate::dataset::{Role, Scope};

/// Words in a path that name an environment.
const ENVIRONMENTS: [(&str, &str); 12] = [
    ("production", "production"),
    ("prod", "production"),
    ("live", "production"),
    ("staging", "staging"),
    ("stage", "staging"),
    ("preprod", "staging"),
    ("uat", "staging"),
    ("test", "test"),
    ("testing", "test"),
    ("qa", "test"),
    ("dev", "development"),
    ("development", "development"),
];

/// Guesses service, environment and role.
///
/// A word of the path (folders included) may name the environment, and `service=`, `svc-` or `-service` the service;
/// otherwise the service stays open, which lets a source take part everywhere.
pub fn guess(path: &Path, format: &Format) -> Scope {
    let parts: Vec<String> = path
        .iter()
        .rev()
        .take(3)
        .map(|part| part.to_string_lossy().to_lowercase())
        .collect();
    let words: Vec<&str> = parts
        .iter()
        .flat_map(|part| part.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    let environment = words
        .iter()
        .find_map(|word| ENVIRONMENTS.iter().find(|(name, _)| name == word))
        .map(|(_, environment)| (*environment).to_owned())
        .unwrap_or_default();
    let role = if format.family == Family::LoadTest {
        Role::Test
    } else {
        Role::Production
    };
    Scope {
        service: parts
            .iter()
            .find_map(|part| service_in(part))
            .unwrap_or_default(),
        region: String::new(),
        environment,
        role,
    }
}

/// The service in `service=checkout`, `svc-checkout` or `checkout-service.csv`.
fn service_in(part: &str) -> Option<String> {
    let stem = part.split('.').next().unwrap_or(part);
    let name = ["service=", "service-", "service_", "svc-", "svc_"]
        .iter()
        .find_map(|prefix| stem.strip_prefix(prefix))
        .or_else(|| {
            ["-service", "_service", "-svc", "_svc"]
                .iter()
                .find_map(|suffix| stem.strip_suffix(suffix))
        })?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::load_test::jmeter_csv::FORMAT as JMETER;
    use crate::import::table::metric_csv::FORMAT as METRIC;

    #[test]
    fn paths_tell_environment_and_service() {
        let scope = guess(Path::new("/data/staging/checkout-service.jtl"), &JMETER);
        assert_eq!(scope.service, "checkout");
        assert_eq!(scope.environment, "staging");
        assert_eq!(scope.role, Role::Test);
        let scope = guess(Path::new("prod_cpu.csv"), &METRIC);
        assert_eq!(scope.environment, "production");
        assert_eq!(scope.role, Role::Production);
        assert_eq!(scope.service, "");
        let scope = guess(Path::new("a/b/c/d/production/x/y/z.csv"), &METRIC);
        assert_eq!(scope.environment, "");
    }
}
