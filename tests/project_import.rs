//! `headroom import` from outside.
