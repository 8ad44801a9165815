//! Puts lkmc's defaults (`defaults.toml`) under what a profile says.

use std::sync::LazyLock;

use super::show;
use super::tree::{DEFAULT_LAYER, Node};
use crate::source::Source;

static DEFAULTS: LazyLock<Node> = LazyLock::new(|| {
    let source = Source::new("lkmc's defaults", include_str!("defaults.toml"));
    // Compiled in and covered by a test below.
    Node::parse(&source, DEFAULT_LAYER).expect("defaults.toml is TOML")
});

/// The whole profile: the defaults that hold for it, then what was written.
pub fn complete(written: Node) -> Node {
    let layers = DEFAULTS.get("layer").map(Node::elements).unwrap_or_default();
    let mut base = Node::empty(&DEFAULTS.span.source, DEFAULT_LAYER);
    for layer in layers {
        let holds = layer
            .get("when")
            .and_then(Node::table)
            .into_iter()
            .flatten()
            .all(|(key, wanted)| {
                let actual = written.get(key).or_else(|| base.get(key));
                actual.and_then(Node::text) == wanted.text()
            });
        if let (true, Some(set)) = (holds, layer.get("set")) {
            base.merge(set.clone());
        }
    }
    base.merge(written);
    base
}

/// One default, for the manual.
pub struct Default {
    pub key: String,
    pub value: String,
    /// Conditions, such as `arch = "arm"`; none if it always holds.
    pub when: Vec<String>,
}

/// Every default in the order of application.
pub fn all() -> Vec<Default> {
    let mut all = Vec::new();
    for layer in DEFAULTS.get("layer").map(Node::elements).unwrap_or_default() {
        let conditions = layer.get("when").and_then(Node::table).into_iter().flatten();
        let when: Vec<String> = conditions
            .map(|(_, value)| value.text().unwrap_or_default().to_string())
            .collect();
        if let Some(set) = layer.get("set") {
            set.leaves("", &mut |key, node| {
                let value = show::literal(node);
                all.push(Default {
                    key: key.to_string(),
                    value,
                    when: when.clone(),
                });
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostics;
    use crate::profile::{raw, structure};

    fn completed(text: &str) -> Node {
        complete(Node::parse(&Source::new("x", text), 1).expect("test input is TOML"))
    }

    #[test]
    fn an_arch_is_enough_on_every_emulator() {
        for kind in ["qemu", "gem5"] {
            for arch in ["x86_64", "aarch64", "arm"] {
                let tree = completed(&format!("arch = \"{arch}\"\nemulator.kind = \"{kind}\""));
                let mut problems = Diagnostics::default();
                structure::check_complete(&tree, &raw::schema(), &structure::PROFILE, &tree.span, &mut problems);
                structure::check(&mut tree.clone(), &raw::schema(), &structure::PROFILE, &mut problems);
                assert!(problems.0.is_empty(), "{kind} {arch}: {:?}", problems.0);
            }
        }
    }

    #[test]
    fn later_layers_see_what_the_profile_and_earlier_layers_set() {
        let model = |text: &str| {
            completed(text)
                .get("cpu.model")
                .and_then(Node::text)
                .map(str::to_string)
        };
        assert_eq!(model("arch = \"aarch64\"").as_deref(), Some("cortex-a72"));
        assert_eq!(
            model("arch = \"aarch64\"\nemulator.accelerator = \"kvm\"").as_deref(),
            Some("host")
        );
        assert_eq!(
            model("arch = \"arm\"\nemulator.kind = \"gem5\"").as_deref(),
            Some("AtomicSimpleCPU")
        );
        assert_eq!(
            model("arch = \"arm\"\ncpu.model = \"cortex-a7\"").as_deref(),
            Some("cortex-a7")
        );
    }
}
