//! The desktop: reads state, sends commands; only `dispatch` changes anything.
