//! The modules of a build: the order in which they can be inserted, which of them can be removed, their parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection};

use crate::shell::quote;

/// What a module's file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The kernel's name for it.
    pub name: String,
    /// Of the file, which may have hyphens.
    pub file: String,
    /// Names of its parameters.
    pub parameters: Vec<String>,
    depends: Vec<String>,
    /// It has an init function and no exit function.
    permanent: bool,
}

impl Module {
    /// One that the kernel says it was given and does not have.
    pub fn unknown_parameter<'a>(&self, line: &'a str) -> Option<&'a str> {
        let rest = line.strip_prefix(&self.name)?;
        rest.strip_prefix(": unknown parameter '")?.strip_suffix("' ignored")
    }

    /// Whether rmmod can do it, if nothing uses it: that of busybox takes a name to end at its first dot.
    pub fn can_go(&self) -> bool {
        !self.permanent && !self.name.contains('.')
    }
}

/// The modules in a directory, each after those whose symbols it uses. Those of one depth stay in the order of their names.
pub fn in_order(directory: &Path) -> Vec<Module> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let modules = files.iter().filter_map(|path| read(path));
    sort(modules.map(|module| (module.name.clone(), module)).collect())
}

/// A line of shell that inserts the module of that name, and before it those of that order that it uses.
pub fn insertion(modules: &[Module], name: &str) -> String {
    let mut needed = BTreeSet::from([name]);
    for module in modules.iter().rev() {
        if needed.contains(module.name.as_str()) {
            needed.extend(module.depends.iter().map(String::as_str));
        }
    }
    let needed = modules.iter().filter(|module| needed.contains(module.name.as_str()));
    let lines: Vec<String> = needed.map(insert).collect();
    lines.join(" && ")
}

fn insert(module: &Module) -> String {
    format!("insmod {}", quote(module.file.as_ref()))
}

/// Lines of shell that insert modules of that order, and remove those again that can go, the last one first.
pub fn in_and_out(modules: &[Module]) -> String {
    let insertions = modules.iter().map(|module| insert(module) + "\n");
    let mut used = BTreeSet::new();
    let mut removals = String::new();
    for module in modules.iter().rev() {
        if module.can_go() && !used.contains(&module.name) {
            removals += &format!("rmmod {}\n", quote(module.name.as_ref()));
        } else {
            used.extend(&module.depends);
        }
    }
    insertions.collect::<String>() + &removals
}

fn read(path: &Path) -> Option<Module> {
    let file = path.file_name()?.to_str()?;
    let stem = file.strip_suffix(".ko")?;
    let bytes = std::fs::read(path).ok()?;
    let object = object::File::parse(&*bytes).ok();
    let fields = object.as_ref().map(modinfo).unwrap_or_default();
    let values = |key: &str| {
        let values = fields.iter().filter(|(name, _)| name == key);
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    let depends = values("depends").into_iter().flat_map(|value| value.split(','));
    let parameters = values("parmtype")
        .into_iter()
        .filter_map(|value| Some(value.split_once(':')?.0));
    let defines = |name: &str| {
        object
            .as_ref()
            .is_some_and(|object| object.symbol_by_name(name).is_some())
    };
    Some(Module {
        name: stem.replace('-', "_"),
        file: file.to_string(),
        parameters: parameters.map(str::to_owned).collect(),
        depends: depends
            .filter(|name| !name.is_empty())
            .map(|name| name.replace('-', "_"))
            .collect(),
        permanent: defines("init_module") && !defines("cleanup_module"),
    })
}

/// Which kernel a module is for; none of what is no module.
pub fn vermagic(path: &Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    let object = object::File::parse(&*bytes).ok()?;
    let mut fields = modinfo(&object).into_iter();
    fields.find_map(|(name, value)| (name == "vermagic").then_some(value))
}

/// `KEY=VALUE` of the section that modinfo shows.
fn modinfo(object: &object::File) -> Vec<(String, String)> {
    let section = object.section_by_name(".modinfo");
    let data = section.and_then(|section| section.data().ok()).unwrap_or_default();
    let fields = data.split(|byte| *byte == 0);
    fields
        .filter_map(|field| std::str::from_utf8(field).ok()?.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn sort(mut left: BTreeMap<String, Module>) -> Vec<Module> {
    let mut sorted: Vec<Module> = Vec::new();
    while !left.is_empty() {
        let ready = |module: &&Module| !module.depends.iter().any(|name| left.contains_key(name));
        // modpost refuses circles; should there be one, any order is as wrong as another.
        let next = left
            .values()
            .find(ready)
            .or(left.values().next())
            .map(|module| module.name.clone());
        sorted.extend(next.and_then(|name| left.remove(&name)));
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, depends: &[&str]) -> Module {
        Module {
            name: name.into(),
            file: format!("{name}.ko"),
            parameters: Vec::new(),
            depends: depends.iter().map(|name| name.to_string()).collect(),
            permanent: false,
        }
    }

    #[test]
    fn the_kernels_word_on_a_parameter_is_understood() {
        let module = module("mine", &[]);
        let line = "mine: unknown parameter 'vla' ignored";
        assert_eq!(module.unknown_parameter(line), Some("vla"));
        assert_eq!(module.unknown_parameter("mine2: unknown parameter 'vla' ignored"), None);
    }

    #[test]
    fn dependencies_come_first() {
        let modules = [
            module("a", &["c"]),
            module("b", &[]),
            module("c", &["d", "ext4"]),
            module("d", &[]),
        ];
        let modules = modules.map(|module| (module.name.clone(), module));
        let names: Vec<String> = sort(modules.into()).into_iter().map(|module| module.name).collect();
        assert_eq!(names, ["b", "d", "c", "a"]);
    }

    #[test]
    fn a_module_comes_after_what_it_uses_and_without_the_rest() {
        let modules = [
            module("b", &[]),
            module("d", &[]),
            module("c", &["d", "ext4"]),
            module("a-a", &["c"]),
        ];
        assert_eq!(insertion(&modules, "c"), "insmod d.ko && insmod c.ko");
        assert_eq!(
            insertion(&modules, "a-a"),
            "insmod d.ko && insmod c.ko && insmod a-a.ko"
        );
        assert_eq!(insertion(&modules, "b"), "insmod b.ko");
        assert_eq!(insertion(&modules, "x"), "");
    }

    #[test]
    fn what_uses_another_goes_before_it_or_keeps_it() {
        let (bus, mut driver) = (module("bus", &[]), module("my driver", &["bus"]));
        assert_eq!(
            in_and_out(&[bus.clone(), driver.clone()]),
            "insmod bus.ko\ninsmod 'my driver.ko'\nrmmod 'my driver'\nrmmod bus\n"
        );
        driver.permanent = true;
        let lines = in_and_out(&[bus, driver, module("other", &[])]);
        assert!(lines.ends_with("insmod other.ko\nrmmod other\n"), "{lines}");
    }
}
