//! Floors: what they leave, and how far each can go.
