//! Places in a scatter of two skills.
