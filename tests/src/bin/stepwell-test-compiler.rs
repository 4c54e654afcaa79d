//! Compiles plugins for the sandboxes of tests, as `stepwell compile-plugin` does for a host.

fn main() -> std::io::Result<()> {
    stepwell_sandbox::compile_plugin()
}
