//! What it means that a statistic is not in a dump: gem5 leaves out what did not happen, and what there is nothing to happen to.

/// Whether a statistic that is not among these is zero: another one of the same object is there. None of a cache that the machine does
/// not have is; and the buckets of a distribution have other bounds in another run, which says nothing about how much is in them.
pub fn is_zero<'a>(name: &str, written: impl Iterator<Item = &'a str> + Clone) -> bool {
    let (full, column) = parted(name);
    let Some((object, _)) = full.rsplit_once('.') else {
        // simTicks and the like are always there.
        return false;
    };
    let has = |object: &str| {
        let within = |name: &str| name.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'));
        written.clone().any(within)
    };
    let of_same = |other: &str| parted(other).0.rsplit_once('.').is_some_and(|(own, _)| own == object);
    if !written.clone().any(of_same) {
        return false;
    }
    let Some(column) = column else { return true };
    if is_range(column) {
        return false;
    }
    if is_number(column) {
        return !written
            .clone()
            .any(|other| other.strip_prefix(full) == Some("::samples"));
    }
    // Of a processor or a cache that asks: `overallMisses::cpu_cluster.cpus1.data`.
    match column.rsplit_once('.') {
        Some((asking, _)) => has(&format!("system.{asking}")),
        None => true,
    }
}

/// A name and the column of a vector or the bucket of a distribution.
pub fn parted(name: &str) -> (&str, Option<&str>) {
    match name.split_once("::") {
        Some((full, column)) => (full, Some(column)),
        None => (name, None),
    }
}

/// A bucket, or a column that has a number for a name.
pub fn is_number(column: &str) -> bool {
    column.parse::<f64>().is_ok()
}

/// `0-8191`, `-16--1`, `1.04858e+06-2.09715e+06`.
pub fn is_range(column: &str) -> bool {
    bounds(column).is_some()
}

/// How much a bucket spans; of one value, or of a column with a number for a name, nothing.
pub fn width(column: &str) -> Option<f64> {
    match bounds(column) {
        Some((low, high)) => Some(high - low),
        None => is_number(column).then_some(0.0),
    }
}

fn bounds(column: &str) -> Option<(f64, f64)> {
    let mut dashes = column.match_indices('-').map(|(at, _)| at).filter(|at| *at > 0);
    dashes.find_map(|at| Some((column[..at].parse().ok()?, column[at + 1..].parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_numbers() {
        for range in ["0-8191", "-16--1", "-8-7", "1.04858e+06-2.09715e+06", "0.5-0.75"] {
            assert!(is_range(range), "{range}");
        }
        for other in [
            "total",
            "0",
            "-1",
            "1e-06",
            "IntAlu",
            "cpu_cluster.cpus.data",
            "SimdAdd-1",
        ] {
            assert!(!is_range(other), "{other}");
        }
    }

    #[test]
    fn zero_is_what_did_not_happen_to_something() {
        let written = [
            "system.cpu_cluster.cpus0.numCycles",
            "system.cpu_cluster.l2.overallMisses::total",
            "system.cpu_cluster.l2.overallMisses::cpu_cluster.cpus0.data",
            "system.cpu_cluster.cpus0.mmu.dtb_walker.walkServiceTime::samples",
            "system.cpu_cluster.cpus0.mmu.dtb_walker.walkServiceTime::0-8191",
        ];
        let zero = |name: &str| is_zero(name, written.into_iter());
        assert!(zero("system.cpu_cluster.l2.writebacks::total"));
        assert!(zero("system.cpu_cluster.l2.overallMisses::cpu_cluster.cpus0.inst"));
        assert!(
            !zero("system.cpu_cluster.l2.tags.ageTaskId_1024::2"),
            "no statistic of the tags is there"
        );
        assert!(zero("system.cpu_cluster.l2.ageTaskId::2"));
        for other in [
            "system.cpu_cluster.cpus.numCycles",
            "system.cpu_cluster.cpus0.dcache.overallMisses::total",
            "system.cpu_cluster.l2.overallMisses::cpu_cluster.cpus1.data",
            "system.cpu_cluster.cpus0.mmu.dtb_walker.walkServiceTime::0-32767",
            "system.cpu_cluster.cpus0.mmu.dtb_walker.walkServiceTime::3",
            "simTicks",
        ] {
            assert!(!zero(other), "{other}");
        }
    }
}
