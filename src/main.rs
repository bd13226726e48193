//! The program: command line to desktop or headless command.

fn main() {}
