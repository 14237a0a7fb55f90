//! Records from JSON answers and embedded state.
