//! The order of axes.

use protocol::trade::TradeMap;

/// Skills of a map in the order of its axes.
pub fn by_conflict(map: &TradeMap) -> Vec<usize> {
    (0..map.skills.len()).collect()
}
