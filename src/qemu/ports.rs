//! Ports of the host that lead into the guest.

use crate::diag::{Error, Result};
use crate::profile::{Emulator, Forward, Profile};

/// A forward from port 0 gets a free one, which stands in run.json; any other must be free. Gives those that were chosen.
pub fn choose(profile: &mut Profile) -> Result<Vec<Forward>> {
    let Emulator::Qemu(qemu) = &mut profile.emulator else {
        return Ok(Vec::new());
    };
    let mut chosen = Vec::new();
    for forward in &mut qemu.network.forwards {
        if forward.host != 0 {
            // It could be taken before QEMU takes it; then QEMU says so, later and in its own words.
            let free = std::net::TcpListener::bind(("127.0.0.1", forward.host));
            free.map_err(|error| {
                let message = format!("port {} of the loopback address cannot be forwarded", forward.host);
                Error::usage("lkmc::run::port_taken", message)
                    .cause(error)
                    .help(format!("port 0 is a free one: --forward 0:{}", forward.guest))
            })?;
            continue;
        }
        let free = || std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr();
        let address = free().map_err(|error| {
            Error::infrastructure("lkmc::run::port", "no port of the loopback address is free").cause(error)
        })?;
        forward.host = address.port();
        chosen.push(*forward);
    }
    Ok(chosen)
}

/// For whoever wants to connect.
pub fn announce(chosen: &[Forward]) {
    for forward in chosen {
        eprintln!(
            "lkmc: the guest's port {} is 127.0.0.1:{} here",
            forward.guest, forward.host
        );
    }
}

/// Whether two guests of this profile are in each other's way: they want the same port.
pub fn are_fixed(profile: &Profile) -> bool {
    let qemu = profile.emulator.qemu();
    qemu.is_some_and(|qemu| qemu.network.forwards.iter().any(|forward| forward.host != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(forwards: &[Forward]) -> Profile {
        let mut profile = crate::profile::load("x86_64-qemu").expect("it is shipped");
        if let Emulator::Qemu(qemu) = &mut profile.emulator {
            qemu.network.forwards = forwards.to_vec();
        }
        profile
    }

    #[test]
    fn a_port_is_chosen_or_has_to_be_free() {
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("one is free");
        let port = taken.local_addr().expect("it has one").port();
        let (any, one) = (Forward { host: 0, guest: 80 }, Forward { host: port, guest: 22 });
        let mut free = profile(&[any]);
        let chosen = choose(&mut free).expect("one is free");
        assert!(matches!(chosen[..], [Forward { host: 1.., guest: 80 }]), "{chosen:?}");
        assert_eq!(free.emulator.qemu().expect("it is QEMU's").network.forwards, chosen);
        assert!(are_fixed(&free) && !are_fixed(&profile(&[any])));
        let refused = choose(&mut profile(&[any, one])).expect_err("it is taken");
        assert_eq!(refused.code(), "lkmc::run::port_taken");
        drop(taken);
        assert_eq!(choose(&mut profile(&[one])).expect("it is free"), []);
    }
}
