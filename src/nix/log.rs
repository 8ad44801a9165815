//! What builders say, as it is shown.

/// Where a builder's copy of its sources is (`demo.sh` and its like): the rest is the name that the user knows.
const COPIES: [&str; 2] = ["/build/src/./", "/build/src/"];

/// One line of a builder's log.
pub fn line(text: &str) -> String {
    COPIES
        .iter()
        .fold(without_escapes(text), |line, copy| line.replace(copy, ""))
}

/// Drops terminal escape sequences and control characters, which would disturb our own drawing. Compilers colour what they say and
/// link it to their manual, because Nix gives them a terminal.
pub fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => match chars.next() {
                Some('[') => drop(chars.by_ref().find(|c| c.is_ascii_alphabetic())),
                // A link or a title: to the bell, or to the escape sequence that ends it.
                Some(']') => {
                    let end = chars.by_ref().find(|c| matches!(c, '\x07' | '\x1b'));
                    if end == Some('\x1b') {
                        chars.next_if_eq(&'\\');
                    }
                }
                _ => {}
            },
            '\n' | '\t' => out.push(c),
            // A builder that draws its own progress overwrites its line; only the last state counts.
            '\r' => out.clear(),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(without_escapes("\u{1b}[1;31m50%\r100%\u{7}\u{1b}[0m"), "100%");
        let link = "[\u{1b}]8;;https://gcc.gnu.org/W\u{1b}\\-Wall\u{1b}]8;;\u{7}] done";
        assert_eq!(without_escapes(link), "[-Wall] done");
    }

    #[test]
    fn files_have_the_names_that_the_user_knows() {
        assert_eq!(line("/build/src/./bad.c:4:34: error"), "bad.c:4:34: error");
        assert_eq!(line("/build/src/kernel_modules/hello.c:1"), "kernel_modules/hello.c:1");
    }
}
