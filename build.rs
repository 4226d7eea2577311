//! Has the library of scenarios embedded anew when a file is added to it or leaves it, which the macro can't notice.

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
}
