//! The command line: arguments as typed, options as decided, and the headless commands.
