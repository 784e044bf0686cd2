//! The memory of this process, as the system counts it.

use std::error::Error;

/// The most that it has held since it began, or since the count was begun anew (proc(5): `VmHWM`), in MB.
pub(crate) fn peak_mb() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kb.ok_or("no VmHWM in /proc/self/status")?.parse::<f64>()? / 1024.0)
}
