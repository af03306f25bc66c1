//! A WebDriver client that is just large enough for the tests of the window.
//!
//! It clicks and presses keys as a person does, finds controls by the names that screen readers speak, and waits for
//! what a person would wait for. It never calls into the page to make something happen.
//!
//! | Module | Job |
//! |---|---|
//! | [`driver`] | the system's WebDriver program, started with a home of its own |
//! | [`window`] | one window of the app: find, click, type, look |
//! | `http` | one request, one answer |

pub mod driver;
mod http;
pub mod window;
