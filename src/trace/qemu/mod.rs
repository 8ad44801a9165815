//! What QEMU executed: the blocks that its plugin speaks of, and the files that they are from.

pub mod blocks;
pub mod images;
pub mod traced;
