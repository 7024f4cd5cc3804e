//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    forbid_telemetry();
    saliscope::allocator::tune();
    if let Ok(program) = std::env::current_exe() {
        saliscope::classifier::try_strangers_with(program);
    }
    saliscope::cli::main(std::env::args_os())
}

/// From version 1.29 on, the ONNX Runtime that Microsoft publishes for Linux and macOS gives this
/// computer an identifier, keeps a database of events in the user's cache folder and sends them.
/// Asking the loaded library to stop comes too late for the first event; this variable is read
/// before. It also saves the 30 ms in which the library winds all that down at exit.
fn forbid_telemetry() {
    // SAFETY: this is the first thing the program does; there is no other thread yet that could
    // read the environment at the same time.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
}
