//! The window of Tincture: a thin shell between the page and the use cases in `jobs`.
//!
//! The page names no path and reads no file: it holds ids, and everything it can ask for is a command of
//! [`protocol::command`]. What is computed is computed below `jobs`; here are only the window, the dialogs,
//! the native drags and the one running job.
//!
//! | Module | Job |
//! |---|---|
//! | `bridge` | requests as they arrive, work off the window's thread |
//! | `commands` | one short function per command |
//! | `shell` | what the commands do, without Tauri |
//! | `running` | the at most one running job |
//! | `places` | which path an id stands for |
//! | `folder` | output folders |
//! | `memory` | what is remembered between two starts |
//! | `dialogs` | the system's dialogs |
//! | `drops` | native drags |
//! | `window` | the window itself, and what it may navigate to |
//! | `show` | the system's file window |
//! | `bug` | panics: a line in the log, a failure for the page |
//! | `graphics` | a switch for NVIDIA cards |

mod ahead;
mod bridge;
mod bug;
mod commands;
mod dialogs;
mod drops;
mod folder;
mod graphics;
mod memory;
mod places;
mod running;
mod shell;
mod show;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use tauri::{App, Builder, Context, Manager, RunEvent, Runtime};

pub use dialogs::{Answered, Ask, Question};
pub use shell::{Shell, Surroundings};

/// Opens the window and stays until it is closed.
pub fn run() -> ExitCode {
    graphics::start_again_if_needed();
    let opened = make(Builder::default(), context(), Surroundings::of);
    match opened {
        Ok(app) => {
            app.run(|app, event| {
                if matches!(event, RunEvent::Exit) {
                    app.state::<Arc<Shell>>().leave();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", protocol::words::window::no_window(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

/// Configuration, permissions and page, as built into the program.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Puts the app together: commands, drags and the window, on any runtime.
///
/// # Errors
/// When the window cannot be made, or the folder for the app's own files is unknown.
pub fn make<R: Runtime>(
    builder: Builder<R>,
    context: Context<R>,
    around: impl FnOnce(&App<R>) -> tauri::Result<Surroundings>,
) -> tauri::Result<App<R>> {
    let app = commands::register(builder).on_window_event(drops::watch).build(context)?;
    let around = around(&app)?;
    bug::watch(&around.log_folder);
    app.manage(Arc::new(Shell::new(around)));
    app.manage(drops::Drag::default());
    window::open(&app)?;
    Ok(app)
}
