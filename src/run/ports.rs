//! Ports of the host that lead into the guest.

use crate::diag::{Error, Result};
use crate::profile::Profile;

/// A forward from port 0 gets a free one, which is announced, and stands in run.json.
pub fn choose_ports(profile: &mut Profile) -> Result<()> {
    for forward in profile.network.forwards.iter_mut().filter(|forward| forward.host == 0) {
        let free = || std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr();
        let address = free().map_err(|error| {
            Error::infrastructure("lkmc::run::port", "no port of the loopback address is free").cause(error)
        })?;
        forward.host = address.port();
        eprintln!("lkmc: the guest's port {} is {address} here", forward.guest);
    }
    Ok(())
}
