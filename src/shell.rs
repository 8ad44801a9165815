//! Words as a POSIX shell reads them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// For people to read and to paste: in quotes only if it needs them. Bytes that are not UTF-8 are shown as replacement characters.
pub fn quote(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.into_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Words as one line to paste.
pub fn line(words: &[String]) -> String {
    words
        .iter()
        .map(|word| quote(word.as_ref()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// What to say to a command that nothing can execute and a shell would understand: several words, an assignment, or what is no
/// program because only a shell can do it to itself.
pub fn advice(command: &OsStr) -> Option<&'static str> {
    const BUILTINS: [&str; 9] = [
        "cd", "export", "alias", "eval", "source", "ulimit", "umask", "set", "exit",
    ];
    let text = command.to_string_lossy();
    let assigns = text.split_once('=').is_some_and(|(name, _)| is_name(name));
    let is_for_a_shell = text.contains(' ') || assigns || BUILTINS.contains(&&*text);
    is_for_a_shell.then_some("for a line of shell write `-- sh -c 'LINE'`")
}

/// Of a variable.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// For a shell: any bytes, as one word.
pub fn quote_bytes(word: &OsStr) -> Vec<u8> {
    let parts: Vec<&[u8]> = word.as_bytes().split(|byte| *byte == b'\'').collect();
    [b"'", parts.join(&br"'\''"[..]).as_slice(), b"'"].concat()
}

/// The words of a command without expansions, as a shell reads it; none if a quote is left open.
pub fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), _) if character == open => quote = None,
            (None | Some('"'), '\\') => {
                let next = characters.next()?;
                let word = word.get_or_insert_default();
                // Between double quotes it only stands for what would not be taken as it is.
                if quote.is_some() && !"$`\"\\".contains(next) {
                    word.push(character);
                }
                word.push(next);
            }
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_quotes_gets_them() {
        for (word, quoted) in [
            ("virtio-net,netdev=n0", "virtio-net,netdev=n0"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quote(word.as_ref()), quoted);
        }
    }

    #[test]
    fn what_only_a_shell_understands_is_told_from_programs() {
        for line in ["ls -l", "FOO=1", "_a1=", "cd", "ulimit"] {
            assert!(advice(line.as_ref()).is_some(), "{line}");
        }
        for program in ["ls", "./a=b", "", "1=2", "hello.ko", "/bin/cd"] {
            assert_eq!(advice(program.as_ref()), None, "{program}");
        }
    }

    #[test]
    fn a_shell_reads_all_bytes_back() {
        let word = OsStr::from_bytes(b"it's \xff\n'$(x)'");
        let line = [b"printf %s ", quote_bytes(word).as_slice()].concat();
        let output = std::process::Command::new("/bin/sh")
            .arg("-c")
            .arg(OsStr::from_bytes(&line))
            .output();
        assert_eq!(output.expect("there is a shell").stdout, word.as_bytes());
    }

    #[test]
    fn a_command_is_taken_apart_as_it_was_put_together() {
        let all = ["a", "", "it's", "a b", r#"-DNAME="m""#, r"back\slash", "$x"];
        let line: Vec<String> = all.iter().map(|word| quote(word.as_ref())).collect();
        assert_eq!(words(&line.join("  ")).unwrap(), all);
        assert_eq!(
            words(r#" a\ b "c \"d\" \e" 'f'g "#).unwrap(),
            ["a b", r#"c "d" \e"#, "fg"]
        );
        assert_eq!([words("'a"), words("a\\")], [None, None]);
    }
}
