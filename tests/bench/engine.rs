//! Benchmarks of the hot paths.

mod pyramid;

fn main() {
    divan::main();
}
