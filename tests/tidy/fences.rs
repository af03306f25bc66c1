//! Words that may stand in some folders only.

use crate::repo::{File, Repo, Violation};
use crate::rust;

/// A word and the places where it may stand.
struct Fence {
    /// Whole words of code; a bracket at the end makes it a call.
    words: &'static [&'static str],
    /// Where the rule holds; empty: everywhere.
    inside: &'static [&'static str],
    /// Where the word may stand all the same.
    except: &'static [&'static str],
    /// Whether unit tests may use it too.
    tests_may: bool,
    remedy: &'static str,
}

const CHECKPOINT: &str = "src-tauri/crates/checkpoint/";
const KERNELS: &str = "src-tauri/crates/kernels/";
const CORE: &[&str] = &[
    "src-tauri/crates/protocol/",
    "src-tauri/crates/front/",
    "src-tauri/crates/kernels/",
    "src-tauri/crates/merge/",
    "src-tauri/crates/learn/",
    "src-tauri/crates/jobs/",
    "src-tauri/crates/cli/",
    "src-tauri/src/",
    "ui/",
];

const FENCES: &[Fence] = &[
    Fence {
        words: &["wgpu", "naga"],
        inside: &[],
        except: &[KERNELS],
        tests_may: false,
        remedy: "only kernels sees the graphics card; go through its Engine",
    },
    Fence {
        words: &["candle_core", "candle_nn"],
        inside: &[],
        except: &["src-tauri/crates/learn/"],
        tests_may: false,
        remedy: "only learn sees candle",
    },
    Fence {
        words: &["safetensors"],
        inside: &[],
        except: &[CHECKPOINT],
        tests_may: true,
        remedy: "only checkpoint knows the format; go through its Source and Sink",
    },
    Fence {
        words: &["tauri", "tauri_build", "rfd"],
        inside: &[],
        // The page finds the shell under this name.
        except: &["src-tauri/src/", "src-tauri/build.rs", "tests/shell/", "ui/src/bridge.rs"],
        tests_may: false,
        remedy: "only the shell sees Tauri and dialogs",
    },
    Fence {
        // Types of events come from web_sys and may stand in views.
        words: &["wasm_bindgen", "js_sys", "JsValue", "JsCast"],
        inside: &[],
        except: &["ui/src/bridge.rs", "ui/src/bridge_fake.rs", "ui/src/page.rs"],
        tests_may: false,
        remedy: "bridge.rs speaks to the shell and page.rs to the page; give one of them a function that says what you need",
    },
    // Reading whole files as bytes or opening them is how a model file would be read.
    Fence {
        words: &["File::open", "File::open_buffered", "fs::read(", "include_bytes!"],
        inside: CORE,
        // The sample is embedded in the program; pictures and texts of a person are no models; the window keeps two
        // folders in a small file.
        except: &[
            "src-tauri/crates/learn/src/examples/",
            "src-tauri/crates/jobs/src/sample.rs",
            "src-tauri/crates/jobs/src/sample/",
            "src-tauri/src/memory.rs",
        ],
        tests_may: true,
        remedy: "only checkpoint opens model files; small texts go through fs::read_to_string in jobs::store",
    },
    Fence {
        words: &["std::fs", "fs::"],
        inside: &[
            "src-tauri/crates/protocol/",
            "src-tauri/crates/front/",
            "src-tauri/crates/kernels/src/",
            "src-tauri/crates/merge/src/",
            "ui/",
        ],
        except: &[],
        tests_may: true,
        remedy: "this crate computes; files are the business of checkpoint and jobs",
    },
    Fence {
        words: &["SystemTime", "Instant"],
        inside: &["src-tauri/crates/protocol/", "src-tauri/crates/front/", "src-tauri/crates/checkpoint/src/"],
        // The time of a file is a fact about the file; a bench measures time.
        except: &[CHECKPOINT, "src-tauri/crates/front/benches/"],
        tests_may: true,
        remedy: "time is passed in through the job's context",
    },
    Fence {
        words: &["std::net", "TcpStream", "TcpListener", "UdpSocket", "reqwest", "ureq", "hyper"],
        inside: &[],
        except: &[],
        tests_may: true,
        remedy: "nothing here uses the network",
    },
    Fence {
        words: &["include_str!"],
        inside: &[KERNELS],
        except: &["src-tauri/crates/kernels/src/source.rs"],
        tests_may: false,
        remedy: "shaders are joined in kernels/src/source.rs",
    },
    Fence { words: &["unsafe"], inside: &[], except: &[], tests_may: false, remedy: "find a safe way; there is one" },
    Fence {
        words: &["unwrap_used"],
        inside: &[],
        except: &[],
        tests_may: true,
        remedy: "say with expect(\"reason\") what the same function has just proved",
    },
];

/// Words outside their fences, and shaders outside `source.rs`.
pub fn all(repo: &Repo) -> Vec<Violation> {
    let ours = repo.rust().filter(|file| !file.path.starts_with("tests/tidy/"));
    ours.flat_map(|file| FENCES.iter().flat_map(|fence| broken(fence, file)).chain(shader_text(file))).collect()
}

fn broken(fence: &Fence, file: &File) -> Vec<Violation> {
    let within = |places: &[&str]| places.iter().any(|place| file.path.starts_with(place));
    let is_test = fence.tests_may && is_test_file(&file.path);
    if (!fence.inside.is_empty() && !within(fence.inside)) || within(fence.except) || is_test {
        return vec![];
    }
    let text = if fence.tests_may { rust::without_tests(&file.text) } else { file.text.clone() };
    let code = rust::code(&text);
    let hits = fence.words.iter().flat_map(|word| rust::words(&code, word).into_iter().map(move |at| (at, word)));
    hits.map(|(at, word)| {
        Violation::new(&file.path, rust::line_of(&code, at), format!("`{word}` stands here"), fence.remedy)
    })
    .collect()
}

/// Whether a file is built for tests or benches only.
fn is_test_file(path: &str) -> bool {
    ["tests/", "benches/"].iter().any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")))
}

/// Names of shader files in strings outside the one module that joins them.
fn shader_text(file: &File) -> Vec<Violation> {
    let is_free = ["src-tauri/crates/kernels/src/source.rs", "src-tauri/crates/xtask/", "tests/"];
    if is_free.iter().any(|place| file.path.starts_with(place)) {
        return vec![];
    }
    let named = rust::literals(&rust::without_tests(&file.text))
        .into_iter()
        .filter(|(_, text)| text.contains(".wgsl") || text.contains("@compute"));
    let remedy = "shaders are joined in kernels/src/source.rs";
    named.map(|(line, _)| Violation::new(&file.path, line, "a shader is named or written here", remedy)).collect()
}

/// Tests that are skipped or wait.
pub fn tests(repo: &Repo) -> Vec<Violation> {
    repo.rust().filter(|file| !file.path.starts_with("tests/tidy/")).flat_map(idle).collect()
}

fn idle(file: &File) -> Vec<Violation> {
    let code = rust::code(&file.text);
    let skipped = rust::words(&code, "#[ignore").into_iter().map(|at| (at, "a skipped test"));
    let is_test = |at: usize| file.path.starts_with("tests/") || rust::without_tests(&file.text).as_bytes()[at] == b' ';
    let waits =
        rust::words(&code, "thread::sleep").into_iter().filter(|&at| is_test(at)).map(|at| (at, "a test that sleeps"));
    let remedy = "run it always, and wait for an event instead of a time";
    skipped
        .chain(waits)
        .map(|(at, fault)| Violation::new(&file.path, rust::line_of(&code, at), fault, remedy))
        .collect()
}

mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<Violation> {
        all(&Repo::of(&[(path, text)]))
    }

    #[test]
    fn each_fence_catches_what_it_is_for() {
        let cases = [
            ("src-tauri/crates/merge/src/run.rs", "use wgpu::Device;"),
            ("src-tauri/crates/jobs/src/mix.rs", "let x = candle_core::Tensor::zeros();"),
            ("src-tauri/crates/merge/src/run.rs", "safetensors::serialize(x);"),
            ("src-tauri/crates/jobs/src/mix.rs", "use tauri::AppHandle;"),
            ("ui/src/views/mix.rs", "use wasm_bindgen::prelude::*;"),
            ("ui/src/store.rs", "let x: JsValue = y;"),
            ("ui/src/store.rs", "let now = js_sys::Date::now();"),
            ("src-tauri/crates/jobs/src/inspect.rs", "let file = std::fs::File::open(path)?;"),
            ("src-tauri/crates/cli/src/main.rs", "let bytes = fs::read(path)?;"),
            ("src-tauri/crates/merge/src/plan.rs", "use std::fs;"),
            ("src-tauri/crates/protocol/src/check.rs", "let now = SystemTime::now();"),
            ("src-tauri/crates/jobs/src/mix.rs", "use std::net::Ipv4Addr;"),
            ("src-tauri/crates/kernels/src/gpu.rs", "const S: &str = include_str!(\"a.txt\");"),
            ("src-tauri/crates/kernels/src/gpu.rs", "const S: &str = \"merge/a.wgsl\";"),
            ("ui/src/main.rs", "unsafe { x() }"),
            ("src-tauri/src/lib.rs", "#![allow(clippy::unwrap_used, reason = \"x\")]"),
        ];
        for (path, text) in cases {
            assert_eq!(found(path, text).len(), 1, "{path}: {text}: {:?}", found(path, text));
        }
    }

    #[test]
    fn what_is_allowed_passes() {
        let cases = [
            ("src-tauri/crates/kernels/src/gpu.rs", "use wgpu::Device;"),
            ("src-tauri/crates/merge/src/run.rs", "// wgpu is behind the engine\nlet x = \"unsafe tauri\";"),
            ("ui/src/bridge.rs", "use wasm_bindgen::prelude::*;"),
            ("src-tauri/crates/checkpoint/src/read.rs", "File::open(path)"),
            ("src-tauri/crates/jobs/src/store.rs", "std::fs::read_to_string(path)"),
            ("src-tauri/crates/merge/src/run.rs", "#[cfg(test)]\nmod tests { use std::fs; }"),
            ("src-tauri/crates/jobs/tests/a/main.rs", "let bytes = fs::read(path)?; safetensors::x();"),
            ("ui/src/parts/a.rs", "fn on(event: web_sys::KeyboardEvent) {}"),
            ("src-tauri/crates/kernels/src/source.rs", "include_str!(\"x.wgsl\")"),
        ];
        for (path, text) in cases {
            assert_eq!(found(path, text), [], "{path}: {text}");
        }
    }

    #[test]
    fn tests_that_sleep_or_are_skipped_are_caught() {
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        assert_eq!(idle(&file("tests/a/main.rs", "#[test]\n#[ignore]\nfn a() { std::thread::sleep(x); }")).len(), 2);
        assert_eq!(idle(&file("src/a.rs", "fn a() { thread::sleep(x); }")), []);
        assert_eq!(idle(&file("src/a.rs", "#[cfg(test)]\nmod tests { fn a() { thread::sleep(x); } }")).len(), 1);
    }
}
