//! Help and settings.
#![allow(missing_docs, reason = "each text is its own description")]

pub const SHORTCUTS: &str = "Keyboard";
/// Keys and what they do.
pub const KEYS: [(&str, &str); 20] = [
    ("Ctrl N, Ctrl O", "New mix, open"),
    ("Ctrl Shift O, Ctrl Shift F", "Add files, add folder"),
    ("Ctrl 1 to 5", "Models, Mix, Trade-offs, Tint, Save"),
    ("Ctrl Z, Ctrl Shift Z", "Undo, redo"),
    ("Ctrl Enter", "Main action of the step"),
    ("Ctrl S", "Keep the project now"),
    ("Esc", "Close; else go to Cancel"),
    ("F6", "Next region"),
    ("Del", "Remove the selected model"),
    ("← →", "Slider: one percent"),
    ("Shift ← →", "Slider: ten percent"),
    ("Home, End", "Slider: ends"),
    ("Page Up, Page Down", "Slider: next stop"),
    ("T, C", "Scores: chart or table, copy"),
    ("↑ ↓, ← →", "By layer: next row, fold or unfold"),
    ("Enter, T", "By layer: open the row, chart or table"),
    ("T, N, P, M, I, C", "Trade-offs: table, next and previous named mix, measure, pin, compare"),
    ("Space, T", "Tint: pause or go on, chart or table"),
    ("← → ↑ ↓", "Tint: next chart, next cell of the strengths"),
    ("F1, Ctrl /", "This list"),
];
pub const HELP_START: &str =
    "Start with your own models, open a project, or try the sample: it shows the whole way in four clicks.";
pub const HELP_MODELS: &str = "Drop the specialists and the model they were trained from. The starting model is found by itself; change it with the round button on a card. With examples of a skill, Mix shows what the skill scores.";
pub const HELP_MIX: &str = "Each slider says how much of a skill goes into the mix. Scores are measured again after each change, where a skill has examples. By layer shows which weights each skill keeps. The sentence is the whole recipe.";
pub const HELP_TRADE: &str = "Some mixes are measured, the rest is estimated between them. Filled circles are measured; hollow diamonds are estimates with a range. Choose a point, measure it if it is an estimate, and use it: its strengths go to the step Mix, and Undo brings back what was.";
pub const HELP_TINT: &str = "The mix learns from your examples to answer like each specialist. Nothing changes before you use the result, and Undo brings back what was. The best round is chosen on examples that are never learned from; the final scores come from others again.";
pub const HELP_SAVE: &str =
    "Choose a form, a name and a folder. The model is checked before it gets its name; your inputs are never touched.";
pub const THEME: &str = "Appearance";
pub const SYSTEM: &str = "System";
pub const LIGHT: &str = "Light";
pub const DARK: &str = "Dark";
pub const ENGINES: &str = "Engines of this computer";
pub const IN_USE: &str = "in use";
