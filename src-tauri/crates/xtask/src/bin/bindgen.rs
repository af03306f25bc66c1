//! Writes the JavaScript half of the compiled page: `bindgen PAGE.wasm FOLDER`.
//!
//! It does what the wasm-bindgen program does, from the library of the version in the lock file, so nothing is installed.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [page, folder] = arguments.as_slice() else {
        eprintln!("bindgen: expected the compiled page and the folder to write to");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let written = bindgen
        .input_path(page)
        .out_name("ui")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bindgen: {page} could not be prepared for the window: {error:#}");
            ExitCode::FAILURE
        }
    }
}
