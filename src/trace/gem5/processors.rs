//! Which processor an object of gem5's is or belongs to.

/// Between the clusters of a trace that does not say how many processors each of them has.
const STRIDE: u32 = 100;
/// What gem5's scripts call processors, before their number; one without a number is the only one.
const NAMES: [&str; 4] = ["switch_cpus", "cpus", "cpu", "cores"];

/// Numbers them: through all clusters, as Linux does.
#[derive(Clone, Debug, Default)]
pub struct Processors {
    /// Each cluster and the number of its first processor.
    clusters: Vec<(String, u32)>,
    /// Objects without a number that are processors nevertheless, in the order in which they appeared.
    unnumbered: Vec<String>,
}

impl Processors {
    /// Of the machine's clusters, each with the number of its processors.
    pub fn of(clusters: impl IntoIterator<Item = (String, u32)>) -> Processors {
        let number = |first: &mut u32, (cluster, count): (String, u32)| {
            let own = *first;
            *first += count;
            Some((cluster, own))
        };
        Processors {
            clusters: clusters.into_iter().scan(0, number).collect(),
            unnumbered: Vec::new(),
        }
    }

    /// Of an object that is a processor or a part of one, by its name: `system.cpu_cluster.cpus1.dcache` is 1's.
    pub fn of_part(&mut self, object: &str) -> Option<u32> {
        let mut end = 0;
        for part in object.split('.') {
            if let Some(number) = number(part) {
                return Some(self.first(&object[..end]) + number);
            }
            end += part.len() + 1;
        }
        None
    }

    /// Of an object that is a processor, whatever it is called.
    pub fn number(&mut self, object: &str) -> u32 {
        if let Some(number) = self.of_part(object) {
            return number;
        }
        let known = self.unnumbered.iter().position(|other| other == object);
        let at = known.unwrap_or_else(|| {
            self.unnumbered.push(object.to_owned());
            self.unnumbered.len() - 1
        });
        at as u32
    }

    /// The first processor of a cluster, by its name with a dot behind it.
    fn first(&mut self, cluster: &str) -> u32 {
        let cluster = cluster.trim_end_matches('.');
        if let Some((_, first)) = self.clusters.iter().find(|(name, _)| name == cluster) {
            return *first;
        }
        let first = self.clusters.last().map_or(0, |(_, last)| last + STRIDE);
        self.clusters.push((cluster.to_owned(), first));
        first
    }
}

fn number(part: &str) -> Option<u32> {
    let digits = NAMES.into_iter().find_map(|name| part.strip_prefix(name))?;
    match digits {
        "" => Some(0),
        digits => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_processor_have_its_number() {
        let mut processors = Processors::default();
        assert_eq!(processors.of_part("system.cpu_cluster.cpus3.icache"), Some(3));
        assert_eq!(processors.of_part("system.cpu_cluster.cpus"), Some(0));
        assert_eq!(processors.of_part("system.cpu_cluster.l2"), None);
    }

    #[test]
    fn little_processors_come_behind_the_big_ones() {
        let clusters = [("system.cpu_cluster", 2), ("system.little_cluster", 2)];
        let mut known = Processors::of(clusters.map(|(name, count)| (name.to_owned(), count)));
        let of = |processors: &mut Processors, object| processors.number(object);
        assert_eq!(of(&mut known, "system.little_cluster.cpus0"), 2);
        assert_eq!(of(&mut known, "system.cpu_cluster.cpus1"), 1);
        assert_eq!(known.of_part("system.little_cluster.cpus1.dcache"), Some(3));
        // Where nobody says how many there are, they are told apart.
        let mut foreign = Processors::default();
        assert_eq!(of(&mut foreign, "system.bigCluster.cpus1"), 1);
        assert_eq!(of(&mut foreign, "system.littleCluster.cpus1"), 101);
        assert_eq!(of(&mut foreign, "system.bigCluster.cpus0"), 0);
    }

    #[test]
    fn other_scripts_have_other_names() {
        let mut processors = Processors::default();
        let library = ["board.processor.cores0.core", "board.processor.cores1.core"];
        assert_eq!(library.map(|object| processors.number(object)), [0, 1]);
        let mut processors = Processors::default();
        // A processor and the one that is switched to.
        assert_eq!(
            ["system.cpu1", "system.switch_cpus1"].map(|object| processors.number(object)),
            [1, 1]
        );
        let mut processors = Processors::default();
        let own = ["system.left", "system.right", "system.left"];
        assert_eq!(own.map(|object| processors.number(object)), [0, 1, 0]);
    }
}
