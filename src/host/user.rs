//! What the user of this process does while it waits.

use super::typed::Typed;

pub enum UserEvent {
    /// A signal for lkmc.
    Signal(i32),
    /// For the console.
    Typed(Typed),
    /// There is nothing more to come.
    TypedEnd,
    /// The terminal has another size.
    Resized,
    /// The user asked to leave.
    Quit,
}
