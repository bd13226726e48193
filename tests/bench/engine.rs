//! Benchmarks of the hot paths.

mod forecast;
mod plot;
mod pyramid;

fn main() {
    divan::main();
}
