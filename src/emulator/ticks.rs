//! The counter that QEMU's translator shows to an x86 guest as its time stamp counter: that of this machine's processor.
//!
//! A kernel measures its rate against an emulated timer while it boots. On a busy machine QEMU's thread pauses in the middle of
//! that, the rate comes out several times too small, and from then on the guest's clock runs several times too fast: healthy
//! guests report stalls. Once a wrong rate is there, a later measurement that is more than a hundredth off counts as the wrong
//! one (`tsc_refine_calibration_work` in arch/x86/kernel/tsc.c). So the kernel is told.

use std::sync::OnceLock;
use std::time::Duration;

/// How long is measured. What a reading is off by, some microseconds, is less than a thousandth of it.
const SPAN: Duration = Duration::from_millis(5);
/// The kernel finds out the rest by itself, and the same machine has the same command line each time.
const GRAIN: u64 = 10_000;

/// Its rate in kHz; none on a machine that is no x86.
pub fn rate() -> Option<u64> {
    static RATE: OnceLock<Option<u64>> = OnceLock::new();
    *RATE.get_or_init(|| {
        let (first, from) = read()?;
        std::thread::sleep(SPAN);
        let (last, to) = read()?;
        let nanoseconds = (to - from).as_nanos();
        let kilohertz = u128::from(last.checked_sub(first)?) * 1_000_000 / nanoseconds;
        Some((u64::try_from(kilohertz).ok()? + GRAIN / 2) / GRAIN * GRAIN).filter(|rate| *rate > 0)
    })
}

/// The counter and the time, of several readings those that lie closest together: in the others something came between.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
fn read() -> Option<(u64, std::time::Instant)> {
    use std::time::Instant;
    let readings = (0..16).map(|_| {
        let before = Instant::now();
        // SAFETY: every x86_64 processor has this instruction, and Linux lets programs execute it.
        let ticks = unsafe { std::arch::x86_64::_rdtsc() };
        (before.elapsed(), ticks, before)
    });
    readings
        .min_by_key(|(took, ..)| *took)
        .map(|(_, ticks, at)| (ticks, at))
}

#[cfg(not(target_arch = "x86_64"))]
fn read() -> Option<(u64, std::time::Instant)> {
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rate_is_one_that_processors_have() {
        let rate = super::rate();
        assert_eq!(rate.is_some(), cfg!(target_arch = "x86_64"));
        assert!(
            rate.is_none_or(|rate| (200_000..20_000_000).contains(&rate)),
            "{rate:?}"
        );
        assert_eq!(rate, super::rate());
    }
}
