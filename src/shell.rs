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

/// For a shell: any bytes, as one word.
pub fn quote_bytes(word: &OsStr) -> Vec<u8> {
    let parts: Vec<&[u8]> = word.as_bytes().split(|byte| *byte == b'\'').collect();
    [b"'", parts.join(&br"'\''"[..]).as_slice(), b"'"].concat()
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
    fn a_shell_reads_all_bytes_back() {
        let word = OsStr::from_bytes(b"it's \xff\n'$(x)'");
        let line = [b"printf %s ", quote_bytes(word).as_slice()].concat();
        let output = std::process::Command::new("/bin/sh")
            .arg("-c")
            .arg(OsStr::from_bytes(&line))
            .output();
        assert_eq!(output.expect("there is a shell").stdout, word.as_bytes());
    }
}
