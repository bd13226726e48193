//! The targets of the five documents on data: files made for them, every promise judged, each verdict compared with one
//! that is worked out from the numbers of the files, and the workbooks that hold them.

mod checks;
mod edges;
mod expected;
mod judged;
mod made;
mod requests;
mod series;
mod workbook;
