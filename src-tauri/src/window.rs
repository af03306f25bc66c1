//! The window itself. It shows our page and goes nowhere else.

use tauri::webview::NewWindowResponse;
use tauri::{App, Runtime, Url, WebviewWindowBuilder};

/// Name of the one window, as in the configuration.
pub const LABEL: &str = "main";

/// Opens the window as the configuration describes it.
///
/// # Errors
/// When the system has no place for a window, or its web view is missing.
pub fn open<R: Runtime>(app: &App<R>) -> tauri::Result<()> {
    for config in &app.config().app.windows {
        WebviewWindowBuilder::from_config(app, config)?
            .on_navigation(is_our_page)
            .on_new_window(|_, _| NewWindowResponse::Deny)
            .build()?;
    }
    Ok(())
}

/// Whether `url` is inside the program. Windows and Android have no schemes of their own, so there it is a host.
fn is_our_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_page_is_shown() {
        let goes = |url: &str| is_our_page(&url.parse().expect("a URL"));
        assert!(goes("tauri://localhost/") && goes("tauri://localhost/index.html"));
        for url in
            ["https://example.org/", "http://localhost:1420/", "file:///etc/hosts", "about:blank", "tauri://else/"]
        {
            assert!(!goes(url), "{url}");
        }
    }
}
