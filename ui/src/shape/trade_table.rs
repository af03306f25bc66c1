//! Rows of the table of points.
