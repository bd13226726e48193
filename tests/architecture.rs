//! The arrows between the layers.
