//! Rules that hold page, styles and screens together.

const INDEX: &str = include_str!("../index.html");
const STYLES: &[&str] = &[
    include_str!("../styles/tokens.css"),
    include_str!("../styles/app.css"),
    include_str!("../styles/window.css"),
    include_str!("../styles/scores.css"),
    include_str!("../styles/masks.css"),
    include_str!("../styles/tint.css"),
    include_str!("../styles/trade.css"),
    include_str!("../styles/trade_map.css"),
];

/// Every file that draws.
const SCREENS: &[&str] = &[
    include_str!("app.rs"),
    include_str!("parts/compare.rs"),
    include_str!("parts/drop.rs"),
    include_str!("parts/example_cell.rs"),
    include_str!("parts/fit.rs"),
    include_str!("parts/frame.rs"),
    include_str!("parts/icons.rs"),
    include_str!("parts/heat.rs"),
    include_str!("parts/job_bar.rs"),
    include_str!("parts/menu.rs"),
    include_str!("parts/method_card.rs"),
    include_str!("parts/model_card.rs"),
    include_str!("parts/parameter.rs"),
    include_str!("parts/popover.rs"),
    include_str!("parts/problem_card.rs"),
    include_str!("parts/score_bar.rs"),
    include_str!("parts/strength_slider.rs"),
    include_str!("parts/tree.rs"),
    include_str!("parts/whose.rs"),
    include_str!("views/cross.rs"),
    include_str!("views/done.rs"),
    include_str!("views/inspector.rs"),
    include_str!("views/layers.rs"),
    include_str!("views/mask_grid.rs"),
    include_str!("views/mask_inspector.rs"),
    include_str!("views/mask_panel.rs"),
    include_str!("views/masks.rs"),
    include_str!("views/methods.rs"),
    include_str!("views/mix.rs"),
    include_str!("views/mix_ups.rs"),
    include_str!("views/models.rs"),
    include_str!("views/save.rs"),
    include_str!("views/saving.rs"),
    include_str!("views/scores.rs"),
    include_str!("views/start.rs"),
    include_str!("views/tint.rs"),
    include_str!("views/tint_after.rs"),
    include_str!("views/tint_before.rs"),
    include_str!("views/tint_curves.rs"),
    include_str!("views/tint_inspector.rs"),
    include_str!("views/tint_running.rs"),
    include_str!("views/tint_strengths.rs"),
    include_str!("views/trade.rs"),
    include_str!("views/trade_axes.rs"),
    include_str!("views/trade_axes_marks.rs"),
    include_str!("views/trade_before.rs"),
    include_str!("views/trade_floors.rs"),
    include_str!("views/trade_grid.rs"),
    include_str!("views/trade_inspector.rs"),
    include_str!("views/trade_map.rs"),
    include_str!("views/trade_scatter.rs"),
    include_str!("views/trade_triangle.rs"),
    include_str!("views/trade_picks.rs"),
    include_str!("views/trade_pins.rs"),
    include_str!("views/trade_shown.rs"),
    include_str!("views/trade_table.rs"),
    include_str!("views/trying.rs"),
];

/// What stands in quotes right after `before`, as in `icon("plus")`.
fn quoted_after<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_icon_and_picture_in_use_is_drawn() {
    let text = SCREENS.concat();
    let icons = ["icon(\"", "icon_with(\"", "symbol=\""].iter().flat_map(|before| quoted_after(&text, before));
    let named: Vec<String> = icons
        .map(|name| format!("id=\"i-{name}\""))
        .chain(quoted_after(&text, "picture(\"").into_iter().map(|name| format!("id=\"{name}\"")))
        .collect();
    assert!(named.len() > 20, "the names are found: {named:?}");
    for name in named {
        assert!(INDEX.contains(&name), "no symbol {name} in index.html");
    }
    assert!(!INDEX.contains("id=\"i-unicorn\""));
}

#[test]
fn drawings_that_leave_the_window_have_the_colours_of_the_light_theme() {
    let light = STYLES[0].split("@media").next().unwrap_or_default();
    for (at, colour) in protocol::export::PIGMENTS.iter().enumerate() {
        let name = if at == 0 { "base".to_owned() } else { at.to_string() };
        assert!(light.contains(&format!("--pigment-{name}: {colour};")), "pigment {name} is not {colour} there");
    }
}

#[test]
fn the_heat_map_that_leaves_the_window_has_the_scale_of_the_light_theme() {
    let light = STYLES[0].split("@media").next().unwrap_or_default();
    for (at, colour) in protocol::export::masks::STEPS.iter().enumerate() {
        assert!(light.contains(&format!("--seq-{at}: {colour};")), "step {at} is not {colour} there");
    }
}

#[test]
fn the_strict_policy_of_the_window_is_kept() {
    // Style attributes are refused by the policy; style properties set from code are not.
    for (name, text) in [("index.html", INDEX.to_owned()), ("the screens", SCREENS.concat())] {
        for forbidden in [" style=\"", "http://", "https://", "javascript:", "onclick"] {
            assert!(!text.contains(forbidden), "{name}: {forbidden}");
        }
    }
    for style in STYLES {
        assert!(!style.contains("url(") && !style.contains("@import"), "styles fetch nothing");
    }
}
