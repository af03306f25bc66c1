//! A tensor's name in words, for the line under the squares of a running save.

/// Pieces that say nothing to a person.
const NOISE: &[&str] =
    &["model", "vit", "encoder", "decoder", "layer", "layers", "blocks", "h", "base_model", "module"];

/// `vit.encoder.layer.0.attention.attention.key.weight` becomes `block 1, attention key weight`.
pub fn in_words(tensor: &str) -> String {
    let pieces: Vec<&str> = tensor.split('.').collect();
    let block = pieces.iter().find_map(|piece| piece.parse::<u64>().ok());
    let mut said: Vec<String> = Vec::new();
    for piece in pieces.iter().filter(|piece| !NOISE.contains(piece) && piece.parse::<u64>().is_err()) {
        let words = piece.replace('_', " ");
        if said.last() != Some(&words) {
            said.push(words);
        }
    }
    match block {
        Some(number) => format!("block {}, {}", number + 1, said.join(" ")),
        None => said.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_read_as_words() {
        let cases = [
            ("vit.encoder.layer.0.attention.attention.key.weight", "block 1, attention key weight"),
            ("vit.embeddings.position_embeddings", "embeddings position embeddings"),
            ("model.layers.31.mlp.down_proj.weight", "block 32, mlp down proj weight"),
            ("classifier.bias", "classifier bias"),
        ];
        for (tensor, words) in cases {
            assert_eq!(in_words(tensor), words);
        }
    }
}
