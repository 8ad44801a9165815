//! The modules of a build, in the order in which they can be inserted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection};

/// What a module's file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The kernel's name for it.
    pub name: String,
    /// Of the file, which may have hyphens.
    pub file: String,
    depends: Vec<String>,
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

fn read(path: &Path) -> Option<Module> {
    let file = path.file_name()?.to_str()?;
    let stem = file.strip_suffix(".ko")?;
    let bytes = std::fs::read(path).ok()?;
    Some(Module {
        name: stem.replace('-', "_"),
        file: file.to_string(),
        depends: depends(&bytes).unwrap_or_default(),
    })
}

/// `depends=a,b` of the section that modinfo shows.
fn depends(bytes: &[u8]) -> Option<Vec<String>> {
    let object = object::File::parse(bytes).ok()?;
    let section = object.section_by_name(".modinfo")?;
    let fields = section.data().ok()?.split(|byte| *byte == 0);
    let value = fields
        .filter_map(|field| std::str::from_utf8(field).ok()?.strip_prefix("depends="))
        .next()?;
    let names = value.split(',').filter(|name| !name.is_empty());
    Some(names.map(|name| name.replace('-', "_")).collect())
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

    #[test]
    fn dependencies_come_first() {
        let module = |name: &str, depends: &[&str]| {
            let module = Module {
                name: name.into(),
                file: format!("{name}.ko"),
                depends: depends.iter().map(|name| name.to_string()).collect(),
            };
            (name.to_string(), module)
        };
        let modules = [
            module("a", &["c"]),
            module("b", &[]),
            module("c", &["d", "ext4"]),
            module("d", &[]),
        ];
        let names: Vec<String> = sort(modules.into()).into_iter().map(|module| module.name).collect();
        assert_eq!(names, ["b", "d", "c", "a"]);
    }
}
