//! Background work: run, progress, cancel. Knows no domain; native dialogs and other waiting run on tokio, CPU work on
//! named engine threads.
