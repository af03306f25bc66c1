//! Hands configuration, permissions and page to Tauri.

use std::path::Path;
use std::{fs, io};

/// What a window shows that was built before the page was.
const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Tincture</title>\n\
                           <p>The page is not built yet: run <code>cargo ui</code>, then build again.</p>\n</html>\n";

fn main() -> io::Result<()> {
    let page = Path::new("../ui/dist");
    println!("cargo:rerun-if-changed={}", page.display());
    // Lints and shell tests need no page, Tauri needs the folder; a built page is never touched.
    if !page.join("index.html").exists() {
        fs::create_dir_all(page)?;
        fs::write(page.join("index.html"), PLACEHOLDER)?;
    }
    tauri_build::build();
    Ok(())
}
