//! A Debian mirror on this machine that behaves as told, and changes its ways when told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a mirror answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    Good,
    /// Sends so many bytes of each file and then nothing, until the client goes or the habit changes.
    StallsAfter(usize),
    /// Breaks off each answer after so many bytes.
    CutsAfter(usize),
    /// The same, and takes no part of a file for an answer.
    CutsWithoutRanges(usize),
    /// Right size, wrong bytes.
    Wrong,
    /// Breaks off the first answer for each file after so many bytes, and takes up the second at the beginning again.
    Forgets {
        middle: usize,
        /// Whether it says where its answer begins.
        admits: bool,
    },
    /// Has nothing.
    Empty,
    /// Has no time.
    Busy,
}

/// What a mirror has under a path.
#[derive(Clone)]
pub enum Held {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// A request that was answered: path under `debian/`, and where in the file the client wanted to begin.
pub type Request = (String, usize);

pub struct Mirror {
    /// For `LKMC_DEBIAN_MIRROR`.
    pub base: String,
    habit: Arc<Mutex<Habit>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Mirror {
    pub fn start(files: BTreeMap<String, Held>, habit: Habit) -> Mirror {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let mirror = Mirror {
            // Both of Debian's archives at one address: the second name makes lkmc use it for security updates too.
            base: format!("http://{address}/debian http://{address}/debian-security"),
            habit: Arc::new(Mutex::new(habit)),
            requests: Arc::default(),
        };
        let (habit, requests, files) = (Arc::clone(&mirror.habit), Arc::clone(&mirror.requests), Arc::new(files));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (habit, requests, files) = (Arc::clone(&habit), Arc::clone(&requests), Arc::clone(&files));
                // A client that was killed hangs up in the middle; that is what these tests are about.
                std::thread::spawn(move || answer(connection, &files, &habit, &requests));
            }
        });
        mirror
    }

    /// Debian's own archive here, as messages name it.
    pub fn debian(&self) -> &str {
        self.base.split(' ').next().unwrap_or_default()
    }

    pub fn becomes(&self, habit: Habit) {
        *self.habit.lock().expect("no thread panics with it") = habit;
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no thread panics with it").clone()
    }
}

/// What a mirror that is wrong has in the place of these bytes.
pub fn spoilt(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.iter_mut().for_each(|byte| *byte ^= 1);
    bytes
}

fn answer(
    mut connection: TcpStream,
    files: &BTreeMap<String, Held>,
    habit: &Mutex<Habit>,
    requests: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let (path, begin) = read_request(&connection)?;
    let now = || *habit.lock().expect("no thread panics with it");
    let path = path
        .trim_start_matches("debian-security/")
        .trim_start_matches("debian/");
    let earlier = {
        let mut requests = requests.lock().expect("no thread panics with it");
        let earlier = requests.iter().filter(|(other, _)| other == path).count();
        requests.push((path.to_owned(), begin));
        earlier
    };
    let body = match (files.get(path), now()) {
        (_, Habit::Busy) => return refuse(connection, "503 Service Unavailable"),
        (None, _) | (_, Habit::Empty) => return refuse(connection, "404 Not Found"),
        (Some(held), Habit::Wrong) => spoilt(contents(held)?),
        (Some(held), _) => contents(held)?,
    };
    let (status, from) = match now() {
        _ if begin == 0 => ("200 OK", 0),
        Habit::CutsWithoutRanges(_) => ("200 OK", 0),
        Habit::Forgets { .. } => ("206 Partial Content", 0),
        _ => ("206 Partial Content", begin),
    };
    let rest = body.get(from..).unwrap_or_default();
    let says_where = status.starts_with("206") && !matches!(now(), Habit::Forgets { admits: false, .. });
    let range = match says_where {
        true => format!("content-range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len()),
        false => String::new(),
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{range}connection: close\r\n\r\n",
        rest.len()
    )?;
    let first = |bytes: usize| &rest[..bytes.min(rest.len())];
    match now() {
        Habit::StallsAfter(bytes) => {
            connection.write_all(first(bytes))?;
            if stall(&mut connection, || matches!(now(), Habit::StallsAfter(_)))? {
                connection.write_all(&rest[first(bytes).len()..])?;
            }
            Ok(())
        }
        Habit::CutsAfter(bytes) | Habit::CutsWithoutRanges(bytes) => connection.write_all(first(bytes)),
        Habit::Forgets { middle, .. } if earlier == 0 => connection.write_all(first(middle)),
        _ => connection.write_all(rest),
    }
}

fn refuse(mut connection: TcpStream, status: &str) -> std::io::Result<()> {
    write!(
        connection,
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

/// Says nothing for as long as that holds. Whether the client is still there then.
fn stall(connection: &mut TcpStream, holds: impl Fn() -> bool) -> std::io::Result<bool> {
    connection.set_read_timeout(Some(Duration::from_millis(20)))?;
    while holds() {
        // A client sends nothing after its request; no bytes and no timeout means that it has gone.
        if matches!(connection.read(&mut [0; 1]), Ok(0)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Path without the leading slash, and the beginning of the range.
fn read_request(connection: &TcpStream) -> std::io::Result<(String, usize)> {
    let (mut path, mut begin) = (String::new(), 0);
    for line in BufReader::new(connection.try_clone()?).lines() {
        let line = line?;
        if let Some(rest) = line.strip_prefix("GET /") {
            path = rest.split(' ').next().unwrap_or_default().to_owned();
        }
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            begin = range.trim_end_matches('-').parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    Ok((path, begin))
}

fn contents(held: &Held) -> std::io::Result<Vec<u8>> {
    match held {
        Held::Bytes(bytes) => Ok(bytes.clone()),
        Held::File(path) => std::fs::read(path),
    }
}
