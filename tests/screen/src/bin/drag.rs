//! A small window from which the files named as arguments can be dragged, as from a file window.
//!
//! It lies at a fixed place below the window of the app, says `ready` when it can be seen and ends with the drag.

#[cfg(target_os = "linux")]
fn main() -> Result<(), gtk::glib::BoolError> {
    use gtk::prelude::*;
    use gtk::{gdk, gio, glib};

    gtk::init()?;
    let uris: Vec<glib::GString> = std::env::args_os().skip(1).map(|path| gio::File::for_path(path).uri()).collect();
    let handle = gtk::EventBox::new();
    handle.drag_source_set(gdk::ModifierType::BUTTON1_MASK, &[], gdk::DragAction::COPY);
    handle.drag_source_add_uri_targets();
    handle.connect_drag_data_get(move |_, _, files, _, _| {
        let uris: Vec<&str> = uris.iter().map(glib::GString::as_str).collect();
        files.set_uris(&uris);
    });
    handle.connect_drag_end(|_, _| gtk::main_quit());
    let window = gtk::Window::new(gtk::WindowType::Popup);
    window.add(&handle);
    window.set_size_request(200, 60);
    window.move_(40, 820);
    window.connect_map_event(|_, _| {
        println!("ready");
        glib::Propagation::Proceed
    });
    window.show_all();
    gtk::main();
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {}
