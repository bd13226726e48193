//! Benchmarks of the hot paths.

mod forecast;
mod pyramid;

fn main() {
    divan::main();
}
