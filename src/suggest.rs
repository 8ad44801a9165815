//! "Did you mean", and lists of choices.

/// The most similar candidate, if one is similar enough to be a slip.
pub fn nearest<'a>(text: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let folded = text.to_lowercase().replace('_', "-");
    let score = |candidate: &str| strsim::damerau_levenshtein(&folded, &candidate.to_lowercase().replace('_', "-"));
    let (distance, best) = candidates
        .iter()
        .map(|candidate| (score(candidate), *candidate))
        .min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may be wrong; `armv7` is still near `arm`, `x` is near nothing.
    let contained =
        folded.len() >= 3 && (best.to_lowercase().contains(&folded) || folded.contains(&best.to_lowercase()));
    (distance <= (text.chars().count().max(best.chars().count()) / 3).max(1) || contained).then_some(best)
}

pub fn did_you_mean(text: &str, candidates: &[&str]) -> Option<String> {
    nearest(text, candidates).map(|name| format!("did you mean `{name}`?"))
}

/// The same among so many names that something is near everything: two letters may be wrong.
pub fn slip(text: &str, candidates: &[&str]) -> Option<String> {
    let near = |name: &&&str| name.len().abs_diff(text.len()) <= 2 && strsim::damerau_levenshtein(text, name) <= 2;
    let mut near: Vec<&str> = candidates.iter().filter(near).copied().collect();
    // Of those that are as near, the first is taken: letters change places more often than they are left out.
    near.sort_by_key(|name| name.len().abs_diff(text.len()));
    did_you_mean(text, &near)
}

/// The nearest, if one is near, and all that there are.
pub fn choice(text: &str, candidates: &[&str]) -> String {
    let near = did_you_mean(text, candidates).map_or(String::new(), |near| format!("{near} "));
    format!("{near}there are: {}", list(candidates))
}

/// `a, b, c`.
pub fn list(names: &[&str]) -> String {
    names.join(", ")
}

/// The same names, each once, in order.
pub fn unique(names: Vec<&str>) -> Vec<&str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_suggested_and_strangers_are_not() {
        let names = ["x86_64", "aarch64", "arm"];
        assert_eq!(nearest("x86-64", &names), Some("x86_64"));
        assert_eq!(nearest("arch64", &names), Some("aarch64"));
        assert_eq!(nearest("armv7", &names), Some("arm"));
        assert_eq!(nearest("riscv", &names), None);
        assert_eq!(
            nearest("comand-line", &["command-line", "version"]),
            Some("command-line")
        );
    }

    #[test]
    fn among_many_names_only_slips_are_suggested() {
        let names = ["bd", "gdb", "linux-image-6.1-amd64", "strace", "strongswan"];
        assert_eq!(slip("gbd", &names).as_deref(), Some("did you mean `gdb`?"));
        assert_eq!(slip("strase", &names).as_deref(), Some("did you mean `strace`?"));
        assert_eq!(slip("linux-image-arm64", &names), None);
        assert_eq!(slip("str", &names), None);
    }
}
