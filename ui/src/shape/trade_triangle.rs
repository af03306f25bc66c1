//! Cells of the preference triangle, and linked sliders.
