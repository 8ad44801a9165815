//! Ports of the host that lead into the guest.

use crate::diag::{Error, Result};
use crate::profile::{Emulator, Profile};

/// A forward from port 0 gets a free one, which is announced, and stands in run.json; any other must be free.
pub fn choose_ports(profile: &mut Profile) -> Result<()> {
    let Emulator::Qemu(qemu) = &mut profile.emulator else {
        return Ok(());
    };
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
        eprintln!("lkmc: the guest's port {} is {address} here", forward.guest);
    }
    Ok(())
}
