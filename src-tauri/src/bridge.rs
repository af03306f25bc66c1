//! Requests as they arrive from the page, and work off the window's own thread.

use std::sync::Arc;

use protocol::command::Command;
use protocol::failure::Failure;
use serde_json::Value;
use tauri::ipc::{CommandArg, CommandItem, InvokeBody, InvokeError};
use tauri::{Runtime, State};

use crate::bug;
use crate::shell::Shell;

/// What a command answers.
pub type Answer<C> = Result<<C as Command>::Reply, Failure>;

/// The shell as commands get it.
pub type Held<'a> = State<'a, Arc<Shell>>;

/// A request of the page: the argument of the call that has the name of the parameter.
pub struct Asked<C>(pub C);

impl<'de, R: Runtime, C: Command> CommandArg<'de, R> for Asked<C> {
    fn from_command(item: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        let read = match item.message.payload() {
            InvokeBody::Json(arguments) => {
                C::deserialize(arguments.get(item.key).unwrap_or(&Value::Null)).map_err(|error| error.to_string())
            }
            InvokeBody::Raw(_) => Err("bytes instead of a request".to_owned()),
        };
        read.map(Asked).map_err(|why| InvokeError::from(bug::failure(format!("{}: {why}", C::NAME))))
    }
}

/// Does `work` on a thread where it may take its time; a panic in it becomes a failure.
pub async fn aside<C>(shell: &Held<'_>, work: impl FnOnce(&Arc<Shell>) -> Answer<C> + Send + 'static) -> Answer<C>
where
    C: Command,
    C::Reply: Send + 'static,
{
    let shell = Arc::clone(shell);
    let done = tauri::async_runtime::spawn_blocking(move || work(&shell)).await;
    done.unwrap_or_else(|_| Err(bug::latest()))
}
