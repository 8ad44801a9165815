//! Names of C++ as its sources have them. A compiler writes a function's scopes and parameters into its symbol, since C++ has
//! several functions of one name: `_ZNK5Shape4areaEi` is `Shape::area(int) const`.

use std::borrow::Cow;

use cpp_demangle::{DemangleOptions, Symbol};

/// What all symbols of C++ functions begin with.
const MANGLED: &str = "_Z";

/// Whether it is a symbol of C++.
pub fn is_mangled(symbol: &str) -> bool {
    symbol.starts_with(MANGLED)
}

/// A symbol as a reader wants it; one that is not mangled, or in a way that nobody knows, as it is.
pub fn readable(symbol: &str) -> Cow<'_, str> {
    demangled(symbol, &DemangleOptions::new()).map_or(Cow::Borrowed(symbol), Cow::Owned)
}

/// What a debugger takes for a function: its name without parameters, with all of its scopes, or the innermost ones, or none.
pub fn spellings(symbol: &str) -> Vec<String> {
    let options = DemangleOptions::new().no_params().no_return_type();
    let Some(name) = demangled(symbol, &options) else {
        return vec![symbol.to_owned()];
    };
    let mut spellings = vec![symbol.to_owned()];
    for name in [without_arguments(&name), name] {
        let starts = scopes(&name);
        spellings.extend(starts.into_iter().map(|start| name[start..].to_owned()));
    }
    spellings.sort();
    spellings.dedup();
    spellings
}

fn demangled(symbol: &str, options: &DemangleOptions) -> Option<String> {
    let symbol = Symbol::new(symbol).ok().filter(|_| is_mangled(symbol))?;
    symbol.demangle_with_options(options).ok()
}

/// Where its scopes' names and its own begin.
fn scopes(name: &str) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut starts = vec![0];
    for (at, c) in name.char_indices() {
        match c {
            '<' | '(' | '{' => depth += 1,
            '>' | ')' | '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && name[..at].ends_with(':') => starts.push(at + 1),
            _ => {}
        }
    }
    starts
}

/// Without the arguments of templates. An operator may have such a bracket in its name: then it stays as it is.
fn without_arguments(name: &str) -> String {
    if name.contains("operator") {
        return name.to_owned();
    }
    let mut depth = 0_usize;
    let outside = name.chars().filter(|c| {
        depth += usize::from(*c == '<');
        let keep = depth == 0;
        depth = depth.saturating_sub(usize::from(*c == '>'));
        keep
    });
    outside.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_shown_as_the_source_has_them() {
        for (symbol, readable_name) in [
            ("_ZNK5Shape4areaEi", "Shape::area(int) const"),
            ("_Z7largestIiET_S0_S0_", "int largest<int>(int, int)"),
            ("_ZN5ShapeD1Ev", "Shape::~Shape()"),
            ("main", "main"),
            ("_Zonk", "_Zonk"),
            // What has no name of its own in C is not made one.
            ("i", "i"),
        ] {
            assert_eq!(readable(symbol), readable_name);
        }
    }

    #[test]
    fn a_function_is_found_by_any_of_its_scopes() {
        assert_eq!(spellings("main"), ["main"]);
        assert_eq!(
            spellings("_ZN3one3two4areaEi"),
            ["_ZN3one3two4areaEi", "area", "one::two::area", "two::area"]
        );
        let largest = spellings("_Z7largestIiET_S0_S0_");
        assert!(largest.contains(&"largest".to_owned()) && largest.contains(&"largest<int>".to_owned()));
        let less = spellings("_ZN5ShapeltERKS_");
        assert!(less.contains(&"Shape::operator<".to_owned()), "{less:?}");
    }
}
