//! Sentences around a class name, as CLIP's training has them around its pictures.

/// Sentences for [`super::zero_shot_head`]; `{}` stands for the name of a class.
///
/// Several ones average out what is said about the picture and leave what is said about its class; a bare name is among
/// them for letters, digits and names that no sentence fits. They go with any photograph or drawing, so no example has
/// to be seen to choose them.
pub const PROMPTS: [&str; 8] = [
    "a photo of a {}.",
    "{}",
    "this picture shows a {}.",
    "a close view of a {}.",
    "a {} seen from some distance.",
    "a small and blurred picture of a {}.",
    "a drawing of a {}.",
    "one {} on a plain background.",
];

/// A class name as it would be said: `_` and `-` of folder names become spaces, and no two spaces follow each other.
///
/// # Example
/// ```
/// assert_eq!(learn::heads::spoken("fire-engine__red "), "fire engine red");
/// ```
pub fn spoken(class: &str) -> String {
    let plain = class.replace(['_', '-'], " ");
    plain.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// A sentence with the name of a class in place of every `{}`.
///
/// # Example
/// ```
/// assert_eq!(learn::heads::fill("a photo of a {}.", "tabby_cat"), "a photo of a tabby cat.");
/// ```
pub fn fill(template: &str, class: &str) -> String {
    template.replace("{}", &spoken(class))
}
