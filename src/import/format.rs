//! What a format is to the rest of the program: a name, how it is recognised, its traps, and the function that reads it.
//!
//! Each importer file ends in one `pub static FORMAT: Format`; `formats::ALL` lists them. Nothing else has to be told
//! about a new format.

use std::io::Read;

use super::{Head, ImportError, Imported, Intake};

/// The content of a file from its beginning, already unpacked.
pub type Stream = Box<dyn Read + Send>;

/// What kind of thing a file tells about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Results of load tests.
    LoadTest,
    /// Series of a monitoring system.
    Metrics,
    /// One line a request of a live service.
    AccessLog,
    /// Up and down.
    Uptime,
    /// Spans of distributed requests.
    Traces,
    /// Any other table.
    Table,
}

impl Family {
    /// The heading under which its formats are listed.
    pub const fn title(self) -> &'static str {
        match self {
            Self::LoadTest => "Load tests",
            Self::Metrics => "Metrics",
            Self::AccessLog => "Access logs",
            Self::Uptime => "Uptime",
            Self::Traces => "Traces",
            Self::Table => "Tables",
        }
    }

    /// In the order in which they are listed.
    pub const ALL: [Self; 6] = [
        Self::LoadTest,
        Self::Metrics,
        Self::AccessLog,
        Self::Uptime,
        Self::Traces,
        Self::Table,
    ];
}

/// What a recogniser says about the first bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Not this format.
    No,
    /// This format.
    Yes,
    /// This format or a near relative, which cannot be read: what was seen, and what to do. Ends the search.
    Refused(String),
}

impl From<bool> for Seen {
    fn from(seen: bool) -> Self {
        if seen { Self::Yes } else { Self::No }
    }
}

/// A format that can be read.
pub struct Format {
    /// Stable id, as in results and on the command line.
    pub id: &'static str,
    /// Its name for people; what follows " (" is left out where room is short.
    pub title: &'static str,
    /// What it tells about.
    pub family: Family,
    /// How it is recognised, as the end of the sentence "It is recognised by …".
    pub recognised_by: &'static str,
    /// What is easily got wrong about it, one sentence each.
    pub traps: &'static [&'static str],
    /// Looks at the first 64 KiB. Must not say yes to what it cannot read.
    pub recognise: fn(&Head<'_>) -> Seen,
    /// Reads the whole content.
    pub read: fn(Stream, &Intake<'_>) -> Result<Imported, ImportError>,
}

impl Format {
    /// Its name without what stands in parentheses.
    pub fn short_title(&self) -> &'static str {
        self.title.split(" (").next().unwrap_or(self.title)
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Format {}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
